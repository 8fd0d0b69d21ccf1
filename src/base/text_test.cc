#include "base/text.h"

#include <gtest/gtest.h>

namespace seawall {
namespace {

using namespace std::string_view_literals;

TEST(Text, TrimTakesWhiteSpaceFromBothEnds) {
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim("  "), "");
  EXPECT_EQ(TrimLeft(" a "), "a ");
  EXPECT_EQ(TrimRight(" a "), " a");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(Join(Split("a,,b,", ','), ", "), "a, , b, ");
}

TEST(Text, ParseIntTakesWholeDecimalNumbersOnly) {
  EXPECT_EQ(ParseInt("-12"), -12);
  EXPECT_EQ(ParseInt("+7"), 7);
  EXPECT_EQ(ParseInt("9223372036854775807"), INT64_MAX);
  for (const auto bad : {"", "+", "-", "+-1", "1 ", " 1", "0x1", "1.0", "9223372036854775808"}) {
    EXPECT_EQ(ParseInt(bad), std::nullopt) << bad;
  }
}

TEST(Text, DecodeRefusesWhatUtf8Forbids) {
  EXPECT_EQ(DecodeUtf8("\u20ac", 0).code, 0x20ACu);
  EXPECT_EQ(DecodeUtf8("\U0010FFFF", 0).length, 4u);
  for (const auto bad : {"\xC0\x80"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv,
                         "\xF0\x9F\x98"sv, "\x80"sv, "\xFF"sv, "\xC3("sv}) {
    EXPECT_FALSE(DecodeUtf8(bad, 0).valid) << Hex(bad);
    EXPECT_EQ(FindInvalidUtf8(bad), 0u);
  }
  EXPECT_EQ(FindInvalidUtf8("a\u20acb\xFF"), 5u);
  EXPECT_EQ(FindInvalidUtf8("a\u20acb"), std::string_view::npos);
}

TEST(Text, AppendUtf8IsTheInverseOfDecode) {
  for (const char32_t code : {0x41u, 0x7FFu, 0x800u, 0xFFFDu, 0x10000u, 0x10FFFFu}) {
    std::string text;
    AppendUtf8(text, code);
    EXPECT_EQ(DecodeUtf8(text, 0).code, code);
    EXPECT_EQ(DecodeUtf8(text, 0).length, text.size());
  }
}

TEST(Text, OneIsNotMany) {
  EXPECT_EQ(Plural(0, "gap"), "0 gaps");
  EXPECT_EQ(Plural(1, "gap"), "1 gap");
  EXPECT_EQ(Plural(2, "damaged line"), "2 damaged lines");
}

TEST(Text, CharactersAreCodePoints) {
  EXPECT_EQ(CountCharacters("a\u20ac\U0001F600"), 3u);
  EXPECT_EQ(CountCharacters("\xFF\xFE"), 2u);
}

TEST(Text, PrintableEscapesWhatCouldDeceiveOrDriveATerminal) {
  EXPECT_EQ(Printable("plain ünïcode €"), "plain ünïcode €");
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(Printable("nul\0!"sv), "nul\\x00!");
  EXPECT_EQ(Printable("\u202Egpj.exe"), "\\u202egpj.exe");
  EXPECT_EQ(Printable("\u0085\u009b31m"), "\\u0085\\u009b31m");
  EXPECT_EQ(Printable("\xFF\xC3"), "\\xff\\xc3");
  EXPECT_EQ(Printable("\U000E0041"), "\\U000e0041");
  EXPECT_EQ(PrintableLines("a\nb\x1b"), "a\nb\\x1b");
}

TEST(Text, PrintableIsAlwaysValidAndOnOneLine) {
  std::string all;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      all += static_cast<char>(a);
      all += static_cast<char>(b);
    }
  }
  const std::string safe = Printable(all);
  EXPECT_EQ(FindInvalidUtf8(safe), std::string_view::npos);
  for (const char c : safe) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

TEST(Text, ShortenedKeepsWhatIsShortAndCutsBetweenCharacters) {
  EXPECT_EQ(Shortened("a\n€", 5), "a\n€");
  EXPECT_EQ(Shortened("a€b", 4), "a€…");
  EXPECT_EQ(Shortened("a€b", 3), "a…");
  EXPECT_EQ(Shortened("€", 0), "…");
}

TEST(Text, PrintableShortCutsAtACharacter) {
  EXPECT_EQ(PrintableShort("€€€", 3), "€€€");
  EXPECT_EQ(PrintableShort("€€€€", 3), "€€€…");
  EXPECT_EQ(PrintableShort(std::string(1000, 'x'), 2), "xx…");
}

TEST(Text, EditDistanceCountsSwapsOnce) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("audit", "audti"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_LE(EditDistance(std::string(100000, 'a'), std::string(100000, 'b')), 128u);
}

TEST(Text, ClosestFindsTheWordThatWasMeant) {
  const std::string_view words[] = {"audit", "rules", "explain", "anonymous-auth"};
  EXPECT_EQ(Closest("aduit", words), "audit");
  EXPECT_EQ(Closest("Anonymous_Auth", words), "anonymous-auth");
  EXPECT_EQ(Closest("frobnicate", words), std::nullopt);
  EXPECT_EQ(Closest("", words), std::nullopt);
  const std::vector<std::string> rules = {"etcd-client-ca", "etcd-client-cert-auth"};
  EXPECT_EQ(Closest("etcd-client-cert", rules), "etcd-client-cert-auth") << "not finished";
  EXPECT_EQ(Closest("etcd-client-cs", rules), "etcd-client-ca");
}

}  // namespace
}  // namespace seawall
