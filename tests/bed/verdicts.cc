#include "verdicts.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "program.h"

namespace seawall::test {

Verdicts VerdictsOf(const std::string& json) {
  rapidjson::Document report = Json(json);
  Verdicts verdicts;
  if (!report.IsObject()) return verdicts;
  for (const auto& f : report["findings"].GetArray()) {
    std::string verdict = f["manual"].GetBool() ? "manual" : f["verdict"].GetString();
    verdicts[f["rule"].GetString()] = verdict;
  }
  return verdicts;
}

void ExpectVerdicts(const Verdicts& seen, const std::string& table, const Verdicts& instead) {
  Verdicts wanted;
  std::ifstream in(Source() + "/tests/bed/" + table);
  for (std::string rule, verdict; in >> rule >> verdict;) wanted[rule] = verdict;
  for (const auto& [rule, verdict] : instead) wanted[rule] = verdict;
  EXPECT_GT(wanted.size(), 150u) << table;
  for (const auto& [rule, verdict] : seen) EXPECT_EQ(verdict, wanted[rule]) << rule;
  for (const auto& [rule, verdict] : wanted)
    EXPECT_TRUE(seen.contains(rule)) << rule << " is missing";
}

std::set<std::string> TurnedToFail(const Verdicts& before, const Verdicts& now) {
  std::set<std::string> fails;
  for (const auto& [rule, verdict] : now) {
    auto was = before.find(rule);
    if (verdict == "fail" && was != before.end() && was->second != "fail") fails.insert(rule);
  }
  return fails;
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace seawall::test
