// A plan for those who write the configuration themselves: what its changes set, in their own
// language. What is taken away is told in comments.
#pragma once

#include <string>

#include "harden/plan.h"

namespace seawall::report {

/// Tasks of a playbook: files, modes, and lines of what is edited.
std::string PlanForAnsible(const harden::Plan& plan);
/// ClusterConfiguration (the ConfigMap kubeadm-config) and KubeletConfiguration (kubelet-config),
/// to be merged.
std::string PlanForKubeadm(const harden::Plan& plan);
/// config.yaml of RKE2 or k3s.
std::string PlanForRke2(const harden::Plan& plan);

}  // namespace seawall::report
