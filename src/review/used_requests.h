// Every request that logs show, as an authorizer is asked about it.
#pragma once

#include <functional>

#include "auditlog/learner.h"
#include "rbac/evaluator.h"

namespace seawall::review {

/// Used and possibly used ones. The groups are all in which the user was seen, in the order of
/// their names. What `each` is given lives only during the call.
void ForEachUsed(const auditlog::Learner& learner,
                 const std::function<void(const rbac::Attributes&)>& each);

/// "deployments/scale" into resource and subresource; `resource` must outlive `attributes`.
void SetResource(rbac::Attributes& attributes, std::string_view resource);

}  // namespace seawall::review
