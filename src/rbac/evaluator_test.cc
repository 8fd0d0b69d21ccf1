#include "rbac/evaluator.h"

#include <gtest/gtest.h>

#include "rbac/manifests.h"

namespace seawall::rbac {
namespace {

Policy Read(std::string_view text) {
  auto policy = ReadManifests({{"rbac.yaml", text}});
  EXPECT_TRUE(policy) << policy.error().ToString();
  if (!policy) return {};
  EXPECT_TRUE(ExpandAggregation(*policy));
  return std::move(*policy);
}

struct Question {
  std::string user = "u";
  std::vector<std::string_view> groups = {};
  std::string verb = "get";
  std::string space = "", group = "", resource = "pods", subresource = "", name = "", path = "";
};

Answer Ask(const Policy& policy, const Question& q) {
  const Evaluator evaluator(policy);
  Answer answer = evaluator.Ask({.user = q.user,
                                 .groups = q.groups,
                                 .verb = q.verb,
                                 .resource_request = q.path.empty(),
                                 .space = q.space,
                                 .group = q.group,
                                 .resource = q.resource,
                                 .subresource = q.subresource,
                                 .name = q.name,
                                 .path = q.path});
  return answer;
}

bool Allowed(const Policy& policy, const Question& q) { return Ask(policy, q).allowed; }

/// A ClusterRole of `rules` for user u.
Policy Rules(const std::string& rules) {
  return Read(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
      "rules: " +
      rules +
      "\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
      "metadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
      "ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]\n");
}

TEST(Evaluator, WildcardsAreLone) {
  const Policy policy = Rules(
      "[{verbs: ['*'], apiGroups: [''], resources: [pods]}, {verbs: [list], apiGroups: ['*'], "
      "resources: ['*']}, {verbs: ['g*'], apiGroups: [apps], resources: ['dep*']}]");
  EXPECT_TRUE(Allowed(policy, {.verb = "anything"}));
  EXPECT_FALSE(Allowed(policy, {.verb = "get", .subresource = "log"}));
  EXPECT_TRUE(Allowed(policy, {.verb = "list", .group = "x", .resource = "y", .subresource = "z"}));
  EXPECT_FALSE(Allowed(policy, {.verb = "get", .group = "apps", .resource = "deployments"}));
  EXPECT_TRUE(Allowed(policy, {.verb = "g*", .group = "apps", .resource = "dep*"}));
}

TEST(Evaluator, Subresources) {
  const Policy policy = Rules(
      "[{verbs: [get], apiGroups: [''], resources: [pods/log]}, {verbs: [update], apiGroups: [''], "
      "resources: ['*/scale', 'nodes/*']}]");
  EXPECT_TRUE(Allowed(policy, {.subresource = "log"}));
  EXPECT_FALSE(Allowed(policy, {}));
  EXPECT_TRUE(Allowed(policy, {.verb = "update", .resource = "x", .subresource = "scale"}));
  EXPECT_FALSE(Allowed(policy, {.verb = "update", .resource = "nodes", .subresource = "proxy"}));
  EXPECT_TRUE(Allowed(policy, {.verb = "update", .resource = "nodes", .subresource = "*"}));
}

TEST(Evaluator, ResourceNames) {
  const Policy policy = Rules(
      "[{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a, '*']}, {verbs: "
      "[list], apiGroups: [''], resources: [secrets], resourceNames: ['']}]");
  EXPECT_TRUE(Allowed(policy, {.resource = "secrets", .name = "a"}));
  EXPECT_FALSE(Allowed(policy, {.resource = "secrets", .name = "b"}));
  EXPECT_FALSE(Allowed(policy, {.resource = "secrets"}));
  EXPECT_TRUE(Allowed(policy, {.verb = "list", .resource = "secrets"}));
  EXPECT_FALSE(Allowed(policy, {.verb = "list", .resource = "secrets", .name = "a"}));
}

TEST(Evaluator, Urls) {
  const Policy policy = Rules("[{verbs: [get], nonResourceURLs: ['/logs/*', /version, '/api**']}]");
  EXPECT_TRUE(Allowed(policy, {.path = "/logs/x/y"}));
  EXPECT_FALSE(Allowed(policy, {.path = "/logs"}));
  EXPECT_TRUE(Allowed(policy, {.path = "/version"}));
  EXPECT_FALSE(Allowed(policy, {.path = "/version/x"}));
  EXPECT_TRUE(Allowed(policy, {.path = "/apis"}));
  EXPECT_TRUE(Allowed(Rules("[{verbs: [get], nonResourceURLs: ['**']}]"), {.path = "/x"}));
}

constexpr const char* kSubjects = R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: one}
rules: [{verbs: [get], apiGroups: [""], resources: [pods]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: one}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects:
- {kind: ServiceAccount, name: here}
- {kind: ServiceAccount, name: there, namespace: two}
- {kind: Group, name: devs}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nowhere}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gone}
subjects: [{kind: ServiceAccount, name: here}, {kind: User, name: u}]
)";

