// `extraArgs` of kubeadm's configuration, and the command line that kubeadm makes of them. Source:
// Kubernetes' cmd/kubeadm/app/util/arguments.go. Private to this room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/component.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Flags that kubeadm writes itself, with their values.
using KubeadmFlags = std::vector<std::pair<std::string, std::string>>;

/// One of `extraArgs`, in the form of v1beta3 (a mapping) or v1beta4 and v1 (a list).
struct ExtraArgument {
  std::string name;
  yaml::Value value;
  std::string merge;  ///< v1: "append", "prepend"
};

std::vector<ExtraArgument> ExtraArguments(const yaml::Value& value);
/// The one that counts; nullptr when nobody gives it.
const ExtraArgument* FindLast(const std::vector<ExtraArgument>& extra, std::string_view name);

/// Marks a component unknown whose `extraArgs` kubeadm refuses in a file of `api`.
void RefuseWrongForm(const yaml::Value& value, const std::string& api, Component& component);

/// kubeadm's ArgumentsToCommand: its own arguments sorted, without those that the user replaces,
/// then the user's. `note` says who wrote its own.
void Combine(KubeadmFlags base, const std::vector<ExtraArgument>& extra, const char* note,
             CommandLine& command);

}  // namespace seawall::cluster
