// /proc/PID/mountinfo of a container against that of the node: which of the node's files stand
// where. Internal to processes.cc.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cluster/component.h"

namespace seawall::cluster {

/// Whether both see the same root folder; nothing when one of the two says nothing.
std::optional<bool> SameRoot(std::string_view node, std::string_view process);

/// The process's mounts as places on the node, for those that lie on a file system that the node
/// has mounted too.
std::vector<Mount> ContainerMounts(std::string_view node, std::string_view process);

}  // namespace seawall::cluster
