// Components of the control plane that show themselves as pods of kube-system. Private to this
// room.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/api_files.h"
#include "api/asker.h"
#include "cluster/component.h"

namespace seawall::api {

struct PodComponents {
  std::map<std::string, std::vector<cluster::Component>> by_node;
  std::optional<Error> error;  ///< why pods could not be seen
  /// ConfigMaps that pods mount, as files of a machine; nothing else can be read in it.
  std::shared_ptr<ApiFiles> files = std::make_shared<ApiFiles>();
  std::map<std::string, std::string, std::less<>> shown_as;
};

/// Static pods by their mirrors, which only a kubelet makes: whoever else can create a pod in
/// kube-system could call it kube-apiserver. kube-proxy, which a DaemonSet runs, as it is.
PodComponents ReadPodComponents(Asker& ask);

/// An answer of the API has no lines that people could look up: places name the object only.
void ForgetLines(cluster::Component& component);

}  // namespace seawall::api
