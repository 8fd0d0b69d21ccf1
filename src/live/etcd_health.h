// Whether etcd's members are all well, asked one by one, and whether the cluster goes on without
// this node's. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "cluster/node.h"

namespace seawall::live {

struct EtcdHealth {
  size_t voters = 0;
  std::vector<std::string> ill;  ///< one sentence for each member that is not well
};
/// An Error where no quorum answers.
Result<EtcdHealth> AskEtcdHealth(const cluster::Node& node);

/// What is wrong with the cluster; "" when every member is well, or nobody here knows where it is.
std::string IllnessOfEtcd(const cluster::Node& node);

/// Before this node's member restarts: every member is well, and the others are a quorum. The only
/// member of a cluster has none to ask for.
Result<void> QuorumWithoutUs(const cluster::Node& node);

}  // namespace seawall::live
