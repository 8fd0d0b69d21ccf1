#include "rules/own_rules.h"

#include <gtest/gtest.h>

#include "rules/test_node.h"

namespace seawall::rules {
namespace {

constexpr const char* kRest = ", severity: high, remedy: r, why: w}\n";

std::string RowOf(const std::string& setting, const std::string& comparison) {
  return "rules:\n- {id: acme-x, title: t, component: kube-apiserver, setting: " + setting +
         ", comparison: " + comparison + kRest;
}

TEST(Pattern, MatchesTheWholeTextInLinearTime) {
  const struct {
    const char *expression, *text;
    bool matches;
  } kCases[] = {
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"a.c", "axc", true},
      {"a*", "", true},
      {"a+", "", false},
      {"a?b", "b", true},
      {"(ab|cd)+", "abcdab", true},
      {"(ab|cd)+", "abc", false},
      {"[a-c]+", "abc", true},
      {"[^a-c]+", "abd", false},
      {"^https://[a-z.]+/$", "https://a.example/", true},
      {"\\.", ".", true},
      {"\\.", "x", false},
      {"\\d+", "123", true},
      {"(a|b|c)x", "cx", true},
      {"a||b", "", true},
      {"[]]", "]", true},
      {"(a*)*b", "aaab", true},
  };
  for (const auto& c : kCases) {
    Pattern pattern;
    EXPECT_EQ(Pattern::Compile(c.expression, pattern), "") << c.expression;
    EXPECT_EQ(pattern.Matches(c.text), c.matches) << c.expression << " " << c.text;
  }
  // Backtracking would take for ever.
  Pattern pattern;
  ASSERT_EQ(Pattern::Compile("(a*)*(a|a)*(a+)+b", pattern), "");
  EXPECT_FALSE(pattern.Matches(std::string(100000, 'a')));
}

TEST(Pattern, WhatIsNoneIsTold) {
  for (const std::string& wrong :
       {std::string("("), std::string(")"), std::string("["), std::string("*"), std::string("a{2}"),
        std::string("\\"), std::string("\\w"), std::string("a^b"), std::string("[z-a]"),
        std::string(2000, 'a'), std::string(500, '(')}) {
    Pattern pattern;
    EXPECT_NE(Pattern::Compile(wrong, pattern), "") << wrong.substr(0, 20);
  }
}

TEST(Policy, WhatIsWrongIsToldWithItsPlace) {
  const struct {
    std::string text;
    const char* place;
    const char* says;
  } kCases[] = {
      {"rules: {}\n", ":1:8", "no list"},
      {"rulez: []\n", ":1:1", "no field 'rulez'"},
      {"- a\n", ":1:1", "not one mapping"},
      {"rules: []\nrules: []\n", ":2:1", "twice"},
      {"rules:\n- {id: x}\n", ":2:3", "title is missing"},
      {"rules:\n- {idd: x}\n", ":2:4", "did you mean id"},
      {RowOf("profiling", "equal, value: a"), ":2:", "did you mean equals"},
      {RowOf("profilin", "is-set"), ":2:", "no version of kube-apiserver has the setting"},
      {RowOf("profiling", "is-set, value: a"), ":2:", "takes no value"},
      {RowOf("profiling", "equals"), ":2:", "takes one value"},
      {RowOf("profiling", "equals, values: [a, b]"), ":2:", "takes one value"},
      {RowOf("profiling", "one-of, values: a"), ":2:", "no list"},
      {RowOf("profiling", "at-least, value: much"), ":2:", "neither a number nor a duration"},
      {RowOf("profiling", "matches, value: \"(\""), ":2:", "cannot be read"},
      {RowOf("profiling", "is-set, row: 9z"), ":2:", "no row '9z'"},
      {RowOf("profiling", "is-set, link: \"javascript:x\""), ":2:", "https://"},
      {RowOf("profiling", "is-set, refs: [{framework: a}]"), ":2:", "edition is missing"},
      {"rules:\n- {id: etcd-client-cert-auth, title: t, component: etcd, setting: name, "
       "comparison: is-set, severity: low, remedy: r, why: w}\n",
       ":2:8", "itself has a rule"},
      {"rules:\n- {id: A_b, title: t, component: etcd, setting: name, comparison: is-set, "
       "severity: low, remedy: r, why: w}\n",
       ":2:8", "small letters"},
      {"thresholds:\n- {rule: certificates-not-near-end, value: 10}\n", ":2:", "weaker"},
      {"thresholds:\n- {rule: certificates-not-near-end, value: soon}\n", ":2:", "no number"},
      {"thresholds:\n- {rule: etcd-client-cert-auth, value: 1}\n", ":2:", "cannot be changed"},
      {"thresholds:\n- {rule: kubelet-authorization-cache, value: 10m}\n", ":2:", "weaker"},
  };
  for (const auto& c : kCases) {
    Policy policy;
    const auto read = policy.Add("p.yaml", c.text);
    ASSERT_FALSE(read.has_value()) << c.text;
    EXPECT_TRUE(read.error().where.starts_with("p.yaml" + std::string(c.place)))
        << read.error().where << " " << c.text;
    EXPECT_NE(read.error().ToString().find(c.says), std::string::npos) << read.error().ToString();
  }
}

TEST(Policy, RowsBecomeRules) {
  Policy policy;
  ASSERT_TRUE(policy.Add("a.yaml", RowOf("profiling", "equals, value: no")));
  ASSERT_FALSE(policy.Add("b.yaml", RowOf("profiling", "is-set")));  // the same id again
  ASSERT_TRUE(
      policy.Add("c.yaml", "thresholds:\n- {rule: certificates-not-near-end, value: 60}\n"));
  ASSERT_EQ(policy.own().size(), 1u);
  EXPECT_STREQ(policy.own()[0].id, "acme-x");
  EXPECT_STREQ(policy.own()[0].row, "own");
  EXPECT_STREQ(policy.own()[0].expected, "equals false");
  ASSERT_EQ(policy.instead().size(), 1u);
  EXPECT_STREQ(policy.instead()[0].wanted, "60");
}

}  // namespace
}  // namespace seawall::rules
