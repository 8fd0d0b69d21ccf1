// What the API server is asked before and after a review's proposal is applied: whether everybody
// has still what he used, and nobody any more what nobody used.
#pragma once

#include <vector>

#include "auditlog/review_state.h"
#include "live/object_plan.h"
#include "rbac/evaluator.h"
#include "review/proposal.h"

namespace seawall::app {

/// `changes`: after which change of the plan each unit of the proposal is done. `unproven` gets a
/// sentence where there are more questions than are asked.
std::vector<live::AccessQuestion> QuestionsOf(const rbac::Evaluator& before,
                                              const rbac::Evaluator& after,
                                              const auditlog::ReviewState& state,
                                              const review::Proposal& proposal,
                                              const std::vector<size_t>& changes,
                                              std::vector<std::string>& unproven);

}  // namespace seawall::app
