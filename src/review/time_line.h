// What happened in a review's window, in order.
#pragma once

#include <string>
#include <vector>

#include "review/unused.h"

namespace seawall::review {

struct TimePoint {
  int64_t when = 0;
  std::string text;
};

/// Logs that begin, end and are silent; RBAC objects that were made, changed and removed, by whom;
/// when those who hold rights came first and last; the use of what is kept for emergencies.
std::vector<TimePoint> TimeLine(const auditlog::ReviewState& state, const Review& review);

}  // namespace seawall::review
