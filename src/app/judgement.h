// What of a report decides its exit status: --fail-on, --baseline, --waivers, --attestations.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "app/command.h"
#include "report/attestations.h"
#include "report/baseline.h"
#include "report/waivers.h"

namespace seawall::app {

/// Findings that count.
struct Tally {
  size_t fail = 0, unknown = 0, manual = 0;
  void Add(const Tally& other) {
    fail += other.fail;
    unknown += other.unknown;
    manual += other.manual;
  }
};

/// Where a file of waivers or attestations comes from that nobody named.
enum class OwnWaivers : uint8_t { kUse, kIgnore };
/// What `--fail-on new` is measured against: --baseline, or what the caller has.
enum class NewAgainst : uint8_t { kBaseline, kCallers };

/// Safe to use from several threads.
class Judgement {
 public:
  /// Takes attestations, waives, then compares with the baseline.
  void Apply(report::NodeReport& report) const;
  Tally Count(const report::NodeReport& report) const;
  int ExitStatus(const Tally& tally) const;
  std::vector<report::WaiverUse> WaiverUses() const;
  std::vector<report::AttestationUse> AttestationUses() const;
  /// --fail-on new was given.
  bool only_new() const { return only_new_; }

 private:
  friend Result<std::unique_ptr<const Judgement>> ReadJudgement(const Arguments&, int64_t,
                                                                OwnWaivers, NewAgainst);
  Result<void> ReadKinds(const Arguments& arguments, NewAgainst against);

  rules::Severity minimum_ = rules::Severity::kLow;
  bool unknown_fails_ = false;
  bool manual_counts_ = false;
  bool only_new_ = false;
  std::optional<report::Baseline> baseline_;
  std::optional<report::Waivers> waivers_;
  std::optional<report::Attestations> attestations_;
};

/// `now`: seconds since the epoch, for waivers that end. Errors: kUsage, and those of the files.
Result<std::unique_ptr<const Judgement>> ReadJudgement(const Arguments& arguments, int64_t now,
                                                       OwnWaivers own = OwnWaivers::kUse,
                                                       NewAgainst against = NewAgainst::kBaseline);

}  // namespace seawall::app
