#include "cluster/kinds/abac.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace seawall::cluster::kinds {
namespace {

constexpr const char* kPolicy =
    R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"a"}})"
    "\n";

TEST(Abac, SoundFilesHaveNoFault) {
  EXPECT_FALSE(FindAbacFault(""));
  EXPECT_FALSE(FindAbacFault(kPolicy));
  EXPECT_FALSE(FindAbacFault(std::string("# c\n\n \t\r\n") + kPolicy + R"({"user":"b"})"));
}

// What the genuine kube-apiserver 1.37.2 answers to these lines: "error reading policy file …, line
// 2".
TEST(Abac, TheFirstBadLineIsNamed) {
  const auto text = FindAbacFault(kPolicy + std::string("not json\n"));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->line, 2u);
  EXPECT_EQ(text->text, "it is no object");
  const auto other = FindAbacFault(R"({"kind":"X","apiVersion":"y/v1"})");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->line, 1u);
  EXPECT_TRUE(FindAbacFault("{\"user\":"));
}

TEST(Abac, AFileThatIsTooLongIsNotCalledSound) {
  std::string lines;
  for (int i = 0; i <= 20000; ++i) lines += fmt::format("{{\"user\":\"u{}\"}}\n", i);
  const auto fault = FindAbacFault(lines);
  ASSERT_TRUE(fault);
  EXPECT_FALSE(fault->refused);
  std::string same;
  for (int i = 0; i < 100000; ++i) same += kPolicy;
  EXPECT_FALSE(FindAbacFault(same)) << "a line that stands there again is not read again";
}

}  // namespace
}  // namespace seawall::cluster::kinds
