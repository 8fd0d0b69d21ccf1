// What is known of logs that were read: kept in a file, so that they are read once and can be
// thrown away. docs/formats/review-state.md describes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auditlog/learner.h"
#include "auditlog/log_files.h"
#include "base/error.h"

namespace seawall::auditlog {

/// A grant that was there in an earlier run.
struct KnownGrant {
  std::string digest;  ///< of what it gives
  int64_t since = 0;   ///< the newest event when it was first met as it is
};

struct ReadLogMark {
  LogMark mark;
  size_t server = 0;
};

/// Not thread-safe. The learner learns for a review.
struct ReviewState {
  static constexpr size_t kMostMarks = 10'000;  ///< the oldest are forgotten

  LearnFilter filter{.users = {}, .groups = {}, .review = true};
  SeenEvents seen;
  Learner learner{filter, seen};
  std::vector<std::string> servers;  ///< by the learner's numbers
  std::vector<ReadLogMark> marks;    ///< in the order in which they came
  std::map<std::string, KnownGrant> grants;
  uint64_t new_grants = 0;  ///< how many were new or changed, in all runs but the first

  ReviewState() = default;
  ReviewState(const ReviewState&) = delete;
  ReviewState& operator=(const ReviewState&) = delete;

  /// The server of this name; it is added when it is not there.
  size_t ServerOf(const std::string& name);
  /// How far a log that begins so was read: one of `server`, or else, of the first `others` marks,
  /// one that was another's then. nullptr: it was not.
  const ReadLogMark* Find(const std::string& head, const std::string& server, size_t others) const;
  void Remember(const LogMark& mark, size_t server);
};

/// The bytes of the file: the same state gives the same bytes.
std::string WriteReviewState(const ReviewState& state);
/// Fills an empty state. Errors: kMalformed with the line's number, kUnsupported for another
/// version.
Result<void> ReadReviewState(std::string bytes, const std::string& file, ReviewState& state);

}  // namespace seawall::auditlog
