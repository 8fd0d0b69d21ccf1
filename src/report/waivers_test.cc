#include "report/waivers.h"

#include <gtest/gtest.h>

#include "report/time_text.h"
#include "report/waiver_text.h"

namespace seawall::report {
namespace {

constexpr int64_t kNow = 1796083200;  // 2026-12-01T00:00:00Z
constexpr const char* kRest = ", reason: r, expires: 2027-01-31}\n";

Record Open(const char* rule, const std::string& component, const std::vector<std::string>& files,
            rules::Verdict verdict = rules::Verdict::kFail) {
  Record record;
  record.rule = TextOf(*rules::FindRule(rule));
  record.verdict = verdict;
  record.node = "cp-0";
  record.component = component;
  record.instance = component + ".service";
  for (const std::string& file : files)
    record.evidence.push_back({"x", "y", "file", {file, 1, 1}, {}});
  return record;
}

NodeReport Node(std::vector<Record> records) {
  NodeReport report;
  report.node.name = "cp-0";
  report.findings = std::move(records);
  return report;
}

Waivers Read(const std::string& rows, int64_t now = kNow) {
  auto waivers = Waivers::Read("w.yaml", "waivers:\n" + rows, now);
  EXPECT_TRUE(waivers.has_value()) << waivers.error().ToString();
  return waivers ? std::move(*waivers) : Waivers();
}

TEST(Waivers, Patterns) {
  EXPECT_TRUE(Matches("*", ""));
  EXPECT_TRUE(Matches("a*c", "abc"));
  EXPECT_TRUE(Matches("a*b*c", "axxbxxbc"));
  EXPECT_TRUE(Matches("/etc/*", "/etc/a/b"));
  EXPECT_TRUE(Matches("w-?", "w-1"));
  EXPECT_FALSE(Matches("w-?", "w-"));
  EXPECT_FALSE(Matches("abc", "abcd"));
  EXPECT_FALSE(Matches("", "a"));
  EXPECT_FALSE(Matches(std::string(200, '*') + "x", std::string(100000, 'a')));
}

struct Case {
  const char* waiver;
  bool waives;
  const char* state;
};

TEST(Waivers, WhatTheyAreFor) {
  const Case cases[] = {
      {"- {rule: etcd-client-cert-auth, node: cp-0", true, "used"},
      {"- {rule: etcd-client-cert-auth, node: \"*\"", true, "used"},
      {"- {rule: etcd-client-*, node: cp-*", true, "used"},
      {"- {rule: etcd-client-cert-auth, component: etcd", true, "used"},
      {"- {rule: etcd-client-cert-auth, path: /etc/*.yml", true, "used"},
      {"- {rule: etcd-client-cert-auth, node: cp-1", false, "not-asked"},
      {"- {rule: kubelet-anonymous-auth, node: cp-0", false, "not-asked"},
      {"- {rule: etcd-client-cert-auth, component: kubelet", false, "unused"},
      {"- {rule: etcd-client-cert-auth, path: /srv/*", false, "unused"},
      {"- {rule: etcd-client-cert-auth", false, "too-wide"},
      {"- {rule: etcd-*", false, "too-wide"},
      {"- {rule: etcd-*, node: \"*\", path: \"**\"", false, "too-wide"},
      {"- {rule: \"*\", node: cp-0, component: etcd", false, "too-wide"},
  };
  for (const Case& c : cases) {
    Waivers waivers = Read(std::string(c.waiver) + kRest);
    NodeReport report =
        Node({Open("etcd-client-cert-auth", "etcd", {"/etc/a.yml", "/etc/b/c.yml"})});
    waivers.Apply(report);
    EXPECT_EQ(report.findings[0].verdict == rules::Verdict::kWaived, c.waives) << c.waiver;
    EXPECT_EQ(waivers.Uses()[0].state, c.state) << c.waiver;
    EXPECT_EQ(waivers.Uses()[0].findings, c.waives ? 1u : 0u) << c.waiver;
  }
}

TEST(Waivers, OneAcceptedFileDoesNotHideAnother) {
  Waivers waivers = Read(std::string("- {rule: etcd-client-cert-auth, path: /etc/a.yml") + kRest);
  NodeReport report = Node({Open("etcd-client-cert-auth", "etcd", {"/etc/a.yml", "/etc/b.yml"})});
  waivers.Apply(report);
  EXPECT_EQ(report.findings[0].verdict, rules::Verdict::kFail);
}

TEST(Waivers, OnlyWhatIsOpenIsWaived) {
  using rules::Verdict;
  Waivers waivers = Read(std::string("- {rule: etcd-client-cert-auth, node: \"*\"") + kRest);
  for (Verdict verdict : {Verdict::kPass, Verdict::kNotApplicable, Verdict::kUnknown}) {
    NodeReport report = Node({Open("etcd-client-cert-auth", "etcd", {}, verdict)});
    waivers.Apply(report);
    EXPECT_EQ(report.findings[0].verdict,
              verdict == Verdict::kUnknown ? Verdict::kWaived : verdict);
    const Summary summary = Count(report);
    EXPECT_EQ(summary.pass, verdict == Verdict::kPass ? 1u : 0u);
  }
}

TEST(Waivers, TheLastSecondOfTheDay) {
  const int64_t end = *ParseTimeText("2027-01-31T23:59:59Z");
  for (int64_t now : {end, end + 1}) {
    Waivers waivers = Read(std::string("- {rule: etcd-client-cert-auth, node: cp-0") + kRest, now);
    NodeReport report = Node({Open("etcd-client-cert-auth", "etcd", {})});
    waivers.Apply(report);
    EXPECT_EQ(report.findings[0].verdict == rules::Verdict::kWaived, now == end);
    EXPECT_EQ(waivers.Uses()[0].state, now == end ? "used" : "expired");
  }
}

TEST(Waivers, StrictlyRead) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no list"},
      {"waivers:", "no list"},
      {"[]", "no list"},
      {"waivers: {}", "no list"},
      {"waivers: []\nother: 1", "w.yaml:2:1"},
      {"waivers: []\n---\nwaivers: []", "no list"},
      {"waivers: [x]", "w.yaml:1:11"},
      {"waivers: []\nwaivers: []", "twice"},
      {"waivers:\n- {rule: etcd-client-cert-auth, expires: 2027-01-31}", "no reason"},
      {"waivers:\n- {rule: etcd-client-cert-auth, reason: r}", "no expires"},
      {"waivers:\n- {reason: r, expires: 2027-01-31}", "no rule"},
      {"waivers:\n- {rule: etcd-client-cert-auth, reason: ' ', expires: 2027-01-31}", "empty"},
      {"waivers:\n- {rule: etcd-client-cert-auth, reason: [r], expires: 2027-01-31}", "no text"},
      {"waivers:\n- {rule: etcd-client-cert-auth, reason: r, expires: 2027-02-30}", "no day"},
      {"waivers:\n- {rule: etcd-client-cert-auth, reason: r, expires: never}", "no day"},
      {"waivers:\n- {rule: etcd-client-cert-aut, reason: r, expires: 2027-01-31}", "did you mean"},
      {"waivers:\n- {rule: nothing-*, reason: r, expires: 2027-01-31}", "there is no rule"},
      {"waivers:\n- {rule: etcd-client-cert-auth, raeson: r, expires: 2027-01-31}", "w.yaml:2:33"},
      {"waivers:\n- {rule: x, rule: y, reason: r, expires: 2027-01-31}", "twice"},
      {"waivers:\n- {", "w.yaml"},
      {"\x01\x02\x03", "w.yaml"},
  };
  for (const auto& [text, says] : cases) {
    const auto waivers = Waivers::Read("w.yaml", text, kNow);
    ASSERT_FALSE(waivers.has_value()) << text;
    EXPECT_NE(waivers.error().ToString().find(says), std::string::npos)
        << text << "\n"
        << waivers.error().ToString();
  }
  EXPECT_TRUE(Waivers::Read("w.yaml", "waivers: []", kNow).has_value());
}

