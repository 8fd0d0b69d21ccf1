// Where a node that kubeadm made keeps what tests change most.
#pragma once

namespace seawall::test {

inline constexpr const char* kApiServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
inline constexpr const char* kManager = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
inline constexpr const char* kEtcd = "/etc/kubernetes/manifests/etcd.yaml";
inline constexpr const char* kKubelet = "/var/lib/kubelet/config.yaml";
inline constexpr const char* kKubeletEnv = "/etc/default/kubelet";

}  // namespace seawall::test
