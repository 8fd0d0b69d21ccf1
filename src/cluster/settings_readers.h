// The readers behind ReadSettings, one for each component, and what they share.
#pragma once

#include <string_view>

#include "cluster/component.h"
#include "cluster/flag_use.h"
#include "cluster/node.h"

namespace seawall::cluster {

void ReadApiServer(const Node& node, Component& component);
void ReadControllerManager(const Node& node, Component& component);
void ReadScheduler(const Node& node, Component& component);
void ReadKubelet(const Node& node, Component& component);
void ReadProxy(const Node& node, Component& component);
void ReadEtcd(const Node& node, Component& component);

/// Reads the command line as pflag does into `written` and `problems`, with a gap where arguments
/// are hidden.
void ReadFlags(const FlagTable& table, Component& component);
/// The gap of an argument that may be any flags.
void AddHiddenGap(Component& component, const std::string& why);

}  // namespace seawall::cluster
