// What a review calls the objects of a policy, which of them it leaves alone, and the rules for
// what is to stay. Private to the files of the review.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "rbac/policy.h"
#include "review/unused.h"
#include "review/used_atoms.h"

namespace seawall::review {

/// "User alice", "Group devs", "ServiceAccount shop/ci"
std::string SubjectText(const rbac::Policy& policy, const rbac::Subject& subject);
/// "RoleBinding shop/deployers"
std::string BindingText(const rbac::Policy& policy, const rbac::Binding& binding);
std::string RoleText(const rbac::Policy& policy, const rbac::Role& role);

/// One subject of one binding, however its role changes.
std::string GrantKey(const ReviewedGrant& grant);
/// Of what the role gives.
std::string GrantDigest(const rbac::Policy& policy, const rbac::Role& role);

/// Why nothing of a grant is proposed to be taken: "system" for what Kubernetes itself and kubeadm
/// make and for subjects of the cluster's own, nodes among them; "break-glass" for what is called
/// so, or by one of `patterns`; "" for the rest.
std::string KeptAs(const rbac::Policy& policy, const rbac::Binding& binding,
                   const rbac::Subject& subject, const std::vector<std::string>& patterns);

/// Gathers what is to stay of a grant.
class Needed {
 public:
  Needed(const rbac::Policy& policy, const UsedRights& rights) : policy_(policy), rights_(rights) {}
  void Add(const OneRight& right, const AtomUse& use, RightState state, const std::string& why);
  std::vector<RuleSpec> Rules() const;

 private:
  /// URL or not, group, name, resource or URL
  using Key = std::tuple<bool, std::string, std::string, std::string>;
  const rbac::Policy& policy_;
  const UsedRights& rights_;
  std::map<Key, std::set<std::string>> verbs_;
};

}  // namespace seawall::review
