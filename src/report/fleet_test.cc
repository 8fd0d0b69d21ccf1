#include "report/fleet.h"

#include <gtest/gtest.h>

#include "report/time_text.h"

namespace seawall::report {
namespace {

FleetResult ResultOf(int64_t time, const std::vector<std::pair<std::string, size_t>>& findings) {
  FleetResult result;
  result.file = std::to_string(time);
  result.time = time;
  for (const auto& [control, urgency] : findings) ++result.controls[control].by_urgency[urgency];
  return result;
}

Fleet FleetOf(std::vector<std::pair<std::string, size_t>> before,
              std::vector<std::pair<std::string, size_t>> now) {
  Fleet fleet;
  fleet.AddControls({{"a", "A", rules::Severity::kHigh}});
  fleet.Add("c", ResultOf(2, std::move(now)));
  fleet.Add("c", ResultOf(1, std::move(before)));
  return fleet;
}

TEST(Fleet, TheTrendNeverTakesUnknownForBetter) {
  const struct {
    size_t before, now;
    const char* trend;
  } kCases[] = {{0, 0, "same"},    {0, 1, "changed"}, {0, 2, "changed"}, {0, 3, "changed"},
                {0, 4, "changed"}, {0, 5, "better"},  {0, 6, "better"},  {1, 0, "worse"},
                {1, 5, "better"},  {5, 1, "worse"},   {5, 0, "worse"},   {5, 6, "same"},
                {3, 0, "worse"},   {1, 3, "changed"}, {3, 5, "better"},  {6, 0, "worse"},
                {2, 4, "changed"}, {4, 2, "worse"},   {4, 5, "better"}};
  for (const auto& c : kCases) {
    const Fleet fleet = FleetOf({{"a", c.before}}, {{"a", c.now}});
    EXPECT_STREQ(Fleet::Cell(fleet.clusters()[0], "a").trend, c.trend) << c.before << c.now;
  }
}

TEST(Fleet, MoreFailingNodesAreWorse) {
  const Fleet worse = FleetOf({{"a", 0}}, {{"a", 0}, {"a", 0}, {"a", 5}});
  EXPECT_STREQ(Fleet::Cell(worse.clusters()[0], "a").trend, "worse");
  EXPECT_STREQ(Fleet::Cell(worse.clusters()[0], "a").verdict, "fail");
  const Fleet better = FleetOf({{"a", 0}, {"a", 0}}, {{"a", 0}, {"a", 5}});
  EXPECT_STREQ(Fleet::Cell(better.clusters()[0], "a").trend, "better");
  const Fleet passes = FleetOf({{"a", 5}}, {{"a", 5}, {"a", 5}});
  EXPECT_STREQ(Fleet::Cell(passes.clusters()[0], "a").trend, "same");
}

TEST(Fleet, EachVerdictHasItsOwnWord) {
  constexpr const char* kWords[] = {"fail",     "unknown", "manual",        "waived",
                                    "attested", "pass",    "not-applicable"};
  for (size_t urgency = 0; urgency < std::size(kWords); ++urgency) {
    const Fleet fleet = FleetOf({}, {{"a", urgency}});
    EXPECT_STREQ(Fleet::Cell(fleet.clusters()[0], "a").verdict, kWords[urgency]);
  }
}

TEST(Fleet, WhatIsNotAskedIsNoPass) {
  const Fleet gone = FleetOf({{"a", 0}}, {});
  EXPECT_STREQ(Fleet::Cell(gone.clusters()[0], "a").verdict, "not-asked");
  EXPECT_STREQ(Fleet::Cell(gone.clusters()[0], "a").trend, "changed");
  const Fleet fresh = FleetOf({}, {{"a", 0}});
  EXPECT_STREQ(Fleet::Cell(fresh.clusters()[0], "a").trend, "new");
}

TEST(Fleet, TheNewestTwoCountInWhateverOrderTheyCome) {
  Fleet fleet;
  for (const int64_t time : {3, 1, 5, 2, 4}) fleet.Add("c", ResultOf(time, {}));
  EXPECT_EQ(fleet.clusters()[0].newest->time, 5);
  EXPECT_EQ(fleet.clusters()[0].previous->time, 4);
}

TEST(Fleet, AClusterWithoutAResultIsARowInEveryFormat) {
  Fleet fleet = FleetOf({{"a", 4}}, {{"a", 4}});
  fleet.AddGap("<b>lost", {"lost.json", "cannot read the report: lost.json: no such file"});
  EXPECT_EQ(fleet.without_result(), 1u);
  EXPECT_NE(FleetText(fleet, {}, 2).find("<b>lost  no result"), std::string::npos)
      << FleetText(fleet, {}, 2);
  EXPECT_NE(FleetCsv(fleet).find("<b>lost,,,,no-result,none"), std::string::npos);
  EXPECT_NE(FleetHtml(fleet, {}, 2).find("&lt;b&gt;lost"), std::string::npos);
  EXPECT_EQ(FleetHtml(fleet, {}, 2).find("<b>"), std::string::npos);
  EXPECT_NE(FleetJson(fleet, {}, 2).find("\"verdict\":\"no-result\""), std::string::npos);
}

TEST(Fleet, TheNameOfAFileTellsClusterAndTime) {
  const struct {
    const char* file;
    const char* stem;
    const char* time;
  } kCases[] = {{"/a/prod-2027-03-31.json", "prod", "2027-03-31T00:00:00Z"},
                {"prod.20270331T120001Z.json", "prod", "2027-03-31T12:00:01Z"},
                {"prod-2027-03-31T12:00:01Z.json", "prod", "2027-03-31T12:00:01Z"},
                {"prod_202703311205.json", "prod", "2027-03-31T12:05:00Z"},
                {"k8s-1-2027-03-31.json", "k8s-1", "2027-03-31T00:00:00Z"},
                {"east/2027-03-31.json", "east", "2027-03-31T00:00:00Z"},
                {"prod-2.json", "prod-2", ""},
                {"prod-2027-02-31.json", "prod-2027-02-31", ""},
                {"prod.json", "prod", ""},
                {"-", "-", ""},
                {".json", ".json", ""}};
  for (const auto& c : kCases) {
    std::string stem;
    const auto time = TimeOfName(c.file, stem);
    EXPECT_EQ(stem, c.stem) << c.file;
    EXPECT_EQ(time ? TimeText(*time) : "", c.time) << c.file;
  }
}

}  // namespace
}  // namespace seawall::report
