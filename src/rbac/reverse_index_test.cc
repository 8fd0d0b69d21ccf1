#include "rbac/reverse_index.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "rbac/manifests.h"
#include "rbac/rights.h"

namespace seawall::rbac {
namespace {

Policy Read(std::string_view text) {
  auto policy = ReadManifests({{"rbac.yaml", text}});
  EXPECT_TRUE(policy) << policy.error().ToString();
  return policy ? std::move(*policy) : Policy{};
}

/// A policy drawn at random from few words, so that they meet.
std::string Draw(std::mt19937& random) {
  const auto pick = [&](std::initializer_list<const char*> from) {
    return std::string(std::data(from)[random() % from.size()]);
  };
  std::string text;
  for (int i = 0; i < 6; ++i) {
    const bool cluster = random() % 2 == 0;
    text += fmt::format(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: r{}, "
        "namespace: {}}}\nrules:\n",
        cluster ? "ClusterRole" : "Role", i, pick({"one", "two"}));
    for (int r = 0; r < 3; ++r) {
      text += fmt::format(
          "- verbs: ['{}', '{}']\n  apiGroups: ['{}']\n  resources: ['{}', '{}']\n  "
          "nonResourceURLs: ['{}']\n",
          pick({"get", "list", "*"}), pick({"create", "get"}), pick({"", "apps", "*"}),
          pick({"pods", "pods/log", "*", "*/log"}), pick({"secrets", "*/log"}),
          pick({"/a", "/a*", "*"}));
      if (random() % 3 == 0) text += fmt::format("  resourceNames: ['{}', z]\n", pick({"x", ""}));
    }
  }
  for (int i = 0; i < 12; ++i) {
    text += fmt::format(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: b{}, "
        "namespace: {}}}\nroleRef: {{kind: {}, name: r{}}}\nsubjects:\n- {{kind: {}, name: "
        "{}}}\n- {{kind: ServiceAccount, name: s, namespace: {}}}\n",
        pick({"RoleBinding", "ClusterRoleBinding"}), i, pick({"one", "two"}),
        pick({"Role", "ClusterRole"}), random() % 7, pick({"User", "Group", "Other"}),
        pick({"a", "b"}), pick({"one", "''"}));
  }
  return text;
}

/// Everybody whom a policy names is asked about, one by one.
std::set<std::string> ByHand(const Evaluator& evaluator, Attributes attributes) {
  std::set<std::string> who;
  for (const char* name : {"a", "b", "system:serviceaccount:one:s", "system:serviceaccount:two:s",
                           "system:serviceaccount::s"}) {
    attributes.user = name;
    attributes.groups = {};
    if (evaluator.Ask(attributes).allowed) who.insert(std::string("user ") + name);
    const std::string_view group = name;
    attributes.user = "nobody";
    attributes.groups = {&group, 1};
    if (evaluator.Ask(attributes).allowed) who.insert(std::string("group ") + name);
  }
  return who;
}

TEST(ReverseIndex, TellsThoseWhomTheEvaluatorAllows) {
  std::mt19937 random(5);
  size_t allowed = 0;
  for (int round = 0; round < 60; ++round) {
    const Policy policy = Read(Draw(random));
    const Evaluator evaluator(policy);
    const ReverseIndex index(evaluator);
    for (const char* resource : {"pods", "secrets", "deployments", ""}) {
      for (const char* subresource : {"", "log"}) {
        for (const char* name : {"", "x"}) {
          for (const char* space : {"", "one", "three"}) {
            const bool url = *resource == '\0';
            const Attributes attributes = {.user = {},
                                           .groups = {},
                                           .verb = "get",
                                           .resource_request = !url,
                                           .space = url ? "" : space,
                                           .group = "",
                                           .resource = resource,
                                           .subresource = subresource,
                                           .name = name,
                                           .path = url ? "/ab" : ""};
            std::set<std::string> who;
            index.WhoCan(attributes, false, [&](const Grant& grant, bool named) {
              const bool group = grant.subject->kind == SubjectKind::kGroup;
              if (named) return;
              who.insert(
                  (group ? "group " : "user ") +
                  std::string(policy.Text(group ? grant.subject->name : grant.subject->user)));
            });
            EXPECT_EQ(who, ByHand(evaluator, attributes));
            allowed += who.size();
          }
        }
      }
    }
  }
  EXPECT_GT(allowed, 1000u);
}

TEST(ReverseIndex, WhatIsAllowedByNameOnlyIsToldApart) {
  const Policy policy = Read(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
      "rules: [{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a]}]\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, "
      "namespace: ns}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]\n");
  const Evaluator evaluator(policy);
  const ReverseIndex index(evaluator);
  const auto count = [&](const char* name, const char* space, bool any, bool want_named) {
    int n = 0;
    Attributes attributes{};
    attributes.verb = "get";
    attributes.resource = "secrets";
    attributes.name = name;
    attributes.space = space;
    index.WhoCan(attributes, any, [&](const Grant&, bool named) { n += named == want_named; });
    return n;
  };
  EXPECT_EQ(count("", "ns", false, true), 1);
  EXPECT_EQ(count("", "ns", false, false), 0);
  EXPECT_EQ(count("a", "ns", false, false), 1);
  EXPECT_EQ(count("b", "ns", false, false), 0);
  EXPECT_EQ(count("b", "ns", false, true), 0);
  EXPECT_EQ(count("a", "m", false, false), 0);
  EXPECT_EQ(count("a", "", true, false), 1);
}

TEST(Rights, RowsSayWhatTheRulesSay) {
  const Policy policy = Read(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules:\n"
      "- {verbs: [list, get], apiGroups: [''], resources: [pods]}\n"
      "- {verbs: [get, delete], apiGroups: [''], resources: [pods], resourceNames: [b, a]}\n"
      "- {verbs: [get], nonResourceURLs: [/x]}\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
      "roleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, "
      "namespace: ns}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: Group, name: "
      "g}]\n");
  const Evaluator evaluator(policy);
  const std::string_view groups[] = {"g"};
  const auto places = RightsOf(evaluator, "u", groups);
  ASSERT_TRUE(places);
  ASSERT_EQ(places->size(), 2u);
  const PlaceRights& all = (*places)[0];
  EXPECT_TRUE(all.cluster);
  ASSERT_EQ(all.rows.size(), 2u);
  EXPECT_EQ(policy.Text(all.rows[0].verbs[0]), "get");
  EXPECT_EQ(all.rows[0].verbs.size(), 2u);
  ASSERT_EQ(all.rows[1].names.size(), 2u);
  EXPECT_EQ(policy.Text(all.rows[1].names[0]), "a");
  ASSERT_EQ(all.rows[1].verbs.size(), 1u);  // get is given for any name
  EXPECT_EQ(policy.Text(all.rows[1].verbs[0]), "delete");
  ASSERT_EQ(all.urls.size(), 1u);
  EXPECT_TRUE((*places)[1].urls.empty());  // a RoleBinding gives no URL
  EXPECT_EQ(RightsOf(evaluator, "u", groups, "m")->size(), 1u);
  EXPECT_TRUE(RightsOf(evaluator, "v", {})->empty());
}

}  // namespace
}  // namespace seawall::rbac