TEST(TimeText, OnlyWhatTheCalendarHas) {
  EXPECT_EQ(ParseTimeText("2026-12-01T00:00:00Z"), kNow);
  EXPECT_EQ(TimeText(kNow), "2026-12-01T00:00:00Z");
  EXPECT_EQ(ParseDayOrTime("2026-11-30"), kNow - 1);
  for (const char* text : {"", "2026-13-01", "2026-02-29", "2026-1-1", "2026-12-01T24:00:00Z",
                           "2026-12-01T00:00:00", "2026-12-01 ", "x026-12-01"})
    EXPECT_EQ(ParseDayOrTime(text), std::nullopt) << text;
}

TEST(Waivers, TextNamesThoseOfWhatIsNotInTheAudit) {
  std::vector<WaiverUse> uses;
  for (const char* node : {"cp-7", "", "cp-9", "cp-10", "cp-11"}) {
    WaiverUse use;
    use.rule = "etcd-client-cert-auth";
    use.node = node;
    use.state = "not-asked";
    uses.push_back(use);
  }
  uses.front().state = "used";
  const std::vector<std::string> lines = WaiverLines(uses);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0],
            "4 waivers are of nodes, components or rules that are not in this audit: "
            "etcd-client-cert-auth, etcd-client-cert-auth on cp-9, etcd-client-cert-auth on "
            "cp-10, 1 more");
}

}  // namespace
}  // namespace seawall::report
