#include "review/pod_mounts.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::review {

PodMounts::PodMounts(const rbac::Policy& policy, const std::optional<rbac::Workloads>& workloads) {
  if (!workloads) return;
  workloads_ = &*workloads;
  known_ = workloads->has_pods && workloads->pods_unread.empty();
  for (uint32_t i = 0; i < workloads->pods.size(); ++i) {
    const rbac::PodFacts& pod = workloads->pods[i];
    if (!workloads->MountsToken(pod)) continue;
    const rbac::NameId user =
        policy.names.Find(fmt::format("system:serviceaccount:{}:{}", pod.space, pod.account));
    if (user != rbac::kNoName) pods_[user].push_back(i);
  }
}

std::span<const uint32_t> PodMounts::Of(rbac::NameId user) const {
  const auto at = pods_.find(user);
  return at == pods_.end() ? std::span<const uint32_t>() : std::span<const uint32_t>(at->second);
}

rules::Evidence PodMounts::EvidenceOf(rbac::NameId user) const {
  rules::Evidence evidence;
  evidence.setting = "pods";
  const auto pods = Of(user);
  if (pods.empty()) {
    evidence.value = "none of those given mounts its token";
    evidence.origin = "pods";
    return evidence;
  }
  const rbac::PodFacts& first = pod(pods[0]);
  evidence.value = Printable(first.Name()) + " mounts its token" +
                   (pods.size() > 1 ? fmt::format(", and {} more", pods.size() - 1) : "");
  evidence.origin = first.line == 0 ? "api" : "file";
  evidence.place.file = first.place;
  evidence.place.line = first.line;
  evidence.place.column = first.line > 0 ? 1 : 0;
  return evidence;
}

}  // namespace seawall::review
