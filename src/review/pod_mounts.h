// Which accounts' tokens pods carry, by the names of a policy. Private to this room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rbac/policy.h"
#include "rbac/workloads.h"
#include "rules/finding.h"

namespace seawall::review {

class PodMounts {
 public:
  PodMounts(const rbac::Policy& policy, const std::optional<rbac::Workloads>& workloads);

  /// Whether pods were given and could be read: otherwise any account may be one of a pod.
  bool known() const { return known_; }
  /// Pods in which a token of the account is, whose user name is `user`.
  std::span<const uint32_t> Of(rbac::NameId user) const;
  bool MayBeMounted(rbac::NameId user) const { return !known_ || !Of(user).empty(); }
  const rbac::PodFacts& pod(uint32_t index) const { return workloads_->pods[index]; }
  /// "Deployment shop/web mounts its token, and 2 more", or that none does, which is safe for
  /// terminals; with the place of the first.
  rules::Evidence EvidenceOf(rbac::NameId user) const;

 private:
  const rbac::Workloads* workloads_ = nullptr;
  bool known_ = false;
  std::unordered_map<rbac::NameId, std::vector<uint32_t>> pods_;
};

}  // namespace seawall::review
