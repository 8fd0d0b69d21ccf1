// Where etcd's members find each other. The cluster stores it, so a member that goes over to TLS
// needs more than files: the cluster is told, and told otherwise when that is taken back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/node.h"
#include "harden/json_out.h"
#include "yaml/document.h"

namespace seawall::harden {

using Urls = std::vector<std::string>;

/// What a step tells the cluster of its member, once its restart is proven.
struct PeerUrls {
  uint64_t member = 0;  ///< its ID
  Urls before, after;   ///< as the cluster stores them
  Urls others;          ///< other members' addresses for clients; none: it is the only member

  bool alone() const { return others.empty(); }
  /// From now on nobody finds it without TLS.
  bool ends_plain() const;
  /// Taken back, it shows others no certificate any more, and cannot speak TLS with them.
  bool begins_tls() const;
};

bool HasPlain(const Urls& urls);
bool HasTls(const Urls& urls);
/// The same addresses in another order.
bool SameUrls(Urls a, Urls b);
/// Every http:// one as https://, too, at the same address; those that are there stay.
Urls BesideTls(const Urls& urls);
/// https:// only.
Urls TlsOnly(const Urls& urls);

/// A member as the cluster knows it.
struct EtcdPeer {
  uint64_t id = 0;
  std::string name;
  Urls peer_urls, client_urls;
};
/// All members, ours among them.
struct EtcdPeers {
  uint64_t own = 0;
  std::vector<EtcdPeer> members;
  std::string apart;  ///< which of them do not reach each other, or that it cannot be seen; or ""

  const EtcdPeer* Own() const;
};
/// Asks the cluster that this running member belongs to. Not set where nothing runs.
using AskEtcdPeers = std::function<Result<EtcdPeers>(const cluster::Component& etcd)>;

/// As the field "peerURLs" of an object that is open.
void WritePeerUrls(const PeerUrls& peers, JsonOut& out);
/// kMalformed where it says no such thing.
Result<PeerUrls> ReadPeerUrls(yaml::Value object);

}  // namespace seawall::harden
