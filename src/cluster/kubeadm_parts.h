// What kubeadm makes of its configuration: shared by kubeadm's own files and Cluster API, which
// embeds them. Source: Kubernetes' cmd/kubeadm/app/phases/{controlplane,etcd,kubelet} and
// componentconfigs, 1.29 to 1.37, held against the manifests that the genuine kubeadm writes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/configurations.h"

namespace seawall::cluster {

/// A patch file of `--patches`: "kube-apiserver0+merge.yaml".
struct KubeadmPatch {
  enum class Type : uint8_t { kStrategic, kMerge, kJson };
  std::string target;  ///< "kube-apiserver", …, "kubeletconfiguration"
  Type type = Type::kStrategic;
  yaml::Value root;
};
/// Target and type by the file's name; nullopt when it is no patch that kubeadm would take.
std::optional<KubeadmPatch> PatchByName(std::string_view name);

struct KubeadmParts {
  yaml::Value cluster;                ///< ClusterConfiguration; absent for a node that only joins
  yaml::Value init;                   ///< InitConfiguration
  yaml::Value join;                   ///< JoinConfiguration
  const Document* kubelet = nullptr;  ///< KubeletConfiguration
  const Document* proxy = nullptr;    ///< KubeProxyConfiguration
  std::vector<KubeadmPatch> patches;
  std::optional<Version> version;  ///< of Kubernetes
  bool control_plane = true;
  bool cluster_api = false;  ///< Cluster API writes the parts of a JoinConfiguration's discovery
  std::string instance;      ///< of the components
  Place where;
};

/// Adds the components that kubeadm would set up on a node.
void AddKubeadmNode(const KubeadmParts& parts, Draft& draft);

/// Changes what a patch changes: command lines and mounts of pods, fields of the kubelet's
/// configuration.
void ApplyPatches(const std::vector<KubeadmPatch>& patches, Draft& draft);

}  // namespace seawall::cluster
