// A log that is read in parts, under whatever name it then has.
#include "auditlog/log_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace seawall::auditlog {
namespace {

namespace fs = std::filesystem;

class LogFilesTest : public testing::Test {
 protected:
  LogFilesTest() {
    char name[] = "/tmp/seawall-logs-XXXXXX";
    root_ = mkdtemp(name);
  }
  ~LogFilesTest() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& text, bool append = false) const {
    std::ofstream(root_ + "/" + name, append ? std::ios::app : std::ios::trunc) << text;
  }
  /// What is new in a file; `known_` goes on.
  std::string ReadNew(const std::string& name) {
    std::string got;
    gaps_ = 0;
    auto mark = ReadLogFrom(
        root_ + "/" + name, 0,
        [&](const std::string& head) {
          for (const LogMark& known : known_) {
            if (known.head == head) return KnownLog{&known, false};
          }
          return KnownLog{};
        },
        [&](bool known) { went_on_ = known; },
        [&](const Block& block) {
          EXPECT_EQ(block.offset, expected_ + got.size());
          got += block.bytes;
        },
        [&](const Gap&) { ++gaps_; });
    EXPECT_TRUE(mark) << mark.error().ToString();
    if (!mark || mark->head.empty()) return got;
    std::erase_if(known_, [&](const LogMark& known) { return known.head == mark->head; });
    known_.push_back(*mark);
    return got;
  }

  std::string root_;
  std::vector<LogMark> known_;
  uint64_t expected_ = 0;
  int gaps_ = 0;
  bool went_on_ = false;
};

TEST_F(LogFilesTest, GoesOnWhereItWasLeftHoweverTheFileIsCalled) {
  Write("a.log", "one\ntwo\nthr");
  EXPECT_EQ(ReadNew("a.log"), "one\ntwo\n");  // the rest of a line is still to come
  expected_ = 8;
  EXPECT_EQ(ReadNew("a.log"), "");
  Write("a.log", "ee\nfour\n", true);
  EXPECT_EQ(ReadNew("a.log"), "three\nfour\n");
  // Renamed, and another in its place.
  fs::rename(root_ + "/a.log", root_ + "/a.log.1");
  Write("a.log.1", "five\n", true);
  Write("a.log", "six\n");
  expected_ = 19;
  EXPECT_EQ(ReadNew("a.log.1"), "five\n");
  expected_ = 0;
  EXPECT_EQ(ReadNew("a.log"), "six\n");
  // Compressed.
  ASSERT_EQ(std::system(("gzip " + root_ + "/a.log.1").c_str()), 0);
  EXPECT_EQ(ReadNew("a.log.1.gz"), "");
  // Copied and emptied.
  fs::copy(root_ + "/a.log", root_ + "/b.log");
  Write("b.log", "seven\n", true);
  Write("a.log", "eight\n");
  expected_ = 4;
  EXPECT_EQ(ReadNew("b.log"), "seven\n");
  expected_ = 0;
  EXPECT_EQ(ReadNew("a.log"), "eight\n");
  EXPECT_FALSE(went_on_);
}

TEST_F(LogFilesTest, AnotherLogWithTheSameFirstLineIsAnother) {
  Write("a.log", "one\ntwo\n");
  ReadNew("a.log");
  Write("a.log", "one\nTWO\nthree\n");
  EXPECT_EQ(ReadNew("a.log"), "one\nTWO\nthree\n");
  // Less than was read is nothing new.
  Write("a.log", "one\n");
  EXPECT_EQ(ReadNew("a.log"), "");
}

TEST_F(LogFilesTest, LongLogsGoOnBehindTheirSeek) {
  std::string text;
  for (int i = 0; i < 400'000; ++i) text += fmt::format("line {}\n", i);
  Write("a.log", text);
  EXPECT_EQ(ReadNew("a.log"), text);
  expected_ = text.size();
  Write("a.log", "more\n", true);
  EXPECT_EQ(ReadNew("a.log"), "more\n");
  ASSERT_EQ(std::system(("zstd -q --rm " + root_ + "/a.log").c_str()), 0);
  expected_ += 5;
  EXPECT_EQ(ReadNew("a.log.zst"), "");
  EXPECT_TRUE(went_on_);
}

TEST_F(LogFilesTest, WhatIsBrokenIsToldOnce) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += fmt::format("line {}\n", i * 7919 % 100'003);
  Write("a.log", text);
  ASSERT_EQ(std::system(("gzip " + root_ + "/a.log").c_str()), 0);
  const std::string file = root_ + "/a.log.gz";
  const auto size = fs::file_size(file);
  const std::string whole = "cp " + file + " " + root_ + "/whole";
  ASSERT_EQ(std::system(whole.c_str()), 0);
  fs::resize_file(file, size / 2);
  const std::string first = ReadNew("a.log.gz");
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(gaps_, 1);
  expected_ = first.size();
  EXPECT_EQ(ReadNew("a.log.gz"), "");
  EXPECT_EQ(gaps_, 0) << "the same again";
  // It ends later now: what is new is read, and its end is another gap.
  fs::copy_file(root_ + "/whole", file, fs::copy_options::overwrite_existing);
  fs::resize_file(file, size * 3 / 4);
  const std::string second = ReadNew("a.log.gz");
  EXPECT_FALSE(second.empty());
  EXPECT_EQ(gaps_, 1);
  // Whole: nothing is missing any more.
  fs::copy_file(root_ + "/whole", file, fs::copy_options::overwrite_existing);
  expected_ += second.size();
  EXPECT_EQ(first + second + ReadNew("a.log.gz"), text);
  EXPECT_EQ(gaps_, 0);
}

TEST_F(LogFilesTest, WhatIsBrokenBeforeItsFirstLineEndsIsToldOnceInARunAndOnceInAll) {
  Write("a.log", std::string(3000, 'x') + "\n");
  ASSERT_EQ(std::system(("gzip -1 " + root_ + "/a.log").c_str()), 0);
  fs::resize_file(root_ + "/a.log.gz", fs::file_size(root_ + "/a.log.gz") - 8);  // its check sum
  EXPECT_EQ(ReadNew("a.log.gz"), std::string(3000, 'x') + "\n");
  EXPECT_EQ(gaps_, 1);
  ReadNew("a.log.gz");
  EXPECT_EQ(gaps_, 0);
  // Nothing of it can be read: no mark can tell it from another, and each time it is a gap.
  Write("b.log.gz", "\x1f\x8b\x08garbage");
  for (int i = 0; i < 2; ++i) {
    ReadNew("b.log.gz");
    EXPECT_EQ(gaps_, 1);
  }
}

TEST_F(LogFilesTest, ALineWithoutAnEndIsLeftOut) {
  Write("a.log", "one\n" + std::string(kLongestLine + (3u << 20), 'x') + "\ntwo\n");
  std::string got;
  int gaps = 0;
  auto mark = ReadLogFrom(
      root_ + "/a.log", 0, [](const std::string&) { return KnownLog{}; }, [](bool) {},
      [&](const Block& block) { got += block.bytes; }, [&](const Gap&) { ++gaps; });
  ASSERT_TRUE(mark);
  EXPECT_EQ(got, "one\ntwo\n");
  EXPECT_EQ(gaps, 1);
  EXPECT_EQ(mark->offset, fs::file_size(root_ + "/a.log"));
}

}  // namespace
}  // namespace seawall::auditlog
