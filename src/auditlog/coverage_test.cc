#include "auditlog/coverage.h"

#include <gtest/gtest.h>

namespace seawall::auditlog {
namespace {

constexpr int64_t kStart = 1'793'491'200;  // 2026-11-01T00:00:00Z

TEST(Coverage, SilenceIsAGap) {
  Coverage covered;
  for (int64_t at = 0; at < 3600; at += 30) covered.Mark(kStart + at);
  covered.Mark(kStart + 3 * 3600 + 5);
  EXPECT_EQ(covered.first(), kStart);
  EXPECT_EQ(covered.last(), kStart + 3 * 3600 + 5);
  using Spans = std::vector<Coverage::Span>;
  EXPECT_EQ(covered.Gaps(kStart, covered.last(), 3600),
            Spans({{kStart + 3599, kStart + 3 * 3600}}));
  EXPECT_EQ(covered.Gaps(kStart, covered.last(), 3 * 3600), Spans());
  // Before the first event and behind the last one, too.
  EXPECT_EQ(covered.Gaps(kStart - 7200, kStart + 60, 3600), Spans({{kStart - 7200, kStart}}));
  EXPECT_EQ(covered.Gaps(kStart + 3 * 3600, kStart + 5 * 3600, 3600),
            Spans({{kStart + 3 * 3600 + 5, kStart + 5 * 3600}}));
  EXPECT_EQ(Coverage().Gaps(kStart, kStart + 7200, 3600), Spans({{kStart, kStart + 7200}}));
}

TEST(Coverage, IsTheSameAfterItsRuns) {
  Coverage covered;
  for (int64_t at = 0; at < 100'000; at += 977) covered.Mark(kStart + at);
  Coverage again;
  for (const auto& run : covered.Runs(0)) again.MarkAll(run);
  EXPECT_EQ(again.Runs(0), covered.Runs(0));
  EXPECT_EQ(again.last(), covered.last());
  Coverage both;
  both.Mark(kStart - 60);
  both.Merge(covered);
  EXPECT_EQ(both.first(), kStart - 60);
}

TEST(Coverage, InsideIsWhatWasReadWhole) {
  Coverage covered;
  for (int64_t at = 0; at <= 300; at += 60) covered.Mark(kStart + at);
  EXPECT_FALSE(covered.Inside(kStart));
  EXPECT_TRUE(covered.Inside(kStart + 90));
  EXPECT_FALSE(covered.Inside(kStart + 310));
}

TEST(Coverage, TimesThatNobodyLivedThroughCostNothing) {
  Coverage covered;
  for (int64_t day = 0; day < 2'000'000; day += 50) covered.Mark(day * 86400 + 1);
  EXPECT_LE(covered.Runs(0).size(), 10'000u);
  covered.Mark(-5);
  covered.MarkAll({1, int64_t{1} << 60});
  EXPECT_LE(covered.Runs(0).size(), 10'000u);
}

}  // namespace
}  // namespace seawall::auditlog
