// Risks of an RBAC policy, as findings.
#pragma once

#include <optional>
#include <vector>

#include "rbac/evaluator.h"
#include "rbac/workloads.h"
#include "rules/finding.h"

namespace seawall::review {

/// Findings of every row of the table that `wanted` takes, in its order; of each row by subject,
/// and one that passes where there is nothing. What Kubernetes itself has in every cluster is none.
/// With `workloads`, what pods mount is told apart, and accounts that are not there are found.
std::vector<rules::Finding> FindRisks(const rbac::Evaluator& evaluator,
                                      const std::vector<const rules::Rule*>& wanted,
                                      const std::optional<rbac::Workloads>& workloads = {});

}  // namespace seawall::review
