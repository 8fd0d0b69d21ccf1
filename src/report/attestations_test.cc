#include "report/attestations.h"

#include <gtest/gtest.h>

#include "report/waivers.h"

namespace seawall::report {
namespace {

constexpr int64_t kNow = 1796083200;  // 2026-12-01T00:00:00Z
const std::string kDigest(64, 'a');

/// A row with these fields in place of the usual ones.
std::string Row(const std::string& rule, const std::string& more = "node: cp-0",
                const std::string& when = "2026-11-30", const std::string& expires = "2027-01-31",
                const std::string& digest = kDigest) {
  return "attestations:\n- {rule: " + rule + ", " + more + ", who: Ann, when: " + when +
         ", statement: looked at, digest: " + digest + ", expires: " + expires + "}\n";
}

Record Make(const char* rule, rules::Verdict verdict, bool manual) {
  Record record;
  record.rule = TextOf(*rules::FindRule(rule));
  record.verdict = verdict;
  record.manual = manual;
  record.node = "cp-0";
  record.component = "node";
  return record;
}

NodeReport Node(std::vector<Record> records) {
  NodeReport report;
  report.node.name = "cp-0";
  report.findings = std::move(records);
  return report;
}

struct Applied {
  std::string word, state;
};

Applied Apply(const std::string& text, Record record) {
  auto attestations = Attestations::Read("a.yaml", text, kNow);
  EXPECT_TRUE(attestations.has_value()) << attestations.error().ToString();
  if (!attestations) return {};
  NodeReport node = Node({std::move(record)});
  attestations->Apply(node);
  return {VerdictWord(node.findings[0]), attestations->Uses()[0].state};
}

TEST(Attestations, CloseWhatWaitsForAPersonAndNothingElse) {
  const auto manual = [] { return Make("rbac-secrets", rules::Verdict::kUnknown, true); };
  Applied applied = Apply(Row("rbac-secrets"), manual());
  EXPECT_EQ(applied.word, "attested");
  EXPECT_EQ(applied.state, "used");
  applied = Apply(Row("rbac-secrets"), Make("rbac-secrets", rules::Verdict::kUnknown, false));
  EXPECT_EQ(applied.word, "unknown");
  EXPECT_EQ(applied.state, "unused");
  for (const auto verdict :
       {rules::Verdict::kFail, rules::Verdict::kPass, rules::Verdict::kNotApplicable}) {
    EXPECT_EQ(Apply(Row("rbac-secrets"), Make("rbac-secrets", verdict, false)).state, "unused");
  }
  EXPECT_EQ(Apply(Row("rbac-secrets", "node: w-*"), manual()).word, "manual");
  EXPECT_EQ(Apply(Row("rbac-*", "node: cp-*"), manual()).word, "attested");
}

TEST(Attestations, ExpiredAndTooWideOnesCloseNothing) {
  const Record manual = Make("rbac-secrets", rules::Verdict::kUnknown, true);
  Applied applied = Apply(Row("rbac-secrets", "node: cp-0", "2026-10-01", "2026-11-30"), manual);
  EXPECT_EQ(applied.word, "manual");
  EXPECT_EQ(applied.state, "expired");
  applied = Apply(Row("\"*\"", "node: cp-0"), manual);
  EXPECT_EQ(applied.word, "manual");
  EXPECT_EQ(applied.state, "too-wide");
}

TEST(Attestations, WhatIsAttestedIsNoPassAndIsCountedApart) {
  auto attestations = Attestations::Read("a.yaml", Row("rbac-secrets"), kNow);
  ASSERT_TRUE(attestations.has_value());
  NodeReport node = Node({Make("rbac-secrets", rules::Verdict::kUnknown, true)});
  attestations->Apply(node);
  const Summary summary = Count(node);
  EXPECT_EQ(summary.attested, 1u);
  EXPECT_EQ(summary.pass + summary.manual + summary.unknown, 0u);
  EXPECT_LT(Urgency(node.findings[0]), static_cast<int>(kPasses));
  EXPECT_EQ(node.findings[0].attested->digest, kDigest);
  // A waiver does not touch it any more.
  auto waivers = Waivers::Read(
      "w.yaml", "waivers:\n- {rule: rbac-secrets, node: cp-0, reason: r, expires: 2027-01-31}\n",
      kNow);
  ASSERT_TRUE(waivers.has_value());
  waivers->Apply(node);
  EXPECT_STREQ(VerdictWord(node.findings[0]), "attested");
  EXPECT_EQ(waivers->Uses()[0].state, "unused");
}

TEST(Attestations, WhatIsNoneIsToldWithItsPlace) {
  const struct {
    std::string text;
    const char* says;
  } kCases[] = {
      {Row("etcd-client-cert-auth"), "judges etcd-client-cert-auth itself"},
      {Row("rbac-secret"), "no rule"},
      {Row("rbac-secrets", "nod: cp-0"), "no field 'nod'"},
      {Row("rbac-secrets", "node: cp-0", "yesterday"), "when is no day"},
      {Row("rbac-secrets", "node: cp-0", "2026-12-02"), "not come yet"},
      {Row("rbac-secrets", "node: cp-0", "2026-11-30", "soon"), "expires is no day"},
      {Row("rbac-secrets", "node: cp-0", "2026-11-30", "2026-11-01"), "before it was judged"},
      {Row("rbac-secrets", "node: cp-0", "2026-11-30", "2027-01-31", "abc"), "no SHA-256"},
      {"attestations:\n- {rule: rbac-secrets}\n", "no who"},
      {"waivers: []\n", "no list `attestations`"},
      {"attestations: [x]\n", "no mapping"},
  };
  for (const auto& c : kCases) {
    const auto read = Attestations::Read("a.yaml", c.text, kNow);
    ASSERT_FALSE(read.has_value()) << c.text;
    EXPECT_NE(read.error().ToString().find(c.says), std::string::npos) << read.error().ToString();
    EXPECT_TRUE(read.error().where.starts_with("a.yaml:")) << read.error().where;
  }
  // Today is a day on which something can have been judged.
  EXPECT_TRUE(Attestations::Read("a.yaml", Row("rbac-secrets", "node: cp-0", "2026-12-01"), kNow));
}

}  // namespace
}  // namespace seawall::report
