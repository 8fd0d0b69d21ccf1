// How this node's etcd is reached by who may: the API server's own way, else etcd's listener.
// Private to this room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/node.h"
#include "etcd/client.h"

namespace seawall::live {

struct EtcdDoors {
  std::vector<api::Access> doors;
  std::vector<std::string> why_not;  ///< ways that there are not
};
/// In the order of asking. Certificates of this node are shown, and what answers has to show one of
/// the CA that the API server trusts.
EtcdDoors DoorsToEtcd(const cluster::Node& node);

/// The first of them that answers how it is; an Error tells why none did.
struct OpenedEtcd {
  std::unique_ptr<etcd::Client> client;
  etcd::MemberStatus status;
};
Result<OpenedEtcd> OpenEtcd(const cluster::Node& node);

/// The same way to another address of the cluster: what is shown and trusted there.
Result<api::Access> DoorTo(const cluster::Node& node, const std::string& url);
Result<OpenedEtcd> OpenMember(const cluster::Node& node, const std::string& url);

}  // namespace seawall::live
