// What every format of a report is: made node by node in any thread, put together in order by its
// owner, so that memory does not grow with the number of nodes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/record.h"
#include "report/run_evidence.h"
#include "report/summary.h"
#include "rules/frameworks.h"

namespace seawall::report {

struct Options {
  bool color = false;    ///< text
  bool quiet = false;    ///< text: only what fails
  bool verbose = false;  ///< text: what passes or does not apply as well
  size_t width = 100;    ///< text: columns
  // GCC asks for the initializers where options are made of some of their members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string version{};        ///< of the seawall that audited
  std::optional<int64_t> at{};  ///< as of when it was judged, seconds since the epoch
  // NOLINTEND(readability-redundant-member-init)
  bool at_given = false;                        ///< by the user; else it was the clock's
  const rules::Framework* framework = nullptr;  ///< text: grouped by its items
};

/// One node's part of a report in one format.
struct Part {
  std::string body;               ///< written at once
  std::vector<std::string> kept;  ///< wanted again at the end; small
};

/// What is known when every node has been seen.
struct Totals {
  Summary summary;
  int exit_status = 0;
  std::vector<WaiverUse> waivers;
  std::vector<AttestationUse> attestations;
  std::vector<RunEvidence> evidence;           ///< of each audit that was asked for it
  std::string worst_rule;                      ///< see Worst
  std::vector<std::vector<std::string>> kept;  ///< of every part, in order
  /// Every rule that a finding names, in the order of their first findings; only where the format
  /// asks.
  std::vector<std::shared_ptr<const RuleText>> rules;
};

/// Immutable; safe to use from several threads.
class Format {
 public:
  explicit Format(Options options) : options_(std::move(options)) {}
  virtual ~Format() = default;
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;

  virtual Part Make(const NodeReport& report) const = 0;
  /// Before the first body. `totals` is nullptr unless BeginsLate.
  virtual std::string Begin(const Totals* totals) const = 0;
  /// Between two bodies that are not empty.
  virtual std::string_view Between() const { return ""; }
  virtual std::string End(const Totals& totals) const = 0;
  /// Whether what stands at the beginning is known only at the end: the bodies are then set aside.
  virtual bool BeginsLate() const { return false; }
  virtual bool WantsRules() const { return false; }

 protected:
  const Options& options() const { return options_; }

 private:
  Options options_;
};

/// The names, as -o takes them: "text json …".
std::span<const char* const> FormatNames();
/// nullptr for a name that is none.
std::unique_ptr<Format> MakeFormat(std::string_view name, Options options);

/// The rule that `seawall explain` should be asked about next: the most severe that fails, else the
/// most severe that is unknown (but for what only a person can judge); "" when there is neither.
/// `weight`: of two nodes' rules the heavier goes first.
std::string WorstRule(const std::vector<Record>& findings, int& weight);

}  // namespace seawall::report
