// The verdicts of an audit as tests compare them: by rule, with what only a person can judge as
// "manual".
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace seawall::test {

using Verdicts = std::map<std::string, std::string>;

/// From an audit's JSON; empty when that is none.
Verdicts VerdictsOf(const std::string& json);
/// Fails the test for every rule whose verdict is not the one in the table (lines of "rule
/// verdict") in tests/bed/. `instead` holds verdicts that replace the table's.
void ExpectVerdicts(const Verdicts& seen, const std::string& table, const Verdicts& instead = {});
/// The rules that fail now and did not before.
std::set<std::string> TurnedToFail(const Verdicts& before, const Verdicts& now);
/// The words of a text, split at white space.
std::vector<std::string> Words(const std::string& text);

}  // namespace seawall::test
