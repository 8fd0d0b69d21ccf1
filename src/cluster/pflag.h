// Reads a command line as spf13/pflag does, with the name rules of Kubernetes' components ("_" is
// "-").
#pragma once

#include "cluster/flag_use.h"

namespace seawall::cluster {

/// Never fails: what the component would refuse becomes a fatal Problem, and reading goes on as
/// well as it can.
FlagRead ReadPflags(const CommandLine& line, const FlagTable& table);

}  // namespace seawall::cluster
