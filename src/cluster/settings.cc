#include "cluster/settings.h"

#include "cluster/settings_readers.h"

namespace seawall::cluster {

void ReadSettings(const Node& node, Component& component) {
  if (!component.command.unknown.empty() && component.unknown.empty()) {
    component.unknown = component.command.unknown;
    component.how =
        "run seawall on the node itself, as root, where the running process shows its arguments";
  }
  switch (component.kind) {
    case ComponentKind::kApiServer:
      return ReadApiServer(node, component);
    case ComponentKind::kControllerManager:
      return ReadControllerManager(node, component);
    case ComponentKind::kScheduler:
      return ReadScheduler(node, component);
    case ComponentKind::kKubelet:
      return ReadKubelet(node, component);
    case ComponentKind::kProxy:
      return ReadProxy(node, component);
    case ComponentKind::kEtcd:
      return ReadEtcd(node, component);
  }
}

}  // namespace seawall::cluster
