#include "review/kubernetes_own.h"

#include <algorithm>
#include <iterator>

#include "rbac/manifests.h"
#include "review/risk_known.h"

namespace seawall::review {
namespace {

constexpr std::string_view kClusterRoles[] = {"admin", "edit", "view", "cluster-admin"};
/// Of kube-system.
constexpr std::string_view kRoles[] = {"extension-apiserver-authentication-reader", "kube-proxy"};

/// As the bindings system:discovery, system:basic-user and system:public-info-viewer do.
bool GivesWhatEverybodyHas(const rbac::Evaluator& cluster, const rbac::Binding& binding,
                           const rbac::Subject& subject) {
  const rbac::Policy& policy = cluster.policy();
  const std::string_view group = policy.Text(subject.name);
  const bool logged_in = group == "system:authenticated" || group == "system:serviceaccounts";
  if (subject.kind != rbac::SubjectKind::kGroup ||
      (!logged_in && group != "system:unauthenticated"))
    return false;
  const rbac::Role* role = cluster.RoleOf(binding);
  return role && std::ranges::all_of(policy.RulesOf(*role), [&](const rbac::Rule& rule) {
           return IsHarmlessRule(policy, rule, logged_in);
         });
}

}  // namespace

bool IsOwnRole(const rbac::Policy& policy, const rbac::Role& role) {
  const std::string_view name = policy.Text(role.name);
  if (name.starts_with("system:") || name.starts_with("kubeadm:")) return true;
  if (role.cluster) return std::ranges::find(kClusterRoles, name) != std::end(kClusterRoles);
  return policy.Text(role.space) == "kube-system" &&
         std::ranges::find(kRoles, name) != std::end(kRoles);
}

rbac::Policy OwnOfKubernetes(const rbac::Evaluator& cluster) {
  const rbac::Policy& policy = cluster.policy();
  rbac::Policy own = rbac::JoinPolicies({&policy});
  std::erase_if(own.roles, [&](const rbac::Role& role) { return !IsOwnRole(own, role); });
  own.bindings.clear();
  for (const rbac::Binding& binding : policy.bindings) {
    const bool known = std::ranges::all_of(policy.SubjectsOf(binding), [&](const auto& subject) {
      return IsKnownGrant(policy, binding, subject) ||
             GivesWhatEverybodyHas(cluster, binding, subject);
    });
    if (!known) continue;
    rbac::Binding copy = binding;  // a policy's names are numbered anew in its copy
    copy.name = own.names.Add(policy.Text(binding.name));
    copy.space = own.names.Add(policy.Text(binding.space));
    copy.role_kind = own.names.Add(policy.Text(binding.role_kind));
    copy.role_name = own.names.Add(policy.Text(binding.role_name));
    own.bindings.push_back(copy);
  }
  return own;
}

}  // namespace seawall::review
