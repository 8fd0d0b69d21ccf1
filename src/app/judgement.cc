#include "app/judgement.h"

#include <fmt/format.h>

#include "app/app.h"
#include "app/parse.h"
#include "app/small_file.h"
#include "app/stored.h"

namespace seawall::app {
namespace {

/// A file that people write beside an audit: named, found, or not wanted.
struct OwnFile {
  const char* option;   ///< "waivers"
  const char* without;  ///< "no-waivers"
  const char* found;    ///< the name in the working folder
};
constexpr OwnFile kWaivers = {"waivers", "no-waivers", "seawall-waivers.yaml"};
constexpr OwnFile kAttestations = {"attestations", "no-attestations", "seawall-attestations.yaml"};

/// What `List::Read` makes of the file; nothing when there is none.
template <typename List>
Result<std::optional<List>> ReadList(const OwnFile& file, const Arguments& arguments, int64_t now,
                                     OwnWaivers own) {
  const bool named = arguments.Has(file.option);
  const std::string attempt = fmt::format("read the {}", file.option);
  if (named && arguments.Has(file.without)) {
    return Fail(ErrorCode::kUsage, attempt, "",
                fmt::format("--{} and --{} exclude each other", file.option, file.without),
                "give one of them");
  }
  if (arguments.Has(file.without) || (!named && own == OwnWaivers::kIgnore)) return std::nullopt;
  const std::string name = arguments.Get(file.option, file.found);
  std::optional<std::string> bytes;
  if (named) {
    auto read = ReadSmallFile(name, attempt);
    if (!read) return std::unexpected(read.error());
    bytes = std::move(*read);
  } else {
    auto read = ReadOwnFile(name, attempt,
                            fmt::format("--{} FILE uses it all the same, --{} does not look",
                                        file.option, file.without));
    if (!read) return std::unexpected(read.error());
    bytes = std::move(*read);
  }
  if (!bytes) return std::nullopt;
  auto list = List::Read(name, std::move(*bytes), now);
  if (!list) return std::unexpected(list.error());
  return std::move(*list);
}

}  // namespace

Result<void> Judgement::ReadKinds(const Arguments& arguments, NewAgainst against) {
  const std::vector<std::string> kinds = SplitLists(arguments.All("fail-on"));
  std::optional<rules::Severity> lowest;
  for (const std::string& kind : kinds) {
    unknown_fails_ |= kind == "unknown";
    manual_counts_ |= kind == "manual";
    only_new_ |= kind == "new";
    if (kind == "new" && against == NewAgainst::kBaseline && !arguments.Has("baseline")) {
      return Fail(ErrorCode::kUsage, "read --fail-on", "", "new is measured against --baseline",
                  "add --baseline FILE, an earlier report");
    }
    for (auto severity : {rules::Severity::kLow, rules::Severity::kMedium, rules::Severity::kHigh,
                          rules::Severity::kCritical}) {
      if (kind == rules::ToString(severity) && (!lowest || severity < *lowest)) lowest = severity;
    }
  }
  minimum_ = lowest.value_or(rules::Severity::kLow);
  return {};
}

Result<std::unique_ptr<const Judgement>> ReadJudgement(const Arguments& arguments, int64_t now,
                                                       OwnWaivers own, NewAgainst against) {
  auto judgement = std::make_unique<Judgement>();
  if (auto ok = judgement->ReadKinds(arguments, against); !ok) return std::unexpected(ok.error());
  auto waivers = ReadList<report::Waivers>(kWaivers, arguments, now, own);
  if (!waivers) return std::unexpected(waivers.error());
  judgement->waivers_ = std::move(*waivers);
  auto attestations = ReadList<report::Attestations>(kAttestations, arguments, now, own);
  if (!attestations) return std::unexpected(attestations.error());
  judgement->attestations_ = std::move(*attestations);
  if (arguments.Has("baseline")) {
    auto stored = OpenStored(arguments.Get("baseline"));
    if (!stored) return std::unexpected(stored.error());
    auto baseline = report::Baseline::Read(*stored);
    if (!baseline) return std::unexpected(baseline.error());
    judgement->baseline_ = std::move(*baseline);
  }
  return judgement;
}

void Judgement::Apply(report::NodeReport& report) const {
  if (attestations_) attestations_->Apply(report);
  if (waivers_) waivers_->Apply(report);
  if (baseline_) baseline_->Mark(report);
}

Tally Judgement::Count(const report::NodeReport& report) const {
  Tally tally;
  for (const report::Record& record : report.findings) {
    if (record.rule->severity < minimum_ || record.baseline == "unchanged") continue;
    const int urgency = report::Urgency(record);
    if (urgency == 0) ++tally.fail;
    if (urgency == 1) ++tally.unknown;
    if (urgency == 2) ++tally.manual;
  }
  return tally;
}

int Judgement::ExitStatus(const Tally& tally) const {
  if (tally.fail > 0 || (unknown_fails_ && tally.unknown > 0)) return kExitFindings;
  if (tally.unknown > 0 || (manual_counts_ && tally.manual > 0)) return kExitUnknown;
  return kExitClean;
}

std::vector<report::WaiverUse> Judgement::WaiverUses() const {
  return waivers_ ? waivers_->Uses() : std::vector<report::WaiverUse>{};
}

std::vector<report::AttestationUse> Judgement::AttestationUses() const {
  return attestations_ ? attestations_->Uses() : std::vector<report::AttestationUse>{};
}

}  // namespace seawall::app
