// The order of a plan's changes: what disturbs nothing first, then component by component from the
// store outwards, in each what must be there before it is named. Private to this room.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harden/plan.h"
#include "harden/working_tree.h"

namespace seawall::harden {

/// A fix whose touches are in the tree.
struct FixDone {
  FindingName name;
  const Fix* fix = nullptr;
  Draft draft;
  std::set<std::string> paths;  ///< real ones
};

/// Fills steps, wishes and mounts.
void Arrange(const cluster::Node& node, const WorkingTree& tree, std::vector<FixDone>& done,
             Plan& plan);

}  // namespace seawall::harden
