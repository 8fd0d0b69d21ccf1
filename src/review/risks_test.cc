#include "review/risks.h"

#include <gtest/gtest.h>

#include <set>

#include "rbac/manifests.h"
#include "review/risk_atoms.h"
#include "rules/risk_table.h"

namespace seawall::review {
namespace {

using rules::Finding;
using rules::Verdict;

std::string Role(const std::string& name, const std::string& rules, const std::string& space = "") {
  return fmt::format(
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: {}{}}}\nrules: "
      "{}\n",
      space.empty() ? "ClusterRole" : "Role", name, space.empty() ? "" : ", namespace: " + space,
      rules);
}
std::string Bind(const std::string& name, const std::string& role, const std::string& subject,
                 const std::string& space = "", const char* kind = "ClusterRole") {
  return fmt::format(
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: {}{}}}\nroleRef: "
      "{{kind: {}, name: {}}}\nsubjects: [{}]\n",
      space.empty() ? "ClusterRoleBinding" : "RoleBinding", name,
      space.empty() ? "" : ", namespace: " + space, kind, role, subject);
}

std::vector<Finding> Risks(const std::string& text) {
  auto policy = rbac::ReadManifests({{"rbac.yaml", text}});
  EXPECT_TRUE(policy) << policy.error().ToString();
  if (!policy) return {};
  EXPECT_TRUE(rbac::ExpandAggregation(*policy));
  const rbac::Evaluator evaluator(*policy);
  std::vector<const rules::Rule*> all;
  for (const rules::RiskRow& row : rules::AllRiskRows()) all.push_back(&row.rule);
  std::vector<Finding> found;
  for (Finding& finding : FindRisks(evaluator, all)) {
    if (finding.outcome.verdict == Verdict::kFail) found.push_back(std::move(finding));
  }
  return found;
}

/// "id subject" of what fails.
std::set<std::string> Ids(const std::vector<Finding>& findings) {
  std::set<std::string> ids;
  for (const Finding& finding : findings)
    ids.insert(fmt::format("{} {}", finding.rule->id, finding.outcome.subject));
  return ids;
}

constexpr const char* kAlice = "{kind: User, name: alice}";

TEST(RiskTable, AtomsFitAndIdsAreUnique) {
  const Atoms atoms;
  EXPECT_LE(atoms.all().size(), 8 * sizeof(Bits));
  std::set<std::string_view> ids;
  size_t primitives = 0;
  for (const rules::RiskRow& row : rules::AllRiskRows()) {
    EXPECT_TRUE(ids.insert(row.rule.id).second) << row.rule.id;
    primitives += !row.needs.empty();
  }
  EXPECT_GE(primitives, 35u);
}

TEST(Risks, AnyResourceOfAGroupIsNoneOfKubernetesOwn) {
  const auto engines = [](const std::string& groups, const std::string& resources) {
    const auto ids = Ids(Risks(
        Role("r", "[{verbs: [update], apiGroups: " + groups + ", resources: " + resources + "}]") +
        Bind("b", "r", kAlice)));
    return ids.contains("risk-policy-engines User alice");
  };
  EXPECT_TRUE(engines("['*']", "['*']"));
  EXPECT_TRUE(engines("['*']", "[k8srequiredlabels]"));
  EXPECT_TRUE(engines("[constraints.gatekeeper.sh]", "[pods]"));
  EXPECT_FALSE(engines("['*']", "[pods]"));
  EXPECT_FALSE(engines("['*']", "['*/scale']"));
  EXPECT_FALSE(engines("[apps]", "['*']"));
}

/// Each primitive is found of who has exactly its rights, and of nobody who lacks one of them.
TEST(Risks, EachPrimitiveIsFoundAndOnlyWhole) {
  const Atoms atoms;
  for (size_t row = 0; row < rules::AllRiskRows().size(); ++row) {
    const rules::RiskRow& risk = rules::AllRiskRows()[row];
    for (const Bits need : atoms.NeedsOf(row)) {
      std::vector<std::string> rules;
      for (size_t i = 0; i < atoms.all().size(); ++i) {
        if ((need >> i & 1) == 0) continue;
        const Atom& atom = atoms.all()[i];
        rules.push_back(fmt::format(
            "{{verbs: ['{}'], apiGroups: ['{}'], resources: ['{}'], resourceNames: [{}]}}",
            atom.verbs[0], atom.group, atom.resources[0],
            atom.names.empty() ? "" : "'" + atom.names[0] + "'"));
      }
      const std::string space = risk.scope == rules::RiskScope::kSpace        ? "shop"
                                : risk.scope == rules::RiskScope::kKubeSystem ? "kube-system"
                                                                              : "";
      const auto with = [&](const std::vector<std::string>& some) {
        std::string text;
        for (size_t i = 0; i < some.size(); ++i) {
          const std::string name = "r" + std::to_string(i);
          text += Role(name, "[" + some[i] + "]") + Bind(name, name, kAlice, space);
        }
        return Ids(Risks(text)).contains(std::string(risk.rule.id) + " User alice");
      };
      EXPECT_TRUE(with(rules)) << risk.rule.id;
      if (rules.size() > 1) {
        rules.pop_back();
        EXPECT_FALSE(with(rules)) << risk.rule.id;
      }
    }
  }
}