TEST(Evaluator, Subjects) {
  const Policy policy = Read(kSubjects);
  EXPECT_TRUE(Allowed(policy, {.user = "system:serviceaccount:one:here", .space = "one"}));
  EXPECT_TRUE(Allowed(policy, {.user = "system:serviceaccount:two:there", .space = "one"}));
  EXPECT_FALSE(Allowed(policy, {.user = "system:serviceaccount:two:here", .space = "one"}));
  EXPECT_FALSE(Allowed(policy, {.user = "system:serviceaccount:one:here", .space = "two"}));
  EXPECT_FALSE(Allowed(policy, {.user = "system:serviceaccount:one:here"}));
  EXPECT_TRUE(Allowed(policy, {.groups = {"devs"}, .space = "one"}));
  EXPECT_FALSE(Allowed(policy, {.user = "devs", .space = "one"}));
  EXPECT_TRUE(Allowed(policy, {.groups = {"system:masters"}, .verb = "x", .space = "?"}));
}

TEST(Evaluator, ReasonsAreTheServersOwn) {
  const Policy policy = Read(kSubjects);
  EXPECT_EQ(
      ReasonOf(policy, Ask(policy, {.user = "system:serviceaccount:one:here", .space = "one"})),
      "RBAC: allowed by RoleBinding \"b/one\" of Role \"r\" to ServiceAccount \"here/one\"");
  EXPECT_EQ(ReasonOf(policy, Ask(policy, {})),
            "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found");
  EXPECT_EQ(ReasonOf(policy, Ask(policy, {.user = "nobody"})), "");
}

TEST(Aggregation, ReachesAFixpoint) {
  const Policy policy = Read(R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: r}}]}
rules: [{verbs: [own], apiGroups: [""], resources: [pods]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: middle, labels: {to: r}}
aggregationRule:
  clusterRoleSelectors:
  - matchExpressions: [{key: to, operator: In, values: [middle]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: leaf, labels: {to: middle}}
rules: [{verbs: [far], apiGroups: [""], resources: [pods]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: alone}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: nobody}}]}
rules: [{verbs: [kept], apiGroups: [""], resources: [pods]}]
---
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: {name: b}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
  subjects: [{kind: User, name: u}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: {name: c}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: alone}
  subjects: [{kind: User, name: u}]
)");
  EXPECT_TRUE(Allowed(policy, {.verb = "far"}));
  EXPECT_FALSE(Allowed(policy, {.verb = "own"}));
  EXPECT_TRUE(Allowed(policy, {.verb = "kept"}));
}

Error ErrorOf(std::string_view text, ManifestOptions options = {}) {
  auto policy = ReadManifests({{"rbac.yaml", text}}, options);
  EXPECT_FALSE(policy);
  return policy ? Error{} : policy.error();
}

TEST(Manifests, AWrongTypeIsAnErrorWithItsPlace) {
  EXPECT_EQ(
      ErrorOf("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
              "metadata: {name: r}\nrules:\n- verbs: [yes]\n")
          .ToString(),
      "cannot read RBAC objects: rbac.yaml:5: rules.verbs is a bool, where the API has string "
      "(correct the manifest: the API server refuses it as well)");
  EXPECT_EQ(ErrorOf("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                    "metadata: {name: r}\nrules: {verbs: [get]}\n")
                .why,
            "rules is an object, where the API has array");
  EXPECT_EQ(ErrorOf("- a\n- b\n").why, "a document that is no object");
}

TEST(Manifests, OtherKindsAreCountedAndUnknownFieldsTold) {
  const char* text =
      "# Source: chart/templates/x.yaml\r\napiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: "
      "x}\r\n"
      "rules: 5\r\n---\r\n---\r\napiVersion: rbac.authorization.k8s.io/v1\r\nkind: "
      "Role\r\nmetadata: "
      "{name: r}\r\nrule: []\r\n";
  auto policy = ReadManifests({{"rbac.yaml", text}});
  ASSERT_TRUE(policy) << policy.error().ToString();
  EXPECT_EQ(policy->skipped, 1u);
  ASSERT_EQ(policy->roles.size(), 1u);
  EXPECT_EQ(policy->Text(policy->roles[0].space), "default");
  ASSERT_EQ(policy->remarks.size(), 2u);
  EXPECT_EQ(policy->remarks[0].text, "rule");
  EXPECT_EQ(policy->Where(policy->remarks[0].spot), "rbac.yaml:11");
  EXPECT_EQ(ErrorOf(text, {.strict = true}).why, "unknown field rule");
}

TEST(Manifests, TheLastOfOneNameCounts) {
  const char* text =
      R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleList","items":[
{"metadata":{"name":"r"},"rules":[]},
{"metadata":{"name":"r"},"rules":[{"verbs":["get"],"nonResourceURLs":["/x"]}]}]})";
  auto policy = ReadManifests({{"rbac.json", text}});
  ASSERT_TRUE(policy) << policy.error().ToString();
  ASSERT_EQ(policy->roles.size(), 1u);
  EXPECT_EQ(policy->roles[0].rules, 1u);
  EXPECT_EQ(policy->Where(policy->roles[0].spot), "rbac.json:3");
  ASSERT_EQ(policy->remarks.size(), 1u);
}

