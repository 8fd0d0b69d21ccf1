// Two policies compared by meaning: who gains and who loses what.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"

namespace seawall::review {

/// Rights with one resource, or URLs, that a subject has in one policy and not in the other.
struct RightChange {
  std::string subject;  ///< "Group devs"
  std::string space;    ///< "": everywhere
  std::string group, resource;
  std::vector<std::string> names;  ///< empty: any
  std::vector<std::string> verbs;
  std::string url;                   ///< "": of a resource
  std::string binding, role, where;  ///< what gives it, and FILE:LINE of the rule
  bool allowed = false;              ///< within what may be gained
};
struct PolicyDiff {
  std::vector<RightChange> gained, lost;
};

/// What subjects have in `b` and not in `a`, and the other way round. What a binding of the whole
/// cluster gives is had in every namespace. A gain that `ceiling` (if there is one) gives the same
/// subject is allowed. Errors: kLimit for more than a million single rights of one subject in one
/// place.
Result<PolicyDiff> DiffPolicies(const rbac::Evaluator& a, const rbac::Evaluator& b,
                                const rbac::Evaluator* ceiling);

}  // namespace seawall::review
