// A fleet: the newest result of each cluster beside the others, and what changed since the one
// before. docs/formats/fleet-report.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "report/record.h"
#include "report/stored_report.h"

namespace seawall::report {

/// What a result says of one control on all of a cluster's nodes.
struct ControlCounts {
  std::array<uint32_t, kUrgencies> by_urgency{};  ///< findings, indexed by Urgency
};

/// One stored result of a cluster.
struct FleetResult {
  std::string file;
  int64_t time = 0;         ///< seconds since the epoch
  std::string time_source;  ///< "at", "file name", "file": its modification
  std::string tool_version;
  int exit_status = 0;  ///< the audit's own
  size_t nodes = 0;
  std::map<std::string, ControlCounts, std::less<>> controls;
};

struct FleetGap {
  std::string file, why;
};

struct FleetCluster {
  std::string name;
  std::optional<FleetResult> newest, previous;
  std::vector<FleetGap> gaps;  ///< files of the cluster that are no result
};

/// A row of the matrix: a rule, or an item of a framework.
struct FleetControl {
  std::string id, title;
  rules::Severity severity = rules::Severity::kLow;
};

struct FleetCell {
  /// "fail", "unknown", "manual", "waived", "attested", "pass", "not-applicable": the most urgent
  /// of its findings; "not-asked": the result has none; "no-result".
  const char* verdict = "no-result";
  /// "better", "worse", "same"; "changed": neither is certain (what failed is unknown or waived
  /// now); "new": the result before did not ask; "none": there is none before.
  const char* trend = "none";
  ControlCounts counts;
};

struct FleetTotals {
  std::array<size_t, kUrgencies> controls{};  ///< of the newest result, indexed by Urgency
  size_t better = 0, worse = 0;
};

/// Which controls a finding belongs to.
using ControlsOf = std::function<std::vector<FleetControl>(const Record&)>;

class Fleet {
 public:
  /// Controls are rules.
  static std::vector<FleetControl> RuleOf(const Record& record);

  /// A cluster stands in the order in which it was first named.
  void Add(const std::string& cluster, FleetResult result);
  void AddGap(const std::string& cluster, FleetGap gap);
  /// The order of controls is that of their first finding, most severe first where a rule is one.
  void AddControls(const std::vector<FleetControl>& controls);

  const std::vector<FleetCluster>& clusters() const { return clusters_; }
  const std::vector<FleetControl>& controls() const { return controls_; }
  static FleetCell Cell(const FleetCluster& cluster, const std::string& control);
  FleetTotals TotalsOf(const FleetCluster& cluster) const;
  size_t without_result() const;

 private:
  FleetCluster& Of(const std::string& cluster);
  std::vector<FleetCluster> clusters_;
  std::map<std::string, size_t, std::less<>> index_;
  std::vector<FleetControl> controls_;
  std::map<std::string, size_t, std::less<>> known_;
};

/// The moment that a file's name ends with, as in prod-2027-03-31.json or
/// prod-20270331T120000Z.json; nothing when there is none. `stem` becomes the name without it.
std::optional<int64_t> TimeOfName(const std::string& file, std::string& stem);

struct FleetOptions {
  size_t width = 100;
  bool color = false;
  bool verbose = false;  ///< controls that pass everywhere as well
  std::string version;
};
std::string FleetText(const Fleet& fleet, const FleetOptions& options, int exit_status);
/// docs/schema/fleet.schema.json
std::string FleetJson(const Fleet& fleet, const FleetOptions& options, int exit_status);
std::string FleetCsv(const Fleet& fleet);
std::string FleetHtml(const Fleet& fleet, const FleetOptions& options, int exit_status);

}  // namespace seawall::report
