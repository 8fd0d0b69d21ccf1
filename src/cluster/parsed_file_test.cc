#include "cluster/parsed_file.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace seawall::cluster {
namespace {

TEST(ParsedFile, SameBytesUnderTheSameNameAreParsedOnce) {
  const auto first = ParseShared("/parsed/once.yaml", "a: 1\n");
  EXPECT_EQ(ParseShared("/parsed/once.yaml", "a: 1\n"), first);
  EXPECT_NE(ParseShared("/parsed/other.yaml", "a: 1\n"), first);
}

TEST(ParsedFile, OtherBytesUnderTheSameNameAreAnotherFile) {
  const auto first = ParseShared("/parsed/changes.yaml", "a: 1\n");
  const auto second = ParseShared("/parsed/changes.yaml", "a: 2\n");
  EXPECT_EQ(first->stream()->root()["a"].AsInt(), 1);
  EXPECT_EQ(second->stream()->root()["a"].AsInt(), 2);
}

TEST(ParsedFile, WhatIsNotYamlIsSaidEachTime) {
  for (int i = 0; i < 2; ++i) {
    const auto file = ParseShared("/parsed/bad.yaml", "a: [");
    ASSERT_FALSE(file->stream());
    EXPECT_TRUE(file->stream().error().where.starts_with("/parsed/bad.yaml:"));
    EXPECT_FALSE(file->kubeconfig());
  }
}

TEST(ParsedFile, SeveralThreadsMayAsk) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) {
        const std::string name = "/parsed/" + std::to_string((i + t) % 7);
        const std::string text =
            "apiVersion: v1\nkind: Config\ncurrent-context: c" + std::to_string(i % 3) + "\n";
        const auto file = ParseShared(name, text);
        ASSERT_TRUE(file->kubeconfig());
        EXPECT_EQ(file->kubeconfig()->current_context.value, "c" + std::to_string(i % 3));
      }
    });
  }
}

}  // namespace
}  // namespace seawall::cluster
