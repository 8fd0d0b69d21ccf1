// RBAC objects as an API server lists them.
#pragma once

#include <memory>

#include "base/error.h"
#include "rbac/policy.h"
#include "yaml/document.h"

namespace seawall::rbac {

class ObjectBuilder;
struct ManifestOptions;

/// The items of one list into a Policy. An object's place is its name, "clusterrolebinding/NAME" or
/// "rolebinding/NAMESPACE/NAME", without a line. Not thread-safe.
class LiveObjects {
 public:
  /// `kind` of the items: "Role", "ClusterRoleBinding".
  explicit LiveObjects(const char* kind);
  ~LiveObjects();
  LiveObjects(const LiveObjects&) = delete;
  LiveObjects& operator=(const LiveObjects&) = delete;

  /// Errors: kMalformed for what is no object of the kind.
  Result<void> Add(const yaml::Value& item);
  /// What was added is forgotten.
  void Restart();
  Policy Take();

 private:
  const char* kind_;
  std::unique_ptr<ManifestOptions> options_;
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<ObjectBuilder> builder_;
};

}  // namespace seawall::rbac
