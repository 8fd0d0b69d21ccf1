// The listeners that `prove` and `audit --prove` ask, and what their files say of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/node.h"
#include "probe/observation.h"
#include "probe/prober.h"

namespace seawall::app {

/// An endpoint with what the files say of it.
struct ProveTarget {
  probe::Endpoint endpoint;
  std::string node_name;
  const cluster::Node* node = nullptr;
  const cluster::Component* component = nullptr;
  std::string out_of_reach;  ///< why it is not asked from here
  /// CAs that the cluster's clients have, as a kubeconfig says.
  std::shared_ptr<const std::vector<x509::Certificate>> cas = nullptr;
  bool only_cas = false;  ///< --ca says so: they have no others
};

/// Every listener of the node's components, and what is not known of where they listen. `loopback`:
/// the loopback addresses of a node that is not this machine are reached from here.
void AddListeners(const cluster::Node& node, bool loopback, std::vector<ProveTarget>& targets);

/// Asks all of them, each with an observation: also what is out of reach has one. `done` gets them
/// as they are complete, with the target's index.
Result<void> AskTargets(const std::vector<ProveTarget>& targets, const probe::ProbeOptions& options,
                        const std::function<void(size_t, const probe::Observation&)>& done);

}  // namespace seawall::app
