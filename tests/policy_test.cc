// An organisation's own rules, as a user meets them.
#include <gtest/gtest.h>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// A rule called acme-NAME about kube-apiserver.
std::string Rule(const std::string& name, const std::string& setting, const std::string& more,
                 const std::string& component = "kube-apiserver") {
  return "- id: acme-" + name + "\n  title: ours about " + setting + "\n  component: " + component +
         "\n  setting: " + setting +
         "\n  severity: high\n  remedy: mend it at {where}\n  why: we " + "want it\n  " + more +
         "\n";
}

Ran Audit(const Tree& tree, std::vector<std::string> more) {
  std::vector<std::string> words = {
      "audit",    "--root",   "cp-0=" + Examples::Get().Path("cp-0"), "--at", "2026-12-01",
      "--policy", tree.root()};
  words.insert(words.end(), more.begin(), more.end());
  return Seawall(words);
}

TEST(Policy, EveryComparison) {
  const struct {
    const char *setting, *comparison, *verdict;
  } kCases[] = {
      {"advertise-address", "comparison: equals\n  value: 192.0.2.11", "pass"},
      {"advertise-address", "comparison: equals\n  value: 192.0.2.12", "fail"},
      {"advertise-address", "comparison: not-equals\n  value: 192.0.2.12", "pass"},
      {"advertise-address", "comparison: one-of\n  values: [192.0.2.1, 192.0.2.11]", "pass"},
      {"advertise-address", "comparison: one-of\n  values: [192.0.2.1]", "fail"},
      {"advertise-address", "comparison: matches\n  value: \"192\\\\.0\\\\.2\\\\.\\\\d+\"", "pass"},
      {"advertise-address", "comparison: matches\n  value: \"192\\\\.0\"", "fail"},
      {"authorization-mode", "comparison: contains\n  values: [Node, RBAC]", "pass"},
      {"authorization-mode", "comparison: contains\n  value: Webhook", "fail"},
      {"authorization-mode", "comparison: not-contains\n  value: Webhook", "pass"},
      {"authorization-mode", "comparison: not-contains\n  value: RBAC", "fail"},
      {"request-timeout", "comparison: at-least\n  value: 30s", "pass"},
      {"request-timeout", "comparison: at-most\n  value: 30s", "fail"},
      {"request-timeout", "comparison: equals\n  value: 60s", "pass"},
      {"request-timeout", "comparison: at-least\n  value: 5", "unknown"},
      {"authentication-token-webhook-config-file", "comparison: is-unset", "pass"},
      {"advertise-address", "comparison: is-set", "pass"},
      {"advertise-address", "comparison: is-unset", "fail"},
  };
  Tree tree;
  std::string rules = "rules:\n";
  for (size_t i = 0; i < std::size(kCases); ++i)
    rules += Rule(std::to_string(i), kCases[i].setting, kCases[i].comparison);
  tree.Write("/p.yaml", rules);
  Ran run = Audit(tree, {"-o", "json"});
  ASSERT_EQ(run.status, 1) << run.err;
  const rapidjson::Document report = Json(run.out);
  for (size_t i = 0; i < std::size(kCases); ++i) {
    EXPECT_EQ(VerdictOf(report, "acme-" + std::to_string(i)), kCases[i].verdict)
        << kCases[i].setting << " " << kCases[i].comparison;
  }
}

TEST(Policy, WhatIsNotKnownIsNoPass) {
  Tree tree;
  tree.Write("/p.yaml", "rules:\n" +
                            Rule("a", "request-timeout", "comparison: at-least\n  value: 1s") +
                            Rule("b", "token-auth-file", "comparison: is-unset"));
  // Nobody says which version it is: its defaults are not known.
  Ran run =
      Seawall({"audit", "--policy", tree.root(), "-f", "-", "-o", "json"},
              {.input = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n "
                        " containers:\n  - name: kube-apiserver\n    command: "
                        "[kube-apiserver]\n"});
  EXPECT_EQ(VerdictOf(Json(run.out), "acme-a"), "unknown") << run.err;
  EXPECT_NE(VerdictOf(Json(run.out), "acme-b"), "fail");
}

