// Coverage: when an API server wrote to its audit log, to the minute. Silence is a gap: what was
// done in it is not known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace seawall::auditlog {

/// Not thread-safe. Of the days that it holds at the most (27 years) later ones are left out: times
/// come from logs.
class Coverage {
 public:
  /// Seconds since the epoch, both in it.
  struct Span {
    int64_t from = 0, to = 0;
    bool operator==(const Span&) const = default;
  };

  void Mark(int64_t seconds);
  /// Every minute from that of `span.from` to that of `span.to`.
  void MarkAll(const Span& span);
  void Merge(const Coverage& other);

  bool empty() const { return first_ == 0; }
  int64_t first() const { return first_; }
  int64_t last() const { return last_; }
  /// Whether its minute and both beside it were written in: the log of then was read whole.
  bool Inside(int64_t seconds) const;
  /// Seconds without an event that are not worth two runs: what is kept of a log has no shorter
  /// ones.
  static constexpr int64_t kHole = 300;
  /// Runs of minutes with no more than `hole` seconds without any between them.
  std::vector<Span> Runs(int64_t hole) const;
  /// What of [from, to] is silent for more than `least` seconds.
  std::vector<Span> Gaps(int64_t from, int64_t to, int64_t least) const;

 private:
  static constexpr size_t kMostDays = 10'000;
  using Day = std::array<uint64_t, 23>;  ///< a bit for each of 1440 minutes
  bool Has(int64_t minute) const;
  std::map<int64_t, Day> days_;
  int64_t first_ = 0, last_ = 0;
};

}  // namespace seawall::auditlog
