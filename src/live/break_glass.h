// A credential that opens the cluster whatever becomes of logins: a client certificate with every
// right, tried at this node's API server. Private to this room.
#pragma once

#include <memory>
#include <string>

#include "api/client.h"
#include "cluster/node.h"

namespace seawall::live {

struct BreakGlass {
  std::string file;  ///< the kubeconfig
  api::Access access;
};

/// The first kubeconfig that shows a certificate and was let do everything; `named`: only that one.
/// An Error tells what became of each; kIo when another time
/// may say otherwise.
Result<BreakGlass> FindBreakGlass(const cluster::Node& node, const std::string& named);

/// This node's own API server as the first of those kubeconfigs that can be read asks it.
Result<std::unique_ptr<api::ApiClient>> OpenAsAdmin(const cluster::Node& node,
                                                    const std::string& named);

/// Asks /readyz and whether it may do everything. kIo: it could not be asked, or the API server is
/// not ready; kPermission: it was asked and does not open.
Result<void> TryBreakGlass(const cluster::Node& node, const BreakGlass& glass);

}  // namespace seawall::live
