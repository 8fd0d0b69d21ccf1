// Rights: everything that a subject may do, as rows that a person can read.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"

namespace seawall::rbac {

/// What may be done with one resource: `verbs` with all its objects, or with those of `names` only.
struct RightsRow {
  NameId group = 0, resource = 0;
  std::vector<NameId> names;  ///< sorted; empty: any
  std::vector<NameId> verbs;  ///< as the rules write them; "*" alone where it is among them
};
struct UrlRow {
  NameId url = 0;
  std::vector<NameId> verbs;
};

/// What is allowed in one namespace by its RoleBindings, or everywhere by ClusterRoleBindings.
struct PlaceRights {
  bool cluster = false;
  NameId space = 0;
  std::vector<RightsRow> rows;  ///< sorted by group, resource, names
  std::vector<UrlRow> urls;
  std::vector<Grant> grants;  ///< without a rule; the role is nullptr where it is not there
};

/// Every place where somebody has rights, the whole cluster first, then namespaces by name; with
/// `space`, that namespace only beside the whole cluster. What a rule of a RoleBinding says of URLs
/// is left out: it counts for nothing. Errors: kLimit when there are more than a million rows.
Result<std::vector<PlaceRights>> RightsOf(const Evaluator& evaluator, std::string_view user,
                                          std::span<const std::string_view> groups,
                                          std::string_view space = {});

}  // namespace seawall::rbac
