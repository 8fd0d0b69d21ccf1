// What the readers of static pods, units, processes and distributions give to ReadNode. Internal to
// this room.
#pragma once

#include <map>
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

/// Components of one kind that are judged on a node, which has one; each takes time and memory, and
/// a hostile file may hold a hundred thousand. The rest is unknown, not absent.
inline constexpr size_t kMostOfOneKind = 32;

struct Found {
  /// Adds a component, or counts it in `left_out` when there are enough of its kind.
  bool Add(Component component) {
    size_t& count = counted[component.kind];
    if (count == kMostOfOneKind) {
      ++left_out[component.kind];
      return false;
    }
    ++count;
    components.push_back(std::move(component));
    return true;
  }

  std::vector<Component> components;
  std::map<ComponentKind, size_t> counted;
  std::map<ComponentKind, size_t> left_out;
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
