#include "live/last_words.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace seawall::live {
namespace {

constexpr const char* kBegins =
    "2026-01-02T03:04:05.678901234Z stderr F I0102 03:04:05.678901     256 serving.go:411] "
    "Generated self-signed cert in-memory\n";
constexpr const char* kEnds =
    "2026-01-02T03:04:04.000000000Z stderr F Error: open /etc/x.conf: no such file or directory\n";

class LastWords : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/seawall-words-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(int attempt, const char* text) const {
    std::ofstream(folder_ + "/" + std::to_string(attempt) + ".log") << text;
  }
  std::string folder_;
};

// Whoever is asked at that moment must not be told of the certificate alone.
TEST_F(LastWords, WhatHasJustBegunDoesNotHideWhyTheOneBeforeEnded) {
  Write(0, kEnds);
  Write(1, kBegins);
  EXPECT_EQ(PodWords({.folder = folder_, .attempt = 1}, 8),
            "Error: open /etc/x.conf: no such file or directory\n"
            "I0102 03:04:05.678901     256 serving.go:411] Generated self-signed cert in-memory\n");
}

TEST_F(LastWords, AnEmptyOrMissingLogIsPassedOver) {
  Write(2, kEnds);
  Write(3, "");
  EXPECT_EQ(PodWords({.folder = folder_, .attempt = 4}, 8),
            "Error: open /etc/x.conf: no such file or directory\n");
  EXPECT_EQ(PodWords({.folder = folder_, .attempt = -1}, 8), "");
  EXPECT_EQ(PodWords({}, 8), "");
}

// Long ago is not why it ends now.
TEST_F(LastWords, OnlyTheLatestContainersAreAsked) {
  Write(0, kEnds);
  for (int later = 1; later <= 3; ++later) Write(later, kBegins);
  EXPECT_EQ(PodWords({.folder = folder_, .attempt = 3}, 8).find("Error"), std::string::npos);
}

}  // namespace
}  // namespace seawall::live
