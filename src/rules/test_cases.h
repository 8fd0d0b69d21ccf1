// For tests only: what a rule says of one component with a few settings and files, as a row of a
// table.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rules/test_node.h"

namespace seawall::rules {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct RuleCase {
  const char* rule;
  Pairs settings;  ///< name and value; a value of "?" cannot be known
  const char* verdict;
  Pairs files = {};  ///< path and content
  int minor = -1;    ///< of the component's version; 0: not known
};

inline void RunCases(cluster::ComponentKind kind, std::span<const RuleCase> cases) {
  for (const RuleCase& one : cases) {
    TestNode test;
    cluster::Component& component = test.Add(kind);
    if (one.minor == 0) component.version.reset();
    if (one.minor > 0) component.version->minor = one.minor;
    for (const auto& [name, value] : one.settings) {
      if (value == "?") {
        TestNode::Hide(component, name);
      } else {
        TestNode::Set(component, name, value);
      }
    }
    for (const auto& [path, content] : one.files) test.files().Add(path, content);
    std::string shown = one.rule;
    for (const auto& [name, value] : one.settings) shown += fmt::format(" {}={}", name, value);
    EXPECT_EQ(test.Verdict(one.rule), one.verdict)
        << shown << " (" << one.minor << "): " << test.last.reason;
    EXPECT_FALSE(test.last.reason.empty()) << shown;
  }
}

/// Every rule of these has a case that passes, one that fails and one that cannot be known.
inline void ExpectAllVerdicts(std::span<const Rule> rules, std::span<const RuleCase> cases) {
  std::map<std::string, std::set<std::string>> verdicts;
  for (const RuleCase& one : cases) verdicts[one.rule].insert(one.verdict);
  for (const Rule& rule : rules) {
    for (const char* verdict : {"pass", "fail", "unknown"}) {
      if (rule.manual && std::string(verdict) == "fail") continue;
      EXPECT_TRUE(verdicts[rule.id].contains(verdict)) << rule.id << " has no case for " << verdict;
    }
  }
}

}  // namespace seawall::rules
