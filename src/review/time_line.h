// What the logs of a review tell of, in order; what was before its window, too.
#pragma once

#include <string>
#include <vector>

#include "review/unused.h"

namespace seawall::review {

struct TimePoint {
  int64_t when = 0;
  std::string text;
};

/// Logs that begin, end and are silent in the window; RBAC objects that were made, changed and
/// removed, by whom, each at the last time; when those who hold rights came first and last, but for
/// the cluster's own.
std::vector<TimePoint> TimeLine(const auditlog::ReviewState& state, const Review& review);

}  // namespace seawall::review
