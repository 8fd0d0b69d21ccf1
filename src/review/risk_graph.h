// Who can become whom: subjects, what they may act as, and the sinks that nobody should reach.
// Private to this room.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "rbac/evaluator.h"
#include "review/pod_mounts.h"
#include "review/risk_atoms.h"

namespace seawall::review {

/// What one binding gives one subject.
struct Given {
  uint32_t node = 0;
  rbac::NameId space = 0;  ///< Names::kEmpty: everywhere
  uint32_t binding = 0, subject = 0, role = 0;
  bool known = false;  ///< as Kubernetes itself or kubeadm makes it
};

/// A subject that a binding names.
struct RiskNode {
  rbac::NameId holder = 0;  ///< the user's or group's name
  bool group = false;
  bool account = false;
  bool known = true;                 ///< it has nothing but what Kubernetes itself gives it
  rbac::NameId space = 0, name = 0;  ///< of a service account
  uint32_t first = 0, count = 0;     ///< in RiskGraph::given, by place
  Bits everywhere = 0;               ///< what it may do everywhere
};

enum class Sink : uint8_t { kAdmin, kMasters, kNodeRoot, kSecrets, kKubeSystem };
inline constexpr size_t kSinks = 5;

/// A step: by the right of row `row` in `space`, or, with kNoRow, because it is so (a service
/// account is of its groups).
struct Step {
  uint32_t from = 0, to = 0;
  uint32_t row = 0;
  rbac::NameId space = 0;
};
inline constexpr uint32_t kNoRow = 0xFFFFFFFF;
inline constexpr uint32_t kNamed = 0xFFFFFFFE;  ///< by a rule for certain names: row in `space`

class RiskGraph {
 public:
  /// Whoever gets into pods becomes the accounts that `mounts` has.
  RiskGraph(const rbac::Evaluator& evaluator, const Atoms& atoms, const PodMounts& mounts);

  const std::vector<RiskNode>& nodes() const { return nodes_; }
  /// By place: everywhere first, then each namespace.
  std::span<const Given> GivenTo(const RiskNode& node) const {
    return std::span(given_).subspan(node.first, node.count);
  }
  Bits RoleBits(uint32_t role) const { return role_bits_[role]; }
  const rbac::Policy& policy() const { return policy_; }
  /// The steps of the shortest way from a node to a sink; empty: there is none.
  std::vector<Step> Path(uint32_t node, Sink sink) const;
  /// Its length; 0: there is none.
  uint32_t Distance(uint32_t node, Sink sink) const {
    return distance_[static_cast<size_t>(sink)][node];
  }
  /// Number of a sink among the steps' ends.
  uint32_t SinkNode(Sink sink) const { return sinks_ + static_cast<uint32_t>(sink); }
  bool IsSubject(uint32_t node) const { return node < nodes_.size(); }

 private:
  void CollectGiven(const rbac::Evaluator& evaluator);
  void AddNamedSteps();
  void AddSteps();
  void AddStepsOf(uint32_t node);
  void AddEffect(uint32_t node, uint32_t row, rbac::NameId space);
  void AddMemberships();
  void Sort();
  void Search(Sink sink);
  uint32_t Hub(rbac::NameId space);
  uint32_t MountedHub(rbac::NameId space);
  uint32_t NodeOf(bool group, rbac::NameId holder);
  uint32_t FindNode(bool group, std::string_view name) const;

  const rbac::Policy& policy_;
  const Atoms& atoms_;
  const PodMounts& mounts_;
  std::vector<Bits> role_bits_;
  std::vector<Given> given_;
  std::vector<RiskNode> nodes_;
  std::unordered_map<uint64_t, uint32_t> by_holder_;
  std::unordered_map<rbac::NameId, uint32_t> hubs_;          ///< of a namespace's accounts
  std::unordered_map<rbac::NameId, uint32_t> mounted_hubs_;  ///< of those that pods mount
  uint32_t sinks_ = 0, all_accounts_ = 0, all_mounted_ = 0, all_users_ = 0, all_groups_ = 0,
           size_ = 0;
  std::vector<Step> steps_;         ///< by where they lead
  std::vector<uint32_t> steps_at_;  ///< of each node; one more at the end
  std::array<std::vector<uint32_t>, kSinks> distance_;
  std::array<std::vector<uint32_t>, kSinks> next_;  ///< the step to take
};

}  // namespace seawall::review
