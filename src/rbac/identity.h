// Who a user is to the API server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seawall::rbac {

/// The groups that impersonation gives `user` beside `groups`: a service account's own where none
/// is given, and system:authenticated or system:unauthenticated. Source: staging/src/k8s.io/
/// apiserver/pkg/endpoints/filters/impersonation.
std::vector<std::string> ImpersonatedGroups(std::string_view user, std::vector<std::string> groups);

}  // namespace seawall::rbac
