// What a review is told on its command line, and one look of it: what `seawall rbac review` does
// once and --follow again and again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/rbac_inputs.h"
#include "app/review_logs.h"
#include "app/review_report.h"
#include "auditlog/review_state.h"
#include "review/recorded.h"
#include "review/unused.h"

namespace seawall::app {

struct ReviewJob {
  std::vector<LogSource> sources;
  review::Recorder recorder;
  review::ReviewOptions options;
  ReviewTexts texts;
  std::string format, metrics;
  int64_t every = 0;  ///< seconds
  bool follow = false, apply = false, strict = false, quiet = false;
};

/// What is new in the logs, into the state; what is damaged is told.
Result<void> ReadLogsOnce(const std::vector<LogFile>& files, const ReviewJob& job,
                          auditlog::ReviewState& state);

/// One look: metrics, the report, then what is remembered. `file` may be nullptr.
Result<review::Review> LookOnce(const ReviewJob& job, const LoadedPolicy& loaded, StateFile* file,
                                auditlog::ReviewState& state, const WatchNumbers* watch = nullptr);

/// `--follow`, once the sandbox is entered: until a signal comes. `loaded`: what manifests or a
/// bundle hold; nullptr: a cluster's objects, which are watched.
Result<int> FollowReview(const Arguments& arguments, const ReviewJob& job,
                         std::unique_ptr<LoadedPolicy> loaded, StateFile* file,
                         auditlog::ReviewState& state);

}  // namespace seawall::app
