// The words by which reports call the things of this room.
#include <fmt/format.h>

#include "cluster/component.h"
#include "cluster/node.h"
#include "cluster/setting.h"

namespace seawall::cluster {

const char* ToString(OriginKind kind) {
  switch (kind) {
    case OriginKind::kFlag:
      return "flag";
    case OriginKind::kFile:
      return "file";
    case OriginKind::kDropIn:
      return "drop-in";
    case OriginKind::kEnv:
      return "env";
    case OriginKind::kDefault:
      return "default";
  }
  return "?";
}

const char* ToString(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kApiServer:
      return "kube-apiserver";
    case ComponentKind::kControllerManager:
      return "kube-controller-manager";
    case ComponentKind::kScheduler:
      return "kube-scheduler";
    case ComponentKind::kKubelet:
      return "kubelet";
    case ComponentKind::kProxy:
      return "kube-proxy";
    case ComponentKind::kEtcd:
      return "etcd";
  }
  return "?";
}

std::optional<ComponentKind> ComponentFromName(std::string_view name) {
  for (const ComponentKind kind : kAllComponents) {
    if (name == ToString(kind)) return kind;
  }
  return std::nullopt;
}

const char* ToString(RunBy by) {
  switch (by) {
    case RunBy::kStaticPod:
      return "static pod";
    case RunBy::kSystemd:
      return "systemd unit";
    case RunBy::kProcess:
      return "process";
    case RunBy::kK3s:
      return "k3s";
    case RunBy::kRke2:
      return "rke2";
    case RunBy::kConfiguration:
      return "configuration";
  }
  return "?";
}

const char* ToString(Role role) {
  switch (role) {
    case Role::kControlPlane:
      return "control-plane";
    case Role::kWorker:
      return "worker";
    case Role::kEtcd:
      return "etcd";
  }
  return "?";
}

std::string Version::ToString() const {
  return patch < 0 ? fmt::format("{}.{}", major, minor)
                   : fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace seawall::cluster
