// From a command line and the files behind it to Settings, by each component's own rules (pflag's,
// Go flag's, the kubelet's order of defaults, file, drop-ins and flags, etcd's exclusive sources).
#pragma once

#include "cluster/component.h"
#include "cluster/node.h"

namespace seawall::cluster {

/// Fills `written` and `problems` of `component` from its command line, environment and the
/// configuration files that these name (read through `node`, mapped with the component's mounts).
/// Never fails: what cannot be read makes the settings that it may hold unknown.
void ReadSettings(const Node& node, Component& component);

/// Takes away the problems of what only a tool passes (k3s, RKE2, kubeadm): nobody can mend it, and
/// the tool makes the files that it names. After everything that adds problems.
void ForgiveTools(Component& component);

}  // namespace seawall::cluster
