#include "cluster/go_regexp.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

// Each was tried on kube-apiserver 1.37 as --cors-allowed-origins.
TEST(GoRegexp, Taken) {
  for (const char* text : {"^https://a\\.com$", "//a\\.com(:|$)", "^*$", "^\\d+$",
                           "^(?i)https://a$", "^(?P<h>a)$", "^a*?$", "^[[:alpha:]]+$", "^a{x}$",
                           "^\\Qa*\\E$", "^\\pL$", "^()*$", "^(?i)*$", "^[]a]$", "^[^]a]$", ""}) {
    EXPECT_EQ(FindRegexpFault(text), std::nullopt) << text;
  }
}

TEST(GoRegexp, Refused) {
  for (const char* text : {"^(a$", "^a)$", "^[a-$", "^a**$", "^a+*$", "^(?=a)$", "^a{2,1}$",
                           "^a{1001}$", "^\\q$", "^\\8$", "^a|*b$", "(?i)*", "*a", "a\\", "(?P<a",
                           "(?", "[", "\xff", "^a{99999999999999999999}$"}) {
    EXPECT_NE(FindRegexpFault(text), std::nullopt) << text;
  }
}

TEST(GoRegexp, LongOnesTakeNoTime) {
  EXPECT_EQ(FindRegexpFault(std::string(10'000'000, '{')), std::nullopt);
  EXPECT_NE(FindRegexpFault(std::string(4096, '[')), std::nullopt);
}

}  // namespace
}  // namespace seawall::cluster
