// Listeners of a cluster as its API names them, for `prove --kubeconfig`.
#pragma once

#include <vector>

#include "app/prove_targets.h"
#include "cluster/api_facts.h"

namespace seawall::app {

/// The address of each API server, each kubelet's, and the usual ports of the other components on
/// every machine's addresses, where nobody listening is nothing bad.
std::vector<ProveTarget> ApiTargets(const cluster::ApiFacts& facts);

}  // namespace seawall::app
