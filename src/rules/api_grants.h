// What RBAC gives to whom, from an API's roles and bindings. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/api_facts.h"
#include "rules/finding.h"
#include "rules/tally.h"

namespace seawall::rules {

/// One subject of one binding, with what its role allows.
struct Grant {
  const cluster::RbacBinding& binding;
  const cluster::RbacSubject& subject;
  const cluster::RbacRole& role;

  /// "ClusterRoleBinding x", "RoleBinding kube-system/x"
  std::string Binding() const;
  /// "Group system:anonymous", "ServiceAccount kube-system/default"
  std::string Subject() const;
  /// Evidence: who is given which role.
  Evidence Seen() const;
};

/// Every grant to a subject that `wanted` takes. What could not be read goes into `tally`: a role
/// that is not there grants nothing.
void EachGrant(
    const cluster::ApiFacts& facts,
    const std::function<bool(const cluster::RbacBinding&, const cluster::RbacSubject&)>& wanted,
    Tally& tally, const std::function<void(const Grant&)>& take);

/// `word` or "*" is among them.
bool Allows(const std::vector<std::string>& list, std::string_view word);

/// One thing that somebody may be allowed to do. `verbs` are separated by spaces: any of them.
struct Power {
  std::string_view verbs, group, resource;
};
/// Whether one of the role's rules allows it for every name.
bool Gives(const cluster::RbacRole& role, const Power& power);
/// Everything, everywhere that the role holds.
bool GivesAll(const cluster::RbacRole& role);

/// "get secrets, * of *.apps": what a rule says, for people.
std::string RuleText(const cluster::PolicyRule& rule);

/// The answer that is missing, as a gap of the tally; true when it is there.
template <typename T>
bool Known(const cluster::Answer<T>& answer, Tally& tally) {
  if (!answer.known()) tally.Unknown(answer.why, answer.how);
  return answer.known();
}

Evidence OfApi(std::string object, std::string setting, std::string value);

}  // namespace seawall::rules
