// The proof's report for people.
#include <gtest/gtest.h>

#include "report/prove_report.h"

namespace seawall::report {
namespace {

Record Unknown(const char* id, rules::Severity severity, const char* reason) {
  auto rule = std::make_shared<RuleText>();
  rule->id = id;
  rule->severity = severity;
  Record record;
  record.rule = rule;
  record.verdict = rules::Verdict::kUnknown;
  record.reason = reason;
  return record;
}

TEST(ProveText, ThreeThatAreUnknownForOneReasonAreToldAtOnce) {
  probe::Observation seen;
  seen.endpoint = {"192.0.2.11", 6443, "kubelet", "", ""};
  seen.reachable = probe::Known::kYes;
  std::vector<Record> findings = {Unknown("rule-a", rules::Severity::kLow, "no handshake"),
                                  Unknown("rule-x", rules::Severity::kHigh, "another"),
                                  Unknown("rule-b", rules::Severity::kCritical, "no handshake"),
                                  Unknown("rule-c", rules::Severity::kLow, "no handshake")};
  Options options;
  std::string text = ProveTextPart(seen, findings, options).endpoint;
  EXPECT_NE(text.find("critical 3 rules alike"), std::string::npos) << text;
  EXPECT_NE(text.find("rules: rule-a, rule-b, rule-c"), std::string::npos) << text;
  EXPECT_EQ(text.find("no handshake"), text.rfind("no handshake"));
  EXPECT_NE(text.find("high     rule-x"), std::string::npos) << text;
  options.verbose = true;
  text = ProveTextPart(seen, findings, options).endpoint;
  EXPECT_EQ(text.find("alike"), std::string::npos) << text;
  EXPECT_NE(text.find("critical rule-b"), std::string::npos) << text;
  options.verbose = false;
  findings.pop_back();
  EXPECT_EQ(ProveTextPart(seen, findings, options).endpoint.find("alike"), std::string::npos);
}

}  // namespace
}  // namespace seawall::report
