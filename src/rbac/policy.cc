#include "rbac/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seawall::rbac {

std::string Policy::Where(const Spot& spot) const {
  if (spot.file >= files.size()) return "";
  return spot.line == 0 ? files[spot.file] : fmt::format("{}:{}", files[spot.file], spot.line);
}

std::string Policy::Where(const Role& role, const Rule& rule) const {
  return Where({role.spot.file, rule.line != 0 ? rule.line : role.spot.line});
}

const UnreadList* Policy::Unread(UnreadList::What what) const {
  const auto at = std::ranges::find(unread, what, &UnreadList::what);
  return at == unread.end() ? nullptr : &*at;
}

bool Policy::MayBeUnread(const Binding& binding) const {
  const std::string_view kind = Text(binding.role_kind);
  return (kind == "ClusterRole" && Unread(UnreadList::What::kClusterRoles)) ||
         (kind == "Role" && Unread(UnreadList::What::kRoles));
}

void Policy::AddRemark(Remark remark) {
  ++remarks_in_all;
  if (remarks.size() < kMostRemarks) remarks.push_back(std::move(remark));
}

}  // namespace seawall::rbac
