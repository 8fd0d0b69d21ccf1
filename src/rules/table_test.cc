#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "rules/rule.h"

namespace seawall::rules {
namespace {

/// CIS Kubernetes Benchmark 1.12: how many items each section has. 3.1 and 3.2 stand apart as 5.1
/// does.
constexpr std::pair<const char*, int> kSections[] = {
    {"1.1", 21}, {"1.2", 30}, {"1.3", 7},  {"1.4", 2}, {"2", 7},    {"3.1", 3},
    {"3.2", 2},  {"4.1", 10}, {"4.2", 14}, {"4.3", 1}, {"5.1", 13},
};

TEST(Table, EveryItemOfTheBenchmarkHasExactlyOneRule) {
  std::map<std::string, std::vector<std::string>> rules_of;
  for (const Rule& rule : AllRules()) {
    for (const std::string_view item : CisItems(rule)) {
      rules_of[std::string(item)].emplace_back(rule.id);
    }
  }
  size_t items = 0;
  for (const auto& [section, count] : kSections) {
    for (int i = 1; i <= count; ++i) {
      const std::string item = std::string(section) + "." + std::to_string(i);
      ++items;
      EXPECT_EQ(rules_of[item].size(), 1u) << item << ": " << Join(rules_of[item], ", ");
    }
  }
  EXPECT_EQ(rules_of.size(), items) << "an item that the benchmark does not have";
}

TEST(Table, IdsAreUniqueWords) {
  std::set<std::string_view> ids;
  for (const Rule& rule : AllRules()) {
    const std::string_view id = rule.id;
    EXPECT_TRUE(ids.insert(id).second) << id;
    EXPECT_FALSE(id.empty());
    EXPECT_TRUE(std::ranges::all_of(id, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    })) << id;
    EXPECT_FALSE(id.starts_with('-') || id.ends_with('-') || id.find("--") != id.npos) << id;
    EXPECT_EQ(FindRule(id), &rule);
  }
  EXPECT_EQ(FindRule("no-such-rule"), nullptr);
  EXPECT_GE(ids.size(), 160u);
}

TEST(Table, EveryFieldSaysSomething) {
  for (const Rule& rule : AllRules()) {
    for (const char* text :
         {rule.title, rule.row, rule.expected, rule.remedy, rule.why, rule.link}) {
      ASSERT_NE(text, nullptr) << rule.id;
      EXPECT_FALSE(std::string_view(text).empty()) << rule.id;
      EXPECT_EQ(Printable(text), text) << rule.id;
    }
    EXPECT_NE(rule.check == nullptr, rule.check_whole == nullptr) << rule.id;
    EXPECT_TRUE(rule.check_whole == nullptr || rule.target == Target::kCluster) << rule.id;
    EXPECT_TRUE(std::string_view(rule.link).starts_with("https://")) << rule.id;
    EXPECT_TRUE(std::string_view(rule.why).ends_with('.')) << rule.id;
    EXPECT_FALSE(std::string_view(rule.title).ends_with('.')) << rule.id;
    EXPECT_LE(rule.min_minor, rule.max_minor == 0 ? 99 : rule.max_minor) << rule.id;
  }
}

TEST(Table, RowsAreTheRecipesInItsOrder) {
  constexpr std::array<std::string_view, 13> kRows = {"1", "2a", "2b", "3a", "3b", "3c", "3d",
                                                      "4", "5a", "5b", "5c", "6a", "6b"};
  size_t last = 0;
  std::set<std::string_view> seen;
  for (const Rule& rule : AllRules()) {
    const auto found = std::ranges::find(kRows, std::string_view(rule.row));
    ASSERT_NE(found, kRows.end()) << rule.id << ": " << rule.row;
    const auto at = static_cast<size_t>(found - kRows.begin());
    EXPECT_GE(at, last) << rule.id;
    last = at;
    seen.insert(rule.row);
  }
  EXPECT_EQ(seen.size(), kRows.size()) << "a row of the recipe without a rule";
}

TEST(Table, GeneralRemediesNameNoPlace) {
  for (const Rule& rule : AllRules())
    EXPECT_EQ(GeneralRemedy(rule).find("{where}"), std::string::npos) << rule.id;
}

}  // namespace
}  // namespace seawall::rules
