// seawall harden on several machines: one node after the other, each by the program on the node
// itself. docs/commands/harden-nodes.md.
#pragma once

#include "app/command.h"
#include "base/error.h"

namespace seawall::app {

/// `harden WORD --ssh …`: the exit status.
Result<int> RunHardenOverSsh(const Arguments& arguments);

}  // namespace seawall::app
