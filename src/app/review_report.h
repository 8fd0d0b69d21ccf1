// A review as text, JSON and metrics.
#pragma once

#include <string>

#include "auditlog/review_state.h"
#include "review/unused.h"

namespace seawall::app {

struct ReviewTexts {
  bool verbose = false;               ///< what is used, too, and the whole time line
  std::vector<std::string> policies;  ///< files of --audit-policy
};

std::string ReviewAsText(const review::Review& review, const auditlog::ReviewState& state,
                         const ReviewTexts& texts);
/// docs/schema/rbac-review.schema.json. `yaml`: the proposal.
std::string ReviewAsJson(const review::Review& review, const auditlog::ReviewState& state,
                         const std::string& yaml, int status);
/// Prometheus' text format.
std::string ReviewAsMetrics(const review::Review& review, const auditlog::ReviewState& state);

/// 1 something is unused, 3 nothing but unknown, otherwise 0.
int ReviewStatus(const review::Review& review);

}  // namespace seawall::app
