// Cluster: the facts of all nodes of one audit, and the rules that only all of them together can
// answer.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"
#include "rules/tally.h"
#include "rules/whole/facts.h"
#include "rules/whole/pool.h"

namespace seawall::rules::whole {

/// The node's name in findings about the cluster: no machine can be called so.
inline constexpr const char* kClusterName = "(cluster)";

/// One component and the node that it is on.
struct Member {
  const NodeFacts* node = nullptr;
  const ComponentFacts* component = nullptr;

  /// "cp-0", "cp-0 (etcd-events)" where it has several of the kind.
  std::string Name() const;
};

/// Not thread-safe.
class Cluster {
 public:
  void Add(NodeFacts facts);
  /// A node that should be there and could not be read, so that what it runs is not known.
  void AddUnread(std::string name, Error error);
  /// The nodes that the API lists.
  void SetListed(std::vector<std::string> names) { listed_ = std::move(names); }

  const std::vector<NodeFacts>& nodes() const { return nodes_; }
  const std::map<std::string, Error>& unread() const { return unread_; }
  const std::optional<std::vector<std::string>>& listed() const { return listed_; }
  std::vector<Member> Of(cluster::ComponentKind kind) const;
  /// Why more components of this kind may exist than were found; nothing when no node hides any.
  std::optional<Error> MayHide(cluster::ComponentKind kind) const;
  /// The node that answers to this name, or nullptr.
  const NodeFacts* Called(std::string_view name) const;

  /// One finding for each selected rule about the whole, in the table's order.
  std::vector<Finding> Judge(const Selection& selection) const;

 private:
  std::vector<NodeFacts> nodes_;
  std::map<std::string, Error> unread_;
  std::optional<std::vector<std::string>> listed_;
  Pool pool_;
};

/// Whether any selected rule speaks of the whole cluster.
bool AsksOfCluster(const Selection& selection);

// ---- parts of the rules

Evidence EvidenceOf(const Member& member, const Fact& fact);
Evidence EvidenceOf(const Member& member, const Chain& chain, std::string value);
/// "cp-0, cp-1, cp-2 and 5 more".
std::string Names(const std::vector<std::string>& names);

/// A pass is one only when nobody else may be there.
Outcome UnlessHidden(const Cluster& cluster, std::initializer_list<cluster::ComponentKind> kinds,
                     Outcome outcome);

/// Whether the first of `chain` leads to one of `anchors`.
bool LeadsTo(const Chain& chain, const Chain& anchors);

std::span<const Rule> AgreementRules();   ///< agreement.cc: settings that must be alike
std::span<const Rule> TrustRules();       ///< trust.cc: CAs of one node and certificates of another
std::span<const Rule> EtcdMemberRules();  ///< members.cc: etcd's members and who asks them
std::span<const Rule> SharedKeyRules();   ///< shared_keys.cc: keys that lie on several nodes
std::span<const Rule> NodesRules();       ///< nodes.cc: versions, and nodes that nobody gave

}  // namespace seawall::rules::whole
