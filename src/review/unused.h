// What is granted, held against what logs show: used, unused, or not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auditlog/review_state.h"
#include "rbac/evaluator.h"
#include "review/objects.h"
#include "review/recorded.h"

namespace seawall::review {

enum class RightState : uint8_t {
  kUsed,
  kWide,    ///< a "*" of which only some was used
  kUnused,  ///< in a window that every log covers, by whoever holds it
  kUnknown,
};
const char* ToString(RightState state);

/// Rights of one rule with one resource, or URL, that are in the same state.
struct ReviewedRow {
  RightState state = RightState::kUnknown;
  std::string group, resource, url;
  std::vector<std::string> names;  ///< empty: any
  std::vector<std::string> verbs;
  std::string why;                   ///< why it is not known; of a wide one: why it is not narrowed
  std::vector<std::string> used_as;  ///< of a wide one: "get pods"
  auditlog::Use use;
  std::string where;  ///< FILE:LINE of the rule
};

/// What one binding gives one subject.
struct ReviewedGrant {
  const rbac::Binding* binding = nullptr;
  const rbac::Subject* subject = nullptr;
  const rbac::Role* role = nullptr;
  std::string who, binding_text, role_text;
  std::string kept;    ///< "system", "break-glass": nothing of it is proposed to be taken; ""
  int64_t since = 0;   ///< from when on it was given; 0: not known
  bool fresh = false;  ///< it is not as it was at the last run
  std::vector<ReviewedRow> rows;
  std::vector<RuleSpec> needed;                          ///< rules for what is not unused
  uint64_t used = 0, wide = 0, unused = 0, unknown = 0;  ///< single rights
};

struct ReviewedSubject {
  std::string who, kept;
  bool came = false;
  auditlog::Use use;              ///< its requests
  std::vector<std::string> seen;  ///< of a group: its users that came; at most 100
  uint64_t grants = 0, used = 0, wide = 0, unused = 0, unknown = 0;
};

struct ReviewedServer {
  std::string name;
  int64_t first = 0, last = 0;
  int64_t silence = 0;                         ///< seconds that count as a gap
  std::vector<auditlog::Coverage::Span> gaps;  ///< in the window
  uint64_t damaged = 0;                        ///< lines, where some are in the window
};

struct ReviewOptions {
  int64_t since = 0;  ///< seconds before the end of the window; 0: as long as all logs reach
  int64_t at = 0;     ///< the end of the window; 0: the last event
  int64_t gap = 0;    ///< seconds of silence; 0: by the rhythm of each log
  std::vector<std::string> break_glass;  ///< names of subjects, bindings, roles; with *
};

struct Review {
  int64_t from = 0, to = 0;
  std::vector<ReviewedServer> servers;
  std::vector<std::string> doubts;  ///< why nothing can be called unused
  bool inferred = false;            ///< no audit policy was named
  std::vector<ReviewedGrant> grants;
  std::vector<ReviewedSubject> subjects;                 ///< by name
  uint64_t used = 0, wide = 0, unused = 0, unknown = 0;  ///< of those that are not kept
  uint64_t unused_grants = 0, unknown_grants = 0, fresh_grants = 0;
  uint64_t dangling = 0;  ///< bindings of roles that are not there
};

/// Errors: kLimit.
Result<Review> MakeReview(const rbac::Evaluator& evaluator, const auditlog::ReviewState& state,
                          const Recorder& recorder, const ReviewOptions& options);

/// The grants of a review as the next run wants to know them.
void RememberGrants(const rbac::Policy& policy, const Review& review, auditlog::ReviewState& state);

}  // namespace seawall::review
