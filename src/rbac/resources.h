// The resources of an API server without extensions, by every name that kubectl takes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace seawall::rbac {

struct Resource {
  const char* name;   ///< plural: "deployments"
  const char* group;  ///< "apps"; "" for the core
  bool namespaced;
  const char* short_names;  ///< "deploy", singular and short ones, separated by spaces
};

std::span<const Resource> AllResources();
/// By plural, singular or short name; nullptr when Kubernetes itself has none of that name. Source:
/// discovery of kube-apiserver 1.37.2.
const Resource* FindResource(std::string_view name);

/// What kubectl auth can-i makes of "deployments", "deploy", "deployments.apps",
/// "deployments.v1.apps" and of each with "/NAME" behind it. "*" stays.
struct ResourceArgument {
  std::string resource, group, name;
  const Resource* known = nullptr;
};
ResourceArgument ReadResourceArgument(std::string_view text);

}  // namespace seawall::rbac
