// Edits of the variables that etcd reads itself (ETCD_*), where they stand: a line of an
// environment file, an assignment of a unit's Environment=, a value in a static pod's env.
#pragma once

#include <optional>
#include <string>

#include "cluster/node.h"
#include "harden/touch.h"

namespace seawall::harden {

/// Touches that make the variable of etcd's `flag` hold `value`; nullopt: that nobody sets it.
/// kUnsupported when its place cannot be edited safely.
Result<Touches> EditVariable(const cluster::Node& node, const cluster::Component& component,
                             const std::string& flag, const std::optional<std::string>& value);

}  // namespace seawall::harden
