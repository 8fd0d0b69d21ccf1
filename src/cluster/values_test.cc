#include "cluster/values.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

TEST(Values, BoolsAreStrconvs) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    EXPECT_EQ(ParseBool(yes), true) << yes;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    EXPECT_EQ(ParseBool(no), false) << no;
  for (const char* bad : {"", "yes", "no", "on", "tRue", " true", "2"})
    EXPECT_FALSE(ParseBool(bad)) << bad;
}

TEST(Values, IntegersTakeGosPrefixes) {
  EXPECT_EQ(ParseInt("0"), 0);
  EXPECT_EQ(ParseInt("-7"), -7);
  EXPECT_EQ(ParseInt("+7"), 7);
  EXPECT_EQ(ParseInt("0x10"), 16);
  EXPECT_EQ(ParseInt("010"), 8);
  EXPECT_EQ(ParseInt("0b11"), 3);
  EXPECT_EQ(ParseInt("1_000"), 1000);
  EXPECT_EQ(ParseInt("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseInt("-9223372036854775808"), INT64_MIN);
  for (const char* bad :
       {"", "-", "0x", "1__0", "_1", "1_", "9223372036854775808", "1.0", "08", "abc", "1 "}) {
    EXPECT_FALSE(ParseInt(bad)) << bad;
  }
}

TEST(Values, DurationsAreGos) {
  constexpr int64_t kSecond = 1000000000;
  EXPECT_EQ(ParseDuration("4h0m0s"), 4 * 3600 * kSecond);
  EXPECT_EQ(ParseDuration("4h"), 4 * 3600 * kSecond);
  EXPECT_EQ(ParseDuration("1.5s"), 3 * kSecond / 2);
  EXPECT_EQ(ParseDuration("-1m"), -60 * kSecond);
  EXPECT_EQ(ParseDuration("0"), 0);
  EXPECT_EQ(ParseDuration(".5ms"), 500000);
  for (const char* bad : {"", "4", "h", "4d", "1h 2m", "-", ".s", "99999999999h", "1h-2m"}) {
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  }
  EXPECT_EQ(FormatDuration(*ParseDuration("4h")), "4h0m0s");
  EXPECT_EQ(FormatDuration(*ParseDuration("90s")), "1m30s");
  EXPECT_EQ(FormatDuration(*ParseDuration("1500ms")), "1.5s");
  EXPECT_EQ(FormatDuration(*ParseDuration("100ms")), "100ms");
  EXPECT_EQ(FormatDuration(0), "0s");
  EXPECT_EQ(FormatDuration(-5), "-5ns");
}

TEST(Values, Quantities) {
  for (const char* good : {"100Mi", "2", "1e3", "0.5", "100m", "-1"})
    EXPECT_TRUE(IsQuantity(good)) << good;
  for (const char* bad : {"", "Mi", "1MB", "1 Mi", "e3", "."}) EXPECT_FALSE(IsQuantity(bad)) << bad;
}

std::vector<std::string> Texts(const std::vector<Part>& parts) {
  std::vector<std::string> texts;
  for (const Part& part : parts) texts.push_back(part.text);
  return texts;
}

TEST(Values, CommaListsWithQuotes) {
  const auto plain = SplitCsv("Node,RBAC");
  ASSERT_TRUE(plain);
  EXPECT_EQ(Texts(*plain), (std::vector<std::string>{"Node", "RBAC"}));
  EXPECT_EQ((*plain)[1].begin, 5U);
  EXPECT_EQ((*plain)[1].end, 9U);
  const auto quoted = SplitCsv(R"("a,b",c"")");
  EXPECT_FALSE(quoted) << "a quote inside an unquoted field is refused";
  const auto good = SplitCsv(R"("a,b","c""d",)");
  ASSERT_TRUE(good);
  EXPECT_EQ(Texts(*good), (std::vector<std::string>{"a,b", "c\"d", ""}));
  EXPECT_EQ((*good)[0].begin, 0U);
  EXPECT_EQ((*good)[0].end, 5U);
  EXPECT_TRUE(SplitCsv("")->empty());
  EXPECT_FALSE(SplitCsv("\n"));
  EXPECT_FALSE(SplitCsv("\"a"));
  EXPECT_FALSE(SplitCsv("\"a\"b"));
  EXPECT_EQ(Texts(*SplitCsv("a,b\nc")), (std::vector<std::string>{"a", "b"}))
      << "only the first record";
  EXPECT_EQ(Texts(*SplitCsv("a, b")), (std::vector<std::string>{"a", " b"})) << "no trimming";
}

TEST(Values, Trimming) {
  const Part part = Trimmed({" a=b ", 3, 8});
  EXPECT_EQ(part.text, "a=b");
  EXPECT_EQ(part.begin, 4U);
  EXPECT_EQ(part.end, 7U);
}

}  // namespace
}  // namespace seawall::cluster
