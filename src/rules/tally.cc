#include "rules/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace seawall::rules {
namespace {

// More are counted and not shown: a folder of thousands of files is one problem, not thousands.
constexpr size_t kMostEvidence = 50;
constexpr size_t kMostInReason = 3;

std::string JoinSome(const std::vector<std::string>& parts) {
  size_t shown = std::min(parts.size(), kMostInReason);
  std::string text = fmt::format(
      "{}", fmt::join(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(shown), "; "));
  if (parts.size() > shown) text += fmt::format("; and {} more", parts.size() - shown);
  return text;
}

/// "/etc/x: mode is 0600", "listen-client-urls is https://192.0.2.1:2379".
std::string SaysOne(const Evidence& evidence) {
  if (evidence.setting.empty() || evidence.value.empty()) return "looked at, and as it should be";
  const std::string what =
      fmt::format("{} is {}", evidence.setting, PrintableShort(evidence.value, 200));
  return evidence.place.file.empty() || evidence.origin == "flag"
             ? what
             : fmt::format("{}: {}", evidence.place.file, what);
}

/// Without what was said before.
std::vector<std::string> Once(const std::vector<std::string>& parts) {
  std::set<std::string_view> seen;
  std::vector<std::string> once;
  for (const std::string& part : parts) {
    if (seen.insert(part).second) once.push_back(part);
  }
  return once;
}

std::vector<Evidence> Bounded(std::vector<Evidence> evidence) {
  if (evidence.size() > kMostEvidence) evidence.resize(kMostEvidence);
  return evidence;
}

}  // namespace

void Tally::Good(Evidence evidence) {
  ++good_count_;
  if (good_.size() < kMostEvidence) good_.push_back(std::move(evidence));
}

void Tally::Bad(Evidence evidence, std::string what) {
  bad_.push_back(std::move(evidence));
  wrong_.push_back(std::move(what));
}

void Tally::Unknown(std::string why, std::string how) {
  std::pair<std::string, std::string> gap(std::move(why), std::move(how));
  if (std::ranges::find(gaps_, gap) == gaps_.end()) gaps_.push_back(std::move(gap));
}

Outcome Tally::Done(std::string nothing) && {
  Outcome outcome;
  if (!bad_.empty()) {
    outcome.verdict = Verdict::kFail;
    outcome.reason = JoinSome(Once(wrong_));
    outcome.evidence = Bounded(std::move(bad_));
  } else if (!gaps_.empty()) {
    std::vector<std::string> whys;
    for (const auto& [why, how] : gaps_) whys.push_back(why);
    outcome = rules::Unknown(JoinSome(whys), gaps_.front().second, std::move(good_));
  } else if (!good_.empty()) {
    outcome.verdict = Verdict::kPass;
    outcome.reason =
        good_.size() == 1
            ? SaysOne(good_.front())
            : fmt::format("all {} that were looked at are as they should be", good_count_);
    outcome.evidence = std::move(good_);
  } else {
    outcome = NotApplicable(std::move(nothing));
  }
  return outcome;
}

Outcome NotApplicable(std::string why) {
  Outcome outcome;
  outcome.verdict = Verdict::kNotApplicable;
  outcome.reason = std::move(why);
  return outcome;
}

Outcome Unknown(std::string why, std::string how, std::vector<Evidence> evidence) {
  Outcome outcome;
  outcome.verdict = Verdict::kUnknown;
  outcome.reason = std::move(why);
  if (!how.empty()) outcome.reason += fmt::format(" (to find out: {})", how);
  outcome.evidence = std::move(evidence);
  return outcome;
}

Outcome Pass(std::string why, std::vector<Evidence> evidence) {
  Outcome outcome;
  outcome.verdict = Verdict::kPass;
  outcome.reason = std::move(why);
  outcome.evidence = std::move(evidence);
  return outcome;
}

Outcome Fails(std::string why, std::vector<Evidence> evidence) {
  Outcome outcome;
  outcome.verdict = Verdict::kFail;
  outcome.reason = std::move(why);
  outcome.evidence = std::move(evidence);
  return outcome;
}

}  // namespace seawall::rules
