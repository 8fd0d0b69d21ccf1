// The tables of rules about managed clusters: one function for each file of rules.
#pragma once

#include <span>

#include "rules/rule.h"

namespace seawall::rules {

std::span<const Rule> GkeRules();  ///< managed_gke.cc: what the cluster's own fields say
std::span<const Rule> GkeControlPlaneRules();  ///< managed_gke_control_plane.cc
std::span<const Rule> GkeNodeRules();          ///< managed_gke_nodes.cc: its node pools
std::span<const Rule> EksRules();              ///< managed_eks.cc
std::span<const Rule> AksRules();              ///< managed_aks.cc: the API server, identity, keys
std::span<const Rule> AksNodeRules();  ///< managed_aks_nodes.cc: add-ons, upgrades, node pools

}  // namespace seawall::rules
