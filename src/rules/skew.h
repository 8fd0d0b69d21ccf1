// Kubernetes' version skew policy: how far components may be apart.
// https://kubernetes.io/releases/version-skew-policy/
#pragma once

#include "cluster/component.h"

namespace seawall::rules {

/// Before this minor version kubelets and proxies had one version less.
inline constexpr int kWiderSince = 25;

/// How many minor versions a component of this version may lie behind an API server; none may lie
/// before one.
inline int MostBehind(cluster::ComponentKind kind, const cluster::Version& version) {
  const bool of_node =
      kind == cluster::ComponentKind::kKubelet || kind == cluster::ComponentKind::kProxy;
  if (!of_node) return 1;
  return version.minor < kWiderSince ? 2 : 3;
}

/// How many minor versions a kube-proxy of this version may be older or newer than the kubelet
/// beside it.
inline int MostApart(const cluster::Version& proxy) { return proxy.minor < kWiderSince ? 2 : 3; }

}  // namespace seawall::rules
