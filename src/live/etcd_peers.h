// Where etcd's members find each other: asked, told, and whether they do. Private to this room, but
// for what a plan asks.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "cluster/node.h"
#include "harden/fix.h"

namespace seawall::live {

/// The cluster of this node's member `etcd`.
Result<harden::EtcdPeers> AskPeers(const cluster::Node& node, const cluster::Component& etcd);
/// This machine's, read anew; the component by its name.
Result<harden::EtcdPeers> AskPeersHere(const cluster::ReadOptions& read,
                                       const cluster::Component& etcd);

/// Before this node's member restarts though nothing has failed: the others are a quorum without
/// it, or it is of no use to them now.
Result<void> MayGoWithout(const cluster::Node& node, const cluster::Component& etcd);

/// Members (IDs in hexadecimal) to which the one that wrote these metrics is connected: it reads
/// from them, and its messages reach them.
std::set<std::string> ActivePeers(std::string_view metrics);

/// Which members do not reach this one, or it them, by what each says of itself; "" when all do.
/// /health does not tell: a member to which half of the way is closed is well until others are,
/// too.
std::string Apart(const cluster::Node& node, const harden::PeerUrls& peers);

/// Before the step: the cluster knows the member as the plan does, and every other can follow.
Result<void> MayAnnounce(const cluster::Node& node, const harden::PeerUrls& peers);
Result<void> AnnouncePeers(const cluster::Node& node, const harden::PeerUrls& peers);
/// Before it is taken back: the others would still find this one, and it them.
Result<void> MayWithdrawPeers(const cluster::Node& node, const harden::PeerUrls& peers);
Result<void> WithdrawPeers(const cluster::Node& node, const harden::PeerUrls& peers);

}  // namespace seawall::live
