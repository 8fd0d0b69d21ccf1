// The four lists of RBAC objects, as they are asked for. Private to this room.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "api/client.h"
#include "rbac/live_objects.h"

namespace seawall::api {

struct RbacList {
  rbac::UnreadList::What what;
  const char* resource;
  const char* kind;
  bool namespaced;

  /// Of one namespace, where `space` names one.
  std::string Path(const std::string& space = "") const {
    constexpr const char* kGroup = "/apis/rbac.authorization.k8s.io/v1/";
    if (!namespaced || space.empty()) return std::string(kGroup) + resource;
    return fmt::format("{}namespaces/{}/{}", kGroup, Escape(space), resource);
  }
};
inline constexpr RbacList kRbacLists[] = {
    {rbac::UnreadList::What::kClusterRoles, "clusterroles", "ClusterRole", false},
    {rbac::UnreadList::What::kClusterBindings, "clusterrolebindings", "ClusterRoleBinding", false},
    {rbac::UnreadList::What::kRoles, "roles", "Role", true},
    {rbac::UnreadList::What::kBindings, "rolebindings", "RoleBinding", true},
};
inline constexpr int kRbacPage = 500;  // as kubectl asks

/// Every item of a list into `objects`; `each` is an ApiClient's List or an Asker's Each.
template <typename Each>
Result<void> ReadRbacList(const ListRequest& request, rbac::LiveObjects& objects,
                          const Each& each) {
  Result<void> taken;
  auto ok = each(
      request,
      [&](const yaml::Value& item) {
        if (taken) taken = objects.Add(item);
      },
      [&] {
        objects.Restart();
        taken = {};
      });
  return ok ? taken : ok;
}

/// The API server's word, and not that it could not be asked.
inline bool IsRefusal(const Error& error) {
  return error.code == ErrorCode::kNotHeld ||
         (error.code == ErrorCode::kPermission && error.why.starts_with("status 403"));
}

}  // namespace seawall::api
