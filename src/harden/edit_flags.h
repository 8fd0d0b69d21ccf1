// Edits of a component's command line, in the very place that each argument stands in: a static
// pod's list, ExecStart= of a unit, a variable in an environment file. What stands in a shell's
// one-liner, or came out of a variable only in part, is refused.
#pragma once

#include <optional>
#include <string>

#include "cluster/node.h"
#include "harden/touch.h"

namespace seawall::harden {

/// Makes the command line say `flag` (without dashes) with `value`; nullopt: not at all. The last
/// of several uses is changed where the last one wins; of a flag whose uses add up the others go.
/// No touches when nothing has to change. A unit of the distribution gets a drop-in instead.
Result<Touches> EditFlag(const cluster::Node& node, const cluster::Component& component,
                         const std::string& flag, const std::optional<std::string>& value);

/// The drop-in of ours for a component's unit.
std::string DropInPath(const cluster::Component& component);

/// Whether the distribution's packages own the file: an edit of it would be undone by an update.
bool IsDistributionFile(const std::string& path);

/// New folders on the way to `path`, for those that are not there; all may pass, as in
/// /etc/kubernetes itself.
void AddFolders(const cluster::Node& node, const std::string& path, Touches& touches);

}  // namespace seawall::harden
