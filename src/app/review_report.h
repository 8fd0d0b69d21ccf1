// A review as text, JSON, a page and metrics.
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
struct ReviewExtras {
  std::string yaml;                 ///< the proposal
  std::vector<std::string> unread;  ///< why what of the policy could not be listed
};
/// docs/schema/rbac-review.schema.json.
std::string ReviewAsJson(const review::Review& review, const auditlog::ReviewState& state,
                         const ReviewExtras& extras);
/// "3 requests, TIME to TIME".
std::string UseAsText(const auditlog::Use& use);
/// The same of whoever holds a grant that is kept; "never used".
std::string KeptUseAsText(const review::Review& review, const review::ReviewedGrant& grant);

struct ReviewPage {
  ReviewTexts texts;
  ReviewExtras extras;
  std::string diff;  ///< the proposal; "": there is nothing to take away
};
/// One page without a network.
std::string ReviewAsHtml(const review::Review& review, const auditlog::ReviewState& state,
                         const ReviewPage& page);
/// What a watch of a cluster's objects has taken.
struct WatchNumbers {
  uint64_t lists = 0, events = 0;
};
/// Prometheus' text format. `unread`: lists that could not be read; `watch` may be nullptr.
std::string ReviewAsMetrics(const review::Review& review, const auditlog::ReviewState& state,
                            uint64_t unread, const WatchNumbers* watch);

/// 1 something is unused, 3 nothing but unknown or a list that could not be read, otherwise 0.
int ReviewStatus(const review::Review& review, bool unread);

}  // namespace seawall::app