TEST(Manifests, AnchorsAndMergeKeysAreFollowed) {
  const Policy policy = Read(R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- &base {verbs: [get], apiGroups: [""], resources: [pods]}
- {<<: *base, resources: [nodes]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: r}
subjects: [{kind: User, name: u}]
)");
  EXPECT_TRUE(Allowed(policy, {}));
  EXPECT_TRUE(Allowed(policy, {.resource = "nodes"}));
  EXPECT_EQ(policy.bindings[0].spot.line, 9u);
}

/// Roles that have one rule each and all select one another, and one that selects them and is not
/// among them.
std::string Tangle(int roles) {
  std::string text = R"(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}, {matchLabels: {a: b}}]}
rules: []
)";
  for (int i = 0; i < roles; ++i) {
    const std::string name = "r" + std::to_string(i);
    text += "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: " +
            name +
            ", labels: {a: b}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\n"
            "rules: [{verbs: [get], apiGroups: [''], resources: [" +
            name + "]}]\n";
  }
  return text;
}

TEST(Aggregation, RolesThatAllSelectOneAnotherCostNoMoreThanTheirSquare) {
  auto policy = ReadManifests({{"rbac.yaml", Tangle(300)}});
  ASSERT_TRUE(policy);
  ASSERT_TRUE(ExpandAggregation(*policy));
  EXPECT_EQ(policy->RulesOf(policy->roles[0]).size(), 299u);  // the first one's own was replaced
  EXPECT_LT(policy->rules.size(), 300u * 302u);
}

TEST(Aggregation, WhatWouldTakeTooLongIsAnErrorAndNothingIsExpanded) {
  auto policy = ReadManifests({{"rbac.yaml", Tangle(2000)}});
  ASSERT_TRUE(policy);
  const auto ok = ExpandAggregation(*policy);
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().code, ErrorCode::kLimit);
  EXPECT_EQ(policy->rules.size(), 2000u);
}

TEST(Aggregation, ALongChainIsNot) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    text += "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r" +
            n + ", labels: {is: r" + n +
            "}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: " + "{is: r" +
            std::to_string(i + 1) + "}}]}\nrules: [{verbs: [get], apiGroups: [''], " +
            "resources: [r" + n + "]}]\n";
  }
  auto policy = ReadManifests({{"rbac.yaml", text}});
  ASSERT_TRUE(policy);
  ASSERT_TRUE(ExpandAggregation(*policy));
  const auto rules = policy->RulesOf(policy->roles[0]);
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(policy->Text(policy->Resources(rules[0])[0]), "r1999");
}

TEST(Manifests, LargeOnesAreReadInTwoPieces) {
  std::string text;
  for (int i = 0; i < 30000; ++i) {
    text +=
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: r" +
        std::to_string(i) + "\nrules:\n- verbs: [v" + std::to_string(i) +
        "]\n  apiGroups: [\"\"]\n  resources: [pods]\n";
  }
  auto policy = ReadManifests({{"big.yaml", text}});
  ASSERT_TRUE(policy) << policy.error().ToString();
  ASSERT_EQ(policy->roles.size(), 30000u);
  const Role& last = policy->roles.back();
  EXPECT_EQ(policy->Text(last.name), "r29999");
  EXPECT_EQ(policy->Text(policy->Verbs(policy->RulesOf(last)[0])[0]), "v29999");
  EXPECT_EQ(last.spot.line, 29999u * 9 + 2);
}

}  // namespace
}  // namespace seawall::rbac
