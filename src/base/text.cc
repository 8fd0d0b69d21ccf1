#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <numeric>

namespace seawall {
namespace {

constexpr bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

constexpr char LowerOf(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct Range {
  char32_t first;
  char32_t last;
};

// Characters that a reader cannot see, or that change how the text around them is shown.
constexpr Range kHidden[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool Hidden(char32_t code) {
  return std::ranges::any_of(kHidden,
                             [code](const Range& r) { return code >= r.first && code <= r.last; });
}

void AppendEscaped(std::string& out, const Utf8& c) {
  if (c.valid && c.code == '\n') {
    out += "\\n";
  } else if (c.valid && c.code == '\t') {
    out += "\\t";
  } else if (c.valid && c.code == '\r') {
    out += "\\r";
  } else if (!c.valid || c.code < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<uint32_t>(c.code));
  } else if (c.code <= 0xFFFF) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint32_t>(c.code));
  } else {
    fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<uint32_t>(c.code));
  }
}

std::string Escape(std::string_view text, bool keep_line_feeds) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte < 0x7F) {
      out += text[at++];
      continue;
    }
    const Utf8 c = DecodeUtf8(text, at);
    if ((keep_line_feeds && byte == '\n') || (c.valid && !Hidden(c.code))) {
      out.append(text, at, c.length);
    } else {
      AppendEscaped(out, c);
    }
    at += c.length;
  }
  return out;
}

template <typename Text>
std::optional<std::string> ClosestOf(std::string_view word, std::span<const Text> candidates) {
  const auto plain = [](std::string_view text) {
    std::string out = Lower(text);
    std::ranges::replace(out, '_', '-');
    return out;
  };
  const std::string wanted = plain(word);
  // A third of the letters may be wrong: more than that and the guess is noise.
  size_t best = std::max<size_t>(1, wanted.size() / 3) + 1;
  std::optional<std::string> found;
  std::optional<std::string> longer;  // the shortest that begins with the word
  for (const Text& candidate : candidates) {
    if (wanted.size() >= 3 && plain(candidate).starts_with(wanted) &&
        (!longer || candidate.size() < longer->size())) {
      longer = std::string(candidate);
    }
    const size_t gap = candidate.size() > wanted.size() ? candidate.size() - wanted.size()
                                                        : wanted.size() - candidate.size();
    if (gap >= best) continue;
    const size_t distance = EditDistance(wanted, plain(candidate));
    if (distance < best) {
      best = distance;
      found = std::string(candidate);
    }
  }
  // A word that was not finished is likelier than one with several wrong letters.
  return longer && best > 1 ? longer : found;
}

}  // namespace

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string Plural(size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string_view Trim(std::string_view text) { return TrimLeft(TrimRight(text)); }

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view word : Split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), LowerOf);
  return out;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerOf, LowerOf);
}

std::optional<int64_t> ParseInt(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

Utf8 DecodeUtf8(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const Utf8 invalid{lead, 1, false};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return invalid;
  char32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return invalid;
  return {code, length, true};
}

void AppendUtf8(std::string& text, char32_t code) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

namespace {

constexpr size_t kEight = 8;

/// Whether the next eight bytes are there, and ASCII.
bool IsAsciiEight(std::string_view text, size_t at) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  uint64_t eight = 0;
  static_assert(sizeof eight == kEight);
  if (at + kEight > text.size()) return false;
  std::memcpy(&eight, text.data() + at, kEight);
  return (eight & kHighBits) == 0;
}

}  // namespace

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    if (IsAsciiEight(text, at)) {
      at += kEight;
      count += kEight;
      continue;
    }
    at += DecodeUtf8(text, at).length;
    ++count;
  }
  return count;
}

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (IsAsciiEight(text, at)) {
      at += kEight;
      continue;
    }
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Utf8 c = DecodeUtf8(text, at);
    if (!c.valid) return at;
    at += c.length;
  }
  return std::string_view::npos;
}

std::string Printable(std::string_view text) { return Escape(text, false); }

std::string PrintableLines(std::string_view text) { return Escape(text, true); }

std::string PrintableShort(std::string_view text, size_t characters) {
  // A character takes at most four bytes, so what lies behind cannot be shown anyway.
  const bool long_text = text.size() / 4 > characters;
  std::string safe = Printable(long_text ? text.substr(0, characters * 4 + 4) : text);
  size_t at = 0;
  for (size_t count = 0; at < safe.size(); ++count) {
    if (count == characters) {
      safe.resize(at);
      return safe + "…";
    }
    at += DecodeUtf8(safe, at).length;
  }
  return safe;
}

std::string Shortened(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

size_t EditDistance(std::string_view a, std::string_view b) {
  constexpr size_t kLongest = 128;
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<size_t, kLongest + 1> before{}, previous{}, current{};
  std::iota(previous.begin(), previous.begin() + b.size() + 1, size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min(
          {previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = previous;
    previous = current;
  }
  return previous[b.size()];
}

std::optional<std::string> Closest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
  return ClosestOf(word, candidates);
}

std::optional<std::string> Closest(std::string_view word, std::span<const std::string> candidates) {
  return ClosestOf(word, candidates);
}

}  // namespace seawall
