// What the readers of static pods, units, processes and distributions give to ReadNode. Internal to
// this room.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cluster/component.h"
#include "cluster/located.h"
#include "cluster/node.h"

namespace seawall::cluster {

/// `k3s server --x` or `rke2 agent`, found in a unit or process; cluster/k3s.cc makes components of
/// it.
struct DistributionLaunch {
  std::string program;   ///< "k3s" or "rke2"
  std::string instance;  ///< the unit's name, "pid 12"
  Place where;
  std::vector<Argument> arguments;  ///< the subcommand first
  std::vector<Variable> environment;
  std::string binary;  ///< path of the program
  std::string unknown;
};

struct Found {
  std::vector<Component> components;
  std::vector<Component> later;  ///< of k3s and RKE2, see cluster/k3s.h
  std::vector<DistributionLaunch> distributions;
  std::vector<BlindSpot> blind_spots;
  std::vector<std::string> read;  ///< paths that were read outside of the node's caches
};

inline std::set<ComponentKind> EveryKind() {
  return {std::begin(kAllComponents), std::end(kAllComponents)};
}
/// What usually runs as static pods.
inline std::set<ComponentKind> ControlPlaneKinds() {
  return {ComponentKind::kApiServer, ComponentKind::kControllerManager, ComponentKind::kScheduler,
          ComponentKind::kEtcd};
}

}  // namespace seawall::cluster
