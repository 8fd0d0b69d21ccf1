#include "yaml/resolve.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace seawall::yaml {
namespace {

constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 4> kNull = {"~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 12> kSpecialFloat = {".nan",  ".NaN",  ".NAN",  ".inf",
                                                            ".Inf",  ".INF",  "+.inf", "+.Inf",
                                                            "+.INF", "-.inf", "-.Inf", "-.INF"};
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <size_t N>
bool Among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// An integer as strconv.ParseInt(text, 0, 64) and, beyond its range, ParseUint and big.Int read
/// it.
struct Integer {
  bool is = false;                 ///< it fits into 64 bits, with or without sign
  bool huge = false;               ///< it is one without a sign that does not
  std::optional<int64_t> value{};  ///< when it fits
};

Integer ReadInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  const bool sign = negative || text.starts_with('+');
  std::string_view digits = sign ? text.substr(1) : text;
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = static_cast<char>(digits[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    digits.remove_prefix(kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1);
  }
  if (digits.empty() || digits[0] == '-') return {};
  uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (end != digits.data() + digits.size() || error != std::errc()) return {};
  constexpr auto kMost = static_cast<uint64_t>(INT64_MAX);
  if (magnitude > kMost + (negative ? 1 : 0)) return {.is = !sign};
  return {.is = true, .value = static_cast<int64_t>(negative ? 0 - magnitude : magnitude)};
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool HasFloatForm(std::string_view text) {
  const auto digits = [&text] {
    size_t count = 0;
    while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1), ++count;
    return count;
  };
  const auto sign = [&text] {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  };
  sign();
  const size_t whole = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    sign();
    if (digits() == 0) return false;
  }
  return text.empty();
}

bool IsFloat(std::string_view text) {
  if (!HasFloatForm(text)) return false;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc::result_out_of_range) return true;
  // Too small is a zero in Go, too large is an error and leaves a string.
  const size_t exponent = text.find_first_of("eE");
  const bool tiny =
      exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
  return tiny;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

bool BeginsNumber(std::string_view text) {
  return !text.empty() && (IsDigit(text[0]) || text[0] == '-' || text[0] == '+');
}

}  // namespace

std::optional<bool> ResolveBool(std::string_view plain) {
  if (plain.empty() || plain.size() > 5 || std::strchr("yYnNtTfFoO", plain[0]) == nullptr)
    return {};
  if (Among(kTrue, plain)) return true;
  if (Among(kFalse, plain)) return false;
  return std::nullopt;
}

std::optional<int64_t> ResolveInt(std::string_view plain) {
  if (!BeginsNumber(plain)) return std::nullopt;
  if (plain.find('_') == std::string_view::npos) return ReadInteger(plain).value;
  return ReadInteger(WithoutUnderscores(plain)).value;
}

ScalarType Resolve(std::string_view plain) {
  if (plain.empty() || Among(kNull, plain)) return ScalarType::kNull;
  if (ResolveBool(plain)) return ScalarType::kBool;
  if (plain[0] != '.' && !BeginsNumber(plain)) return ScalarType::kString;
  if (Among(kSpecialFloat, plain)) return ScalarType::kFloat;
  const std::string number = WithoutUnderscores(plain);
  if (plain[0] != '.' && ReadInteger(number).is) return ScalarType::kInt;
  return IsFloat(number) ? ScalarType::kFloat : ScalarType::kString;
}

ScalarType TypeOf(const Node& node) {
  if (node.kind != Kind::kScalar) return ScalarType::kString;
  if (node.tag.empty()) return node.implicit ? Resolve(node.value) : ScalarType::kString;
  if (!node.tag.starts_with(kTagPrefix)) return ScalarType::kString;
  const std::string_view tag = std::string_view(node.tag).substr(kTagPrefix.size());
  const ScalarType type = Resolve(node.value);
  // A tag that the text does not bear is an error in Kubernetes; a string is what no typed field
  // takes either.
  if (tag == "null") return type == ScalarType::kNull ? type : ScalarType::kString;
  if (tag == "bool") return type == ScalarType::kBool ? type : ScalarType::kString;
  if (tag == "int") return type == ScalarType::kInt ? type : ScalarType::kString;
  const bool number = type == ScalarType::kInt || type == ScalarType::kFloat;
  return tag == "float" && number ? ScalarType::kFloat : ScalarType::kString;
}

std::string KeyTextOf(const Node& node) {
  switch (TypeOf(node)) {
    case ScalarType::kBool:
      return *ResolveBool(node.value) ? "true" : "false";
    case ScalarType::kInt:
      if (const auto value = ResolveInt(node.value)) return std::to_string(*value);
      return node.value;
    default:
      return node.value;
  }
}

bool IsKey(const Node& node, std::string_view key) {
  if (node.kind != Kind::kScalar) return false;
  if (!node.implicit && node.tag.empty()) return node.value == key;
  const ScalarType type = TypeOf(node);
  if (type != ScalarType::kBool && type != ScalarType::kInt) return node.value == key;
  return KeyTextOf(node) == key;
}

bool IsMergeKey(const Node& node) {
  return node.kind == Kind::kScalar && node.value == "<<" &&
         ((node.implicit && node.tag.empty()) || node.tag == "tag:yaml.org,2002:merge");
}

}  // namespace seawall::yaml
