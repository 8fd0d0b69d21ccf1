#include "cluster/located.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace seawall::cluster {
namespace {

/// As it is defined: from the beginning of the line.
uint32_t Column(const std::string& bytes, size_t at) {
  const size_t newline = bytes.rfind('\n', at == 0 ? std::string::npos : at - 1);
  const size_t line = at == 0 || newline == std::string::npos ? 0 : newline + 1;
  return static_cast<uint32_t>(CountCharacters(std::string_view(bytes).substr(line, at - line))) +
         1;
}

// Whole characters, halves of them and bytes that are none, in lines short and long.
TEST(TextFile, ColumnsAreThoseCountedFromTheLinesBeginning) {
  const char* kParts[] = {"a",    "words of a line", "\u20ac", "\U0001F600",
                          "\x80", "\xe2\x82",        "\xff",   "\xf0\x9f\x98\x80\x80\x80\x80"};
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    std::string bytes;
    const int lines = round % 4 == 0 ? 1 : 500;
    while (bytes.size() < 30000) {
      // Some rounds have hardly any ASCII.
      bytes += kParts[round % 3 == 0 ? 2 + random() % 6 : random() % 8];
      if (lines > 1 && random() % 200 == 0) bytes += '\n';
    }
    const TextFile file("f", bytes);
    for (int i = 0; i < 300; ++i) {
      const size_t at = random() % (bytes.size() + 1);
      ASSERT_EQ(file.At(at, at).column, Column(bytes, at)) << round << " " << at;
    }
  }
}

TEST(TextFile, AnEmptyFileHasAPlace) {
  const TextFile file("f", "");
  EXPECT_EQ(file.At(5, 9).line, 1u);
  EXPECT_EQ(file.At(5, 9).column, 1u);
}

}  // namespace
}  // namespace seawall::cluster