TEST(Policy, ItsOwnRowCanBeChosen) {
  Tree tree;
  tree.Write("/p.yaml", "rules:\n" + Rule("a", "request-timeout", "comparison: is-set"));
  const Ran run = Seawall({"rules", "--policy", tree.root(), "--row", "own"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("acme-a"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find("apiserver-abac-off"), std::string::npos) << run.out;
  EXPECT_EQ(Seawall({"rules", "--row", "own"}).status, 2) << "without a policy there is none";
}

TEST(Policy, ThresholdsOnlyTighten) {
  Tree tree;
  tree.Write("/p.yaml", "thresholds:\n- {rule: certificates-not-near-end, value: 20000}\n");
  const std::vector<std::string> one = {"--rules", "certificates-not-near-end", "-o", "json"};
  Ran run = Audit(tree, one);
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_NE(run.out.find("at least 20000 by the organisation's policy"), std::string::npos);
  tree.Write("/p.yaml", "thresholds:\n- {rule: certificates-not-near-end, value: 1}\n");
  run = Audit(tree, one);
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("p.yaml:2:"), std::string::npos) << run.err;
}

TEST(Policy, IsShownSelectedWaivedAndStored) {
  Tree tree;
  tree.Write("/policy/p.yaml",
             "rules:\n" + Rule("mode", "authorization-mode",
                               "comparison: contains\n  value: Webhook\n  refs: [{framework: ACME "
                               "Handbook, edition: \"7\", item: \"4.2\"}]\n  link: "
                               "https://wiki.example/4.2"));
  tree.Write("/w.yaml",
             "waivers:\n- {rule: acme-mode, node: cp-0, reason: r, expires: 2027-01-31}\n");
  const std::string policy = tree.Path("/policy");
  EXPECT_NE(Seawall({"rules", "--policy", policy}).out.find("acme-mode"), std::string::npos);
  Ran run = Seawall({"explain", "acme-mode", "--policy", policy});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("contains Webhook"), std::string::npos) << run.out;
  EXPECT_EQ(Seawall({"explain", "acme-mode"}).status, 2);
  const std::vector<std::string> words = {
      "audit",     "--root", "cp-0=" + Examples::Get().Path("cp-0"), "--policy", policy, "--rules",
      "acme-mode", "-o",     "json=" + tree.Path("/a.json")};
  EXPECT_EQ(Seawall(words).status, 1);
  const std::string stored = ReadFile(tree.Path("/a.json"));
  EXPECT_NE(stored.find("\"ACME Handbook\":[{\"edition\":\"7\",\"item\":\"4.2\"}]"),
            std::string::npos);
  // A stored report says everything itself.
  EXPECT_EQ(Seawall({"report", tree.Path("/a.json"), "-o", "json"}).out, stored);
  for (const char* format : {"text", "sarif", "junit", "html", "csv", "metrics", "policyreport"})
    EXPECT_EQ(Seawall({"report", tree.Path("/a.json"), "-o", format}).status, 1) << format;
  run = Seawall(
      {"report", tree.Path("/a.json"), "--policy", policy, "--waivers", tree.Path("/w.yaml")});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
}

TEST(Policy, HostileFilesAreErrors) {
  const std::string kFiles[] = {
      "",
      "\xff\xfe",
      "a: &a [*a]",
      std::string(100000, '['),
      std::string(2u << 20, 'x'),
      "rules:\n" + Rule("a", "profiling",
                        "comparison: matches\n  value: \"" + std::string(5000, '(') + "\""),
      "rules: [" + std::string(20000, ',') + "]"};
  for (const std::string& file : kFiles) {
    Tree tree;
    tree.Write("/p.yaml", file);
    Ran run = Audit(tree, {});
    EXPECT_EQ(run.status, 2) << file.substr(0, 40);
    EXPECT_NE(run.err, "");
    EXPECT_LT(run.peak_kib, 500 << 10);
  }
  Tree empty;
  EXPECT_EQ(Audit(empty, {}).status, 2);
  Tree tree;
  tree.Write("/p.yaml", "rules:\n" + Rule("a", "profiling", "comparison: is-set") + "# \x1b[31m\n");
  tree.Write("/q.yaml",
             "rules:\n- {id: acme-esc, title: \"\\e[31mred\", component: etcd, setting: "
             "name, comparison: is-set, severity: low, remedy: \"password: hunter2\", "
             "why: w}\n");
  Ran run = Seawall({"rules", "--policy", tree.root()});
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace seawall::test
