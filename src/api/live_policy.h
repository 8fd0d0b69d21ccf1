// The RBAC objects of a cluster as its API server lists them.
#pragma once

#include <chrono>
#include <string>

#include "api/client.h"
#include "rbac/node_graph.h"
#include "rbac/policy.h"
#include "rbac/workloads.h"

namespace seawall::api {

/// What of it is asked for.
struct PolicyWanted {
  bool namespaces = true;         ///< Roles and RoleBindings, too
  std::string space = {};         ///< those of this namespace only; "": of all
  std::chrono::seconds all{300};  ///< for everything
};

/// Lists roles and bindings, page by page. A list that is refused (or breaks off) is among
/// Policy::unread with the reason; an Error comes back only when nothing can be asked at all.
Result<rbac::Policy> ReadLivePolicy(ApiClient& client, const PolicyWanted& wanted = {});

inline constexpr const char* kServiceAccounts = "/api/v1/serviceaccounts";

/// Pods and service accounts. What was refused, or is not in a bundle, is unknown in them.
rbac::Workloads ReadLiveWorkloads(ApiClient& client);

/// What the Node authorizer decides by. A list that is refused, or not in a bundle, is unknown in
/// it.
rbac::NodeGraph ReadLiveNodeGraph(ApiClient& client);

/// --authorization-mode and --authorization-config of an API server whose static pod the API shows;
/// "" where it shows none.
struct LiveAuthorizers {
  std::string modes, file;
};
LiveAuthorizers ReadLiveAuthorizers(ApiClient& client);

/// Who the API server takes us for (SelfSubjectReview).
struct OwnIdentity {
  std::string user;
  std::vector<std::string> groups;
};
Result<OwnIdentity> AskOwnName(ApiClient& client);

}  // namespace seawall::api
