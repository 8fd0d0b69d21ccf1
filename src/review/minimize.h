// Roles that say the same with fewer rules.
#pragma once

#include <string>
#include <vector>

#include "rbac/policy.h"
#include "review/objects.h"

namespace seawall::review {

struct SmallerRole {
  const rbac::Role* role = nullptr;
  size_t had = 0;  ///< rules
  std::vector<RuleSpec> rules;
};

/// Roles that need fewer rules, or fewer words, with those that are enough. Each is proven: every
/// single right of the old rules is covered by one of the new and the other way round; a role that
/// cannot be proven (more than a million single rights) stays as it is. Aggregated roles are left
/// to what they select.
std::vector<SmallerRole> Minimize(const rbac::Policy& policy);

}  // namespace seawall::review
