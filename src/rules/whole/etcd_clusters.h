// Which members of etcd belong together: an API server may keep some resources (events, mostly) in
// a cluster of etcd of their own, whose members have nothing to agree on with the others.
#pragma once

#include <string>
#include <vector>

#include "rules/whole/cluster.h"

namespace seawall::rules::whole {

struct EtcdClusters {
  std::vector<std::vector<Member>> all;  ///< never an empty one
  /// Why members of different ones may belong together all the same; "": they do not.
  std::string doubt;

  /// Any of them has several members, so that there is something to compare.
  bool Several() const;
};

/// By --etcd-servers and --etcd-servers-overrides where an API server was given; else by what
/// members say of each other.
EtcdClusters EtcdClustersOf(const Cluster& cluster);

/// The value of a fact that is known, or nullptr.
const Fact* KnownFact(const ComponentFacts& component, std::string_view topic);

/// "name=URL" of --initial-cluster.
struct NamedUrl {
  std::string name, url;
};
std::vector<NamedUrl> ListedMembers(const Fact& initial_cluster);

/// Whether `member` answers when `server` asks this URL, as far as its settings and its certificate
/// say.
bool Answers(const Member& server, const std::string& url, const Member& member);

/// The URLs of "GROUP/RESOURCE#URL;URL".
std::vector<std::string> OverrideUrls(const std::string& item);

/// `outcome` of members that were compared within their clusters: no pass while there is doubt.
Outcome UnlessDoubtful(const EtcdClusters& clusters, Outcome outcome);

}  // namespace seawall::rules::whole
