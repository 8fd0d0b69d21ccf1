// Proofs in a bundle: what the components of a node answered when it was collected, judged then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"
#include "probe/prober.h"
#include "proofs/proof.h"

namespace seawall::app {

/// The proofs of one node, and each of its endpoints as reports have it.
struct KeptProofs {
  std::vector<proofs::Proven> proven;
  std::vector<std::string> endpoints;
};

/// Asks every listener of the node. `loopback` as in AddListeners; `now` in seconds since the
/// epoch.
Result<KeptProofs> AskNode(const cluster::Node& node, bool loopback,
                           const probe::ProbeOptions& options, int64_t now);

/// As JSON for a bundle; text of the network's has its secrets hidden.
std::string WriteProofs(const KeptProofs& proofs);

/// Back, for the components of `node`. kMalformed; kUnsupported where there are findings of a rule
/// that this seawall does not have: without them it would say less than was seen.
Result<KeptProofs> ReadProofs(std::string_view json, const cluster::Node& node);

}  // namespace seawall::app
