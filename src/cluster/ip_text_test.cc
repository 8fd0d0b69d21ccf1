#include "cluster/ip_text.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

TEST(IpText, Addresses) {
  EXPECT_EQ(ParseIp("192.0.2.1"), IpFamily::kFour);
  EXPECT_EQ(ParseIp("010.0.0.1"), IpFamily::kFour) << "Kubernetes is lenient";
  EXPECT_EQ(ParseIp("::1"), IpFamily::kSix);
  EXPECT_EQ(ParseIp("::ffff:192.0.2.1"), IpFamily::kFour);
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.x", "1.2.3.", "::g", ":",
                           "9999999999999999999999.0.0.1"}) {
    EXPECT_EQ(ParseIp(text), std::nullopt) << text;
  }
}

TEST(IpText, Networks) {
  const auto four = ParseNetwork("10.0.0.0/8");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->prefix, 8);
  EXPECT_EQ(four->bits(), 32);
  EXPECT_EQ(ParseNetwork("fd00::/112")->bits(), 128);
  for (const char* text : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129",
                           "x/8", "10.0.0.0/8x"}) {
    EXPECT_FALSE(ParseNetwork(text)) << text;
  }
}

}  // namespace
}  // namespace seawall::cluster
