// Counts of findings: over one node or a whole run.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "rules/finding.h"

namespace seawall::report {

struct Summary {
  size_t nodes = 0;
  size_t pass = 0;
  size_t fail = 0;
  size_t unknown = 0;  ///< without the manual ones
  size_t manual = 0;   ///< unknown, and only a person can judge it
  size_t not_applicable = 0;
  size_t waived = 0;
  size_t attested = 0;              ///< a person judged it, and says so until a day; no pass
  size_t fail_by_severity[4] = {};  ///< indexed by rules::Severity
  size_t blind_spots = 0;
  /// Components whose version is not known: what a default would tell is unknown for want of it.
  std::set<std::string> without_version;

  size_t read_as_user = 0;  ///< nodes that were not read as root

  void Add(rules::Verdict verdict, bool is_manual, rules::Severity severity);
  void Add(const Summary& other);
};

/// 1 when something fails, else 3 when something is unknown (manual ones count only with
/// `manual_fails`), else 0.
int ExitStatus(const Summary& summary, bool manual_fails);

}  // namespace seawall::report
