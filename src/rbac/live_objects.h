// RBAC objects as an API server lists them.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

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

  /// Of the same name there is one: it is replaced. Errors: kMalformed for what is no object of the
  /// kind; nothing can be added any more then.
  Result<void> Add(const yaml::Value& item);
  /// It need not be there.
  void Remove(std::string_view space, std::string_view name);
  /// What was added is forgotten.
  void Restart();
  /// What was replaced or removed still takes its place in it, but is none of its objects.
  const Policy& policy() const { return *policy_; }
  Policy Take();

 private:
  template <typename T>
  void Index(std::vector<T>& all, size_t before);
  template <typename T>
  void Drop(std::vector<T>& all, uint64_t key);

  const char* kind_;
  std::unique_ptr<ManifestOptions> options_;
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<ObjectBuilder> builder_;
  std::unordered_map<uint64_t, size_t> at_;  ///< by namespace and name
};

}  // namespace seawall::rbac
