// Aggregated ClusterRoles: what the controller writes into them, sooner or later. Private to this
// room.
#pragma once

#include <vector>

#include "cluster/api_facts.h"

namespace seawall::api {

/// Adds to each role the rules of those that its selectors take in, as rbac::ExpandAggregation
/// reckons them, where that is not too much. What stands in it already stays: the API server goes
/// by that.
void TakeInRoles(std::vector<cluster::RbacRole>& roles);

}  // namespace seawall::api
