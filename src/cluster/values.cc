#include "cluster/values.h"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace seawall::cluster {
namespace {

constexpr int64_t kMaxInt = std::numeric_limits<int64_t>::max();

struct Unit {
  std::string_view name;
  int64_t nanoseconds;
};
// "µs" stands twice: U+00B5 and U+03BC.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1000},
                                         {"\xC2\xB5s", 1000},
                                         {"\xCE\xBCs", 1000},
                                         {"ms", 1000000},
                                         {"s", 1000000000},
                                         {"m", 60LL * 1000000000},
                                         {"h", 3600LL * 1000000000}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

/// Takes Go's base prefix off ("0x", "0o", "0b", "0"); false when nothing is left of "0x".
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char mark = static_cast<char>(digits[1] | 0x20);
  const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

/// Digits with single underscores between them; Go allows these only where a base prefix or a digit
/// stands before.
std::optional<uint64_t> ReadDigits(std::string_view digits, int base, bool prefixed) {
  uint64_t value = 0;
  bool digit_before = prefixed;
  bool any = false;
  for (const char c : digits) {
    if (c == '_') {
      // Without a prefix Go takes no underscores at all unless the base is chosen by the text,
      // which it is here.
      if (!digit_before) return std::nullopt;
      digit_before = false;
      continue;
    }
    const int d = DigitOf(c);
    if (d >= base) return std::nullopt;
    if (value > (std::numeric_limits<uint64_t>::max() - static_cast<uint64_t>(d)) / base) {
      return std::nullopt;
    }
    value = value * base + static_cast<uint64_t>(d);
    digit_before = any = true;
  }
  if (!any || !digit_before) return std::nullopt;
  return value;
}

/// One "12.5h" of a duration, taken off the front of `text`.
std::optional<double> TakeDurationPart(std::string_view& text) {
  size_t n = 0;
  double value = 0;
  double scale = 1;
  bool any = false;
  for (; n < text.size() && IsDigit(text[n]); ++n, any = true) value = value * 10 + (text[n] - '0');
  if (n < text.size() && text[n] == '.') {
    for (++n; n < text.size() && IsDigit(text[n]); ++n, any = true) {
      value = value * 10 + (text[n] - '0');
      scale *= 10;
      if (scale > 1e18) break;
    }
    while (n < text.size() && IsDigit(text[n])) ++n;
  }
  if (!any) return std::nullopt;
  text.remove_prefix(n);
  n = 0;
  while (n < text.size() && text[n] != '.' && !IsDigit(text[n])) ++n;
  for (const Unit& unit : kUnits) {
    if (text.substr(0, n) != unit.name) continue;
    text.remove_prefix(n);
    return value * static_cast<double>(unit.nanoseconds) / scale;
  }
  return std::nullopt;
}

/// A field in quotes from `at`; on success `at` is behind the closing quote.
bool TakeQuoted(std::string_view text, size_t& at, std::string& out) {
  for (++at; at < text.size(); ++at) {
    if (text[at] != '"') {
      out += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      out += text[at++];
    } else {
      ++at;
      return at == text.size() || text[at] == ',' || text[at] == '\n' ||
             (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] == '\n'));
    }
  }
  return false;
}

}  // namespace

std::optional<bool> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseInt(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t before = text.size();
  const int base = TakeBase(text);
  const auto value = ReadDigits(text, base, text.size() < before);
  if (!value) return std::nullopt;
  const uint64_t most = static_cast<uint64_t>(kMaxInt) + (negative ? 1 : 0);
  if (*value > most) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - *value : *value);
}

std::optional<double> ParseFloat(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    const auto part = TakeDurationPart(text);
    if (!part) return std::nullopt;
    sum += *part;
  }
  if (!(sum < 9223372036854774784.0)) return std::nullopt;
  const auto whole = static_cast<int64_t>(sum);
  return negative ? -whole : whole;
}

std::string FormatDuration(int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  const bool negative = nanoseconds < 0;
  const uint64_t value =
      negative ? 0 - static_cast<uint64_t>(nanoseconds) : static_cast<uint64_t>(nanoseconds);
  const std::string sign = negative ? "-" : "";
  const auto decimal = [](uint64_t whole, uint64_t rest, int digits) {
    std::string text = fmt::format("{}.{:0{}}", whole, rest, digits);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
  };
  if (value < 1000) return fmt::format("{}{}ns", sign, value);
  if (value < 1000000) return sign + decimal(value / 1000, value % 1000, 3) + "\xC2\xB5s";
  if (value < 1000000000) return sign + decimal(value / 1000000, value % 1000000, 6) + "ms";
  const uint64_t seconds = value / 1000000000;
  const std::string tail = decimal(seconds % 60, value % 1000000000, 9) + "s";
  if (seconds < 60) return sign + tail;
  if (seconds < 3600) return fmt::format("{}{}m{}", sign, seconds / 60, tail);
  return fmt::format("{}{}h{}m{}", sign, seconds / 3600, seconds / 60 % 60, tail);
}

bool IsQuantity(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  size_t n = 0;
  size_t digits = 0;
  for (bool dot = false; n < text.size() && (IsDigit(text[n]) || (text[n] == '.' && !dot)); ++n) {
    if (text[n] == '.')
      dot = true;
    else
      ++digits;
  }
  if (digits == 0) return false;
  const std::string_view suffix = text.substr(n);
  for (const std::string_view known :
       {"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}) {
    if (suffix == known) return true;
  }
  return suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E') &&
         ParseInt(suffix.substr(1)).has_value();
}

std::optional<std::vector<Part>> SplitCsv(std::string_view text) {
  std::vector<Part> parts;
  if (text.empty()) return parts;
  size_t at = 0;
  while (at < text.size() &&
         (text[at] == '\n' || (text[at] == '\r' && text.substr(at, 2) == "\r\n")))
    ++at;
  if (at == text.size()) return std::nullopt;  // only empty lines: encoding/csv finds no record
  for (;; ++at) {
    Part part;
    part.begin = at;
    if (at < text.size() && text[at] == '"') {
      if (!TakeQuoted(text, at, part.text)) return std::nullopt;
    } else {
      while (at < text.size() && text[at] != ',' && text[at] != '\n') {
        if (text[at] == '"') return std::nullopt;
        part.text += text[at++];
      }
      const bool line_end = at == text.size() || text[at] == '\n';
      if (line_end && part.text.ends_with('\r')) part.text.pop_back();
    }
    part.end = at;
    parts.push_back(std::move(part));
    if (at >= text.size() || text[at] != ',') return parts;
  }
}

std::vector<Part> SplitAt(std::string_view text, char separator) {
  std::vector<Part> parts;
  if (text.empty()) return parts;
  for (size_t begin = 0;;) {
    const size_t found = text.find(separator, begin);
    const size_t end = found == std::string_view::npos ? text.size() : found;
    parts.push_back({std::string(text.substr(begin, end - begin)), begin, end});
    if (found == std::string_view::npos) return parts;
    begin = found + 1;
  }
}

Part Trimmed(const Part& part) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = part.text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {"", part.begin, part.end};
  const size_t last = part.text.find_last_not_of(kSpace);
  return {part.text.substr(first, last - first + 1), part.begin + first, part.begin + last + 1};
}

}  // namespace seawall::cluster
