// Reports of what was proven of endpoints: docs/schema/prove.schema.json, and a text for people.
#pragma once

#include <string>
#include <vector>

#include "probe/observation.h"
#include "report/format.h"
#include "report/record.h"
#include "report/summary.h"

namespace seawall::report {

/// Counts of endpoints: over a whole run.
struct ReachSummary {
  size_t endpoints = 0;
  size_t reachable = 0;
  size_t refused = 0;
  size_t unknown = 0;

  void Add(const probe::Observation& seen);
};

/// "2026-11-28T17:57:02.845Z", of milliseconds since the epoch.
std::string MomentText(int64_t ms);

/// One endpoint's part of a report, made as soon as it was asked.
struct EndpointPart {
  std::string endpoint;  ///< JSON object, or text
  std::string findings;  ///< JSON objects separated by commas; empty in text
};

/// An endpoint's object, as it stands in `endpoints`.
std::string EndpointJson(const probe::Observation& seen);

EndpointPart ProveJsonPart(const probe::Observation& seen, const std::vector<Record>& findings);
EndpointPart ProveTextPart(const probe::Observation& seen, const std::vector<Record>& findings,
                           const Options& options);

/// What stands before, between and after the parts.
std::string ProveJsonBegin(const Options& options);
std::string ProveJsonMiddle();
std::string ProveJsonEnd(const Summary& summary, const ReachSummary& reach, int exit_status);
std::string ProveTextEnd(const Summary& summary, const ReachSummary& reach, const Options& options,
                         int exit_status);

}  // namespace seawall::report
