// Small helpers for text. Everything here is a pure function of its arguments and safe to call from
// any thread. "Characters" are Unicode code points of UTF-8 text; a byte that is not part of valid
// UTF-8 counts as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seawall {

/// "3 subjects", "1 subject".
std::string Plural(size_t count, std::string_view word);

/// Without leading and trailing ASCII white space.
std::string_view Trim(std::string_view text);
std::string_view TrimLeft(std::string_view text);
std::string_view TrimRight(std::string_view text);

/// Parts between separators, empty ones included; "" gives one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);

/// The words between runs of spaces; none for "".
std::vector<std::string> SplitWords(std::string_view text);

template <typename Range>
std::string Join(const Range& parts, std::string_view separator) {
  std::string joined;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) joined += separator;
    first = false;
    joined += part;
  }
  return joined;
}

/// ASCII letters in lower case; other bytes stay.
std::string Lower(std::string_view text);
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

/// A whole decimal number with an optional sign; nothing for anything else (white space, overflow,
/// "0x1").
std::optional<int64_t> ParseInt(std::string_view text);

/// Lower-case hexadecimal of bytes.
std::string Hex(std::string_view bytes);

/// One decoded character of UTF-8. An invalid byte has `valid` false, `length` 1 and the byte as
/// its `code`.
struct Utf8 {
  char32_t code = 0;
  size_t length = 0;
  bool valid = false;
};
/// The character at `at`, which must be < text.size(). Overlong forms, surrogates and > U+10FFFF
/// are invalid.
Utf8 DecodeUtf8(std::string_view text, size_t at);
void AppendUtf8(std::string& text, char32_t code);
size_t CountCharacters(std::string_view text);
/// Offset of the first invalid byte; npos when the whole text is valid UTF-8.
size_t FindInvalidUtf8(std::string_view text);

/// Text from outside made safe for terminals and reports: control characters, invalid UTF-8, line
/// and paragraph separators, and the invisible characters that reorder or hide text (bidi controls,
/// zero width, tags) are written as
/// \n, \t, \r, \x1b or \u202e; everything else stays as it is. The result is valid UTF-8 on one
/// line.
std::string Printable(std::string_view text);
/// The same for text of several lines: line feeds stay.
std::string PrintableLines(std::string_view text);
/// Printable, cut to at most `characters` characters with "…" at the end when something was left
/// out.
std::string PrintableShort(std::string_view text, size_t characters);

/// As it is, but of a text longer than `bytes` only its first whole characters and "…".
std::string Shortened(std::string_view text, size_t bytes);

/// Number of insertions, deletions, replacements and swaps of neighbours (bytes) between two words.
/// Words are compared up to their first 128 bytes.
size_t EditDistance(std::string_view a, std::string_view b);
/// The candidate that `word` was probably meant to be ("did you mean"), ignoring case and - against
/// _; nothing when none is near. The first of equally near ones wins.
std::optional<std::string> Closest(std::string_view word,
                                   std::span<const std::string_view> candidates);
std::optional<std::string> Closest(std::string_view word, std::span<const std::string> candidates);

}  // namespace seawall
