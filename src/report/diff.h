// What changed between two stored reports.
#pragma once

#include <string>
#include <vector>

#include "report/stored_report.h"

namespace seawall::report {

/// One finding in both reports. It is the same one when rule, node, component and instance are.
struct Change {
  std::shared_ptr<const RuleText> rule;  ///< the later report's, where it has it
  std::string node, component, instance;
  std::string before, after;  ///< VerdictWord; "": not in that report
  /// What made the difference: "cluster" (what was seen changed), "rule" (the same was seen, and
  /// the rule or the tool is another), "both", "other" (time, or what stands around it).
  std::string cause;
  std::string reason_before, reason;
  std::vector<Observation> evidence;  ///< of the later report
};

struct VersionChange {
  std::string node, component, instance, before, after;
};

struct Diff {
  std::string name_before, name_after, tool_before, tool_after;
  bool whole = true;  ///< the later audit did all that it was asked to
  std::vector<std::string> nodes_added, nodes_removed;
  std::vector<VersionChange> versions;
  std::vector<Change> fresh;    ///< fails now, and did not
  std::vector<Change> fixed;    ///< failed, and passes or does not apply now
  std::vector<Change> changed;  ///< another verdict otherwise; or still open, and other things seen
  std::vector<Change> gone;     ///< was open, and is not in the later report: nobody looked
  size_t same = 0;
  size_t newly_unknown = 0;  ///< of the changed: unknown now, and was not
  size_t gone_fails = 0;     ///< of the gone: failed

  /// 1: something is new; 3: something is unknown or gone that was not, or nobody looked; else 0.
  int ExitStatus() const;
};

/// Errors: those of the files.
Result<Diff> Compare(const StoredReport& before, const StoredReport& after);

std::string DiffText(const Diff& diff, size_t width, bool color);
/// docs/schema/diff.schema.json
std::string DiffJson(const Diff& diff);

}  // namespace seawall::report
