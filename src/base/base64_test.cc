#include "base/base64.h"

#include <gtest/gtest.h>

namespace seawall {
namespace {

TEST(Base64, DecodesAsGoDoes) {
  EXPECT_EQ(DecodeBase64("YQ==").value_or("?"), "a");
  EXPECT_EQ(DecodeBase64("YW\nI=\n").value_or("?"), "ab");
  EXPECT_EQ(DecodeBase64("").value_or("?"), "");
  for (const char* bad : {"a", "ab", "abc", "ab=c", "a===", "%%%%", "YQ", "YQ=", "Y===", "YQ==Y",
                          "Y Q=", "====", "YQ===", "YWJj="})
    EXPECT_FALSE(DecodeBase64(bad).has_value()) << bad;
}

TEST(Base64, BothWays) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00x"})
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  EXPECT_EQ(EncodeBase64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(EncodeBase64(std::string_view("\0", 1)), "AA==");
}

}  // namespace
}  // namespace seawall
