#include "rbac/identity.h"

#include <algorithm>

namespace seawall::rbac {
namespace {

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";
constexpr const char* kAuthenticated = "system:authenticated";
constexpr const char* kUnauthenticated = "system:unauthenticated";

}  // namespace

std::vector<std::string> ImpersonatedGroups(std::string_view user,
                                            std::vector<std::string> groups) {
  if (user.starts_with(kAccountPrefix) && groups.empty()) {
    const std::string_view rest = user.substr(kAccountPrefix.size());
    const size_t colon = rest.find(':');
    // serviceaccount.SplitUsername: two parts, neither of them empty
    if (colon != std::string_view::npos && colon > 0 && colon + 1 < rest.size() &&
        rest.find(':', colon + 1) == std::string_view::npos) {
      groups.emplace_back("system:serviceaccounts");
      groups.push_back("system:serviceaccounts:" + std::string(rest.substr(0, colon)));
    }
  }
  const auto has = [&](const char* group) {
    return std::ranges::find(groups, group) != groups.end();
  };
  if (user == "system:anonymous") {
    if (!has(kUnauthenticated)) groups.emplace_back(kUnauthenticated);
  } else if (!has(kAuthenticated) && !has(kUnauthenticated)) {
    groups.emplace_back(kAuthenticated);
  }
  return groups;
}

}  // namespace seawall::rbac
