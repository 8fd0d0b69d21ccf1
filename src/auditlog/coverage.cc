#include "auditlog/coverage.h"

#include <algorithm>

namespace seawall::auditlog {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kDay = 1440;  // minutes

}  // namespace

void Coverage::Mark(int64_t seconds) {
  if (seconds <= 0) return;
  const int64_t minute = seconds / kMinute;
  auto day = days_.find(minute / kDay);
  if (day == days_.end()) {
    if (days_.size() >= kMostDays) return;
    day = days_.try_emplace(minute / kDay).first;
  }
  const auto in_day = static_cast<size_t>(minute % kDay);
  day->second[in_day / 64] |= uint64_t{1} << (in_day % 64);
  if (first_ == 0 || seconds < first_) first_ = seconds;
  last_ = std::max(last_, seconds);
}

void Coverage::MarkAll(const Span& span) {
  if (span.to < span.from || (span.to - span.from) / (kMinute * kDay) > int64_t{kMostDays}) return;
  for (int64_t at = span.from; at < span.to; at += kMinute) Mark(at);
  Mark(span.to);
}

void Coverage::Merge(const Coverage& other) {
  for (const auto& [day, bits] : other.days_) {
    if (!days_.contains(day) && days_.size() >= kMostDays) continue;
    Day& mine = days_[day];
    for (size_t i = 0; i < mine.size(); ++i) mine[i] |= bits[i];
  }
  if (other.first_ != 0 && (first_ == 0 || other.first_ < first_)) first_ = other.first_;
  last_ = std::max(last_, other.last_);
}

bool Coverage::Has(int64_t minute) const {
  const auto day = days_.find(minute / kDay);
  if (day == days_.end()) return false;
  const auto in_day = static_cast<size_t>(minute % kDay);
  return (day->second[in_day / 64] >> (in_day % 64) & 1) != 0;
}

bool Coverage::Inside(int64_t seconds) const {
  const int64_t minute = seconds / kMinute;
  return Has(minute - 1) && Has(minute) && Has(minute + 1);
}

std::vector<Coverage::Span> Coverage::Runs(int64_t hole) const {
  std::vector<Span> runs;
  for (const auto& [day, bits] : days_) {
    for (int64_t in_day = 0; in_day < kDay; ++in_day) {
      if ((bits[static_cast<size_t>(in_day / 64)] >> (in_day % 64) & 1) == 0) continue;
      const int64_t at = (day * kDay + in_day) * kMinute;
      if (!runs.empty() && at - runs.back().to <= hole + kMinute) {
        runs.back().to = at;
      } else {
        runs.push_back({at, at});
      }
    }
  }
  if (runs.empty()) return runs;
  // Minutes begin before and end behind what was seen.
  runs.front().from = std::max(runs.front().from, first_);
  for (Span& run : runs) run.to = std::min(run.to + kMinute - 1, last_);
  return runs;
}

std::vector<Coverage::Span> Coverage::Gaps(int64_t from, int64_t to, int64_t least) const {
  std::vector<Span> gaps;
  int64_t at = from;
  for (const Span& run : Runs(0)) {
    if (run.to < from) continue;
    if (run.from > to) break;
    if (run.from - at > least) gaps.push_back({at, run.from});
    at = std::max(at, run.to);
  }
  if (to - at > least) gaps.push_back({at, to});
  return gaps;
}

}  // namespace seawall::auditlog
