#include "rules/frameworks.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/text.h"

namespace seawall::rules {
namespace {

TEST(Frameworks, EveryWordOfAnItemIsARule) {
  for (const Framework& framework : AllFrameworks()) {
    std::set<std::string_view> items;
    for (const FrameworkItem& item : framework.items) {
      EXPECT_TRUE(items.insert(item.item).second)
          << framework.id << " has " << item.item << " twice";
      for (const std::string_view word : Split(item.rules, ' ')) {
        if (word.empty()) continue;
        const std::string own(word);
        const FrameworkItem alone{item.item, item.title, own.c_str()};
        bool any = false;
        for (const Rule& rule : BuiltInRules()) any |= Names(alone, rule.id);
        EXPECT_TRUE(any) << framework.id << " " << item.item << ": no rule is called " << word;
      }
      EXPECT_EQ(*item.rules == '\0', *item.why_none != '\0') << framework.id << " " << item.item;
    }
    EXPECT_GT(items.size(), 10u) << framework.id;
    EXPECT_EQ(FindFramework(framework.id), &framework);
  }
  EXPECT_EQ(FindFramework("iso"), nullptr);
}

TEST(Frameworks, IdsHaveTheirFrameworksForm) {
  const std::regex vuln("V-(2423[7-9][0-9]|2424[0-6][0-9]|24554[1-4]|25480[01])");
  for (const FrameworkItem& item : StigItemTable()) EXPECT_TRUE(std::regex_match(item.item, vuln));
  const std::regex requirement("[1-9][0-9]?(\\.[1-9][0-9]?){2,3}");
  for (const FrameworkItem& item : PciItemTable())
    EXPECT_TRUE(std::regex_match(item.item, requirement)) << item.item;
}

TEST(Frameworks, RefsAreThoseOfTheTables) {
  std::set<std::string> items;
  for (const FrameworkRef& ref : RefsOf("controller-manager-tls-floor"))
    items.insert(ref.item->item);
  EXPECT_TRUE(items.contains("V-242376"));
  EXPECT_TRUE(items.contains("4.2.1"));
  EXPECT_TRUE(items.contains("CC6.7"));
  EXPECT_TRUE(RefsOf("none").empty());
}

}  // namespace
}  // namespace seawall::rules