TEST(Risks, AWayOfSeveralSteps) {
  const auto findings =
      Risks(Role("runner", "[{verbs: [create], apiGroups: [''], resources: [pods]}]", "ci") +
            Bind("runners", "runner", kAlice, "ci", "Role") +
            Role("tokens",
                 "[{verbs: [create], apiGroups: [''], resources: [serviceaccounts/token], "
                 "resourceNames: [boss]}]",
                 "ops") +
            Bind("tokens", "tokens", "{kind: ServiceAccount, name: builder, namespace: ci}", "ops",
                 "Role") +
            Role("all", "[{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]") +
            Bind("all", "all", "{kind: ServiceAccount, name: boss, namespace: ops}"));
  const auto at = std::ranges::find_if(findings, [](const Finding& finding) {
    return finding.rule->id == std::string_view("risk-path-cluster-admin") &&
           finding.outcome.subject == "User alice";
  });
  ASSERT_NE(at, findings.end());
  const auto& path = at->outcome.path;
  ASSERT_EQ(path.size(), 3u);
  EXPECT_EQ(path[0].from, "User alice");
  EXPECT_EQ(path[0].to, "ServiceAccount ci/builder");
  EXPECT_EQ(path[0].binding, "RoleBinding ci/runners");
  EXPECT_EQ(path[1].to, "ServiceAccount ops/boss");
  EXPECT_EQ(path[1].rule.substr(0, 41), "rule 1 of Role ops/tokens (rbac.yaml:16):");
  EXPECT_EQ(path[2].to, "cluster-admin");
  // The shortest comes first.
  for (const Finding& finding : findings) {
    if (finding.rule->id != std::string_view("risk-path-cluster-admin")) continue;
    EXPECT_EQ(finding.outcome.subject, "ServiceAccount ops/boss");
    break;
  }
}

TEST(Risks, NamesAndGuardsAreHeeded) {
  // One secret by name, a guarded write of bindings, bind of a harmless role: no escalation.
  const auto none = Ids(
      Risks(Role("r",
                 "[{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [mine]}, "
                 "{verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: "
                 "[clusterroles], resourceNames: [view]}, {verbs: [create], apiGroups: "
                 "[rbac.authorization.k8s.io], resources: [clusterrolebindings]}]") +
            Role("view", "[{verbs: [get], apiGroups: [''], resources: [pods]}]") +
            Bind("b", "r", kAlice)));
  EXPECT_EQ(none, std::set<std::string>({"risk-write-bindings User alice"}));
  const auto admin =
      Ids(Risks(Role("r",
                     "[{verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: "
                     "[clusterroles], resourceNames: [all]}, {verbs: [create], apiGroups: "
                     "[rbac.authorization.k8s.io], resources: [clusterrolebindings]}]") +
                Role("all", "[{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]") +
                Bind("b", "r", kAlice)));
  EXPECT_TRUE(admin.contains("risk-bind-roles User alice"));
  EXPECT_TRUE(admin.contains("risk-path-cluster-admin User alice"));
}

TEST(Risks, BindingsAndRolesByThemselves) {
  const auto ids =
      Ids(Risks(Role("r", "[{verbs: [get], apiGroups: [''], resources: [pods]}]") +
                Role("idle", "[{verbs: [get], apiGroups: [''], resources: [pods]}]", "shop") +
                Bind("gone", "missing", kAlice) + Bind("one", "r", kAlice) +
                Bind("two", "r", kAlice) + Bind("nobody", "r", "{kind: ServiceAccount, name: x}") +
                Bind("strangers", "r", "{kind: Group, name: 'system:unauthenticated'}") +
                Bind("all", "r", "{kind: Group, name: 'system:authenticated'}") +
                Bind("accounts", "r", "{kind: Group, name: 'system:serviceaccounts:shop'}") +
                Bind("default", "r", "{kind: ServiceAccount, name: default, namespace: shop}") +
                Bind("masters", "r", "{kind: Group, name: 'system:masters'}")));
  EXPECT_EQ(ids,
            std::set<std::string>({"risk-missing-role ClusterRoleBinding gone",
                                   "risk-duplicate-grants ClusterRoleBinding two",
                                   "risk-subject-of-nobody ClusterRoleBinding nobody",
                                   "risk-anonymous Group system:unauthenticated",
                                   "risk-authenticated Group system:authenticated",
                                   "risk-all-service-accounts Group system:serviceaccounts:shop",
                                   "risk-default-account ServiceAccount shop/default",
                                   "risk-masters-binding Group system:masters",
                                   "risk-unused-roles Role shop/idle"}));
}

TEST(Risks, WhoeverHasEverythingIsToldThatOnly) {
  const auto ids = Ids(Risks(Role("all", "[{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]") +
                             Bind("all", "all", kAlice)));
  EXPECT_EQ(ids, std::set<std::string>(
                     {"risk-cluster-admin User alice", "risk-path-cluster-admin User alice"}));
}

}  // namespace
}  // namespace seawall::review
