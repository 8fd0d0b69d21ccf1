#include "cluster/token_file.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

// Each was tried on kube-apiserver 1.37.
TEST(TokenFile, Taken) {
  for (const char* text :
       {"", "a,b,c\n", "a,b,c,\"g1,g2\"\n", ",b,c\n", "a,b,c,g,h,i\n", "a,,\n", "a,\"b\nb\",c\n",
        "a,b,c\r\n\r\nd,e,f\r\n", "\n\na,b,c", "a,b,\"c\"\"d\"\n"}) {
    EXPECT_FALSE(FindTokenFileFault(text)) << text;
  }
}

TEST(TokenFile, Refused) {
  const struct {
    const char* text;
    size_t line;
  } cases[] = {{"tok,user\n", 1},           {"tok\n", 1},      {"# c\n", 1},
               {"a,b,c\n\nd,e\n", 3},       {"a,b,c\"d\n", 1}, {"a,\"b,c\n", 1},
               {"\"a\",\"b\",\"c\"x\n", 1}, {"a b c\n", 1},    {" a, b, \"c\"\n", 1},
               {"a,\"b\nb\",c\nd\n", 3}};
  for (const auto& one : cases) {
    const auto fault = FindTokenFileFault(one.text);
    ASSERT_TRUE(fault) << one.text;
    EXPECT_EQ(fault->line, one.line) << one.text;
  }
}

TEST(TokenFile, NothingOfItIsTold) {
  const auto fault = FindTokenFileFault("s3cret-token,user\n");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->text.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace seawall::cluster
