// The parts of the components' checks, a file each.
#pragma once

#include "cluster/refusal.h"

namespace seawall::cluster {

/// Addresses, CORS, HSTS, --runtime-config, audit backends: refusals_apiserver_serving.cc.
void RefuseApiServerServing(const Refusal& r);
/// Who calls: OIDC, service accounts, the front proxy, tokens: refusals_apiserver_callers.cc.
void RefuseApiServerCallers(const Refusal& r);
/// Labels, reservations, eviction, sysctls: refusals_kubelet_node.cc.
void RefuseKubeletNode(const Refusal& r);

}  // namespace seawall::cluster
