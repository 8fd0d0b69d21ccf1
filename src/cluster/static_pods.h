// Components that run as static pods: every manifest that the kubelet would read in a folder, with
// the rules by which it does (kubelet's pkg/kubelet/config/file.go and sigs.k8s.io/yaml).
#pragma once

#include "cluster/discovery.h"

namespace seawall::cluster {

/// Adds the components of the manifests in `path` (a folder, or one file as `staticPodPath` also
/// allows).
void ReadStaticPods(const Node& node, const std::string& path, Found& found);

}  // namespace seawall::cluster
