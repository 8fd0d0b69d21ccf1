// RBAC objects out of manifests: YAML of any number of documents, JSON, lists, what Helm and
// kubectl print.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/policy.h"

namespace seawall::rbac {

struct ManifestOptions {
  bool strict = false;  ///< an unknown field is an error, as with kubectl --validate=strict
  /// Of Roles and RoleBindings that name no namespace; kubectl's "default".
  std::string default_namespace = "default";
};

/// One input: a file's name for messages, and its bytes.
struct Manifest {
  std::string name;
  std::string_view bytes;
};

/// Reads every Role, ClusterRole, RoleBinding and ClusterRoleBinding of rbac.authorization.k8s.io,
/// by themselves or in lists; objects of other kinds are counted. Of two objects with one name the
/// last counts, as if they were applied in order, and a Remark says so. Large inputs are read by
/// two threads. Aggregated ClusterRoles are as written: ExpandAggregation.
/// Errors: what ReadEvents says; kMalformed for a value of the wrong type, with FILE:LINE and the
/// field, as the API server refuses it.
Result<Policy> ReadManifests(const std::vector<Manifest>& manifests,
                             const ManifestOptions& options = {});

/// Policies that were read apart as one, in their order; of two objects with one name the last
/// counts.
Policy JoinPolicies(std::initializer_list<const Policy*> parts);

}  // namespace seawall::rbac
