// KubeProxyConfiguration as `audit -f` and kubeadm's files hold it.
#pragma once

#include "cluster/component.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Fills `written` and `problems` of a kube-proxy that is started with this document as its
/// --config.
void ReadProxyDocument(const yaml::Value& root, Component& proxy);

}  // namespace seawall::cluster
