#include "x509/memo.h"

#include <gtest/gtest.h>

namespace seawall::x509 {
namespace {

TEST(Memo, KnowsWhatItWasToldAndForgetsRatherThanGrow) {
  Memo<int> memo(2);
  EXPECT_FALSE(memo.Find("a"));
  memo.Add("a", 1);
  memo.Add("b", 2);
  EXPECT_EQ(memo.Find("a"), 1);
  EXPECT_EQ(memo.Find("b"), 2);
  memo.Add("c", 3);
  EXPECT_EQ(memo.Find("c"), 3);
  EXPECT_FALSE(memo.Find("a"));
}

}  // namespace
}  // namespace seawall::x509
