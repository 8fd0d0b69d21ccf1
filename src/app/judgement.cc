#include "app/judgement.h"

#include "app/app.h"
#include "app/parse.h"
#include "app/small_file.h"
#include "app/stored.h"

namespace seawall::app {
namespace {

constexpr const char* kOwnWaivers = "seawall-waivers.yaml";

Result<std::optional<report::Waivers>> ReadWaivers(const Arguments& arguments, int64_t now,
                                                   OwnWaivers own) {
  const bool named = arguments.Has("waivers");
  if (named && arguments.Has("no-waivers")) {
    return Fail(ErrorCode::kUsage, "read the waivers", "",
                "--waivers and --no-waivers exclude each other", "give one of them");
  }
  if (arguments.Has("no-waivers") || (!named && own == OwnWaivers::kIgnore)) return std::nullopt;
  const std::string name = arguments.Get("waivers", kOwnWaivers);
  std::optional<std::string> bytes;
  if (named) {
    auto read = ReadSmallFile(name, "read the waivers");
    if (!read) return std::unexpected(read.error());
    bytes = std::move(*read);
  } else {
    auto read = ReadOwnFile(name, "read the waivers",
                            "--waivers FILE uses it all the same, --no-waivers does not look");
    if (!read) return std::unexpected(read.error());
    bytes = std::move(*read);
  }
  if (!bytes) return std::nullopt;
  auto waivers = report::Waivers::Read(name, std::move(*bytes), now);
  if (!waivers) return std::unexpected(waivers.error());
  return std::move(*waivers);
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
  auto waivers = ReadWaivers(arguments, now, own);
  if (!waivers) return std::unexpected(waivers.error());
  judgement->waivers_ = std::move(*waivers);
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

}  // namespace seawall::app
