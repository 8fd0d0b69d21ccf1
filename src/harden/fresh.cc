#include "harden/fresh.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::harden {
namespace {

bool IsPlainByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return false;  // not wrong, but nobody needs to think about it
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./=:@%+,~;()^$\\").find(c) != std::string_view::npos;
}

/// Whether the text means itself without quotes, wherever it stands. Stricter than YAML is.
bool IsPlainSafe(std::string_view text, Around around) {
  if (text.empty() || around == Around::kJson) return false;
  if (yaml::Resolve(text) != yaml::ScalarType::kString) return false;
  for (const char c : text) {
    if (!IsPlainByte(c)) return false;
    if (around == Around::kFlow && c == ',') return false;
  }
  const std::string_view never_first = ":,%@=~";
  if (never_first.find(text.front()) != std::string_view::npos || text.back() == ':') return false;
  if (text.front() == '-' && (text.size() == 1 || text == "---")) return false;
  // YAML 1.1 has more kinds of plain scalars than this program needs to know: dates among them.
  const bool digit = text.front() >= '0' && text.front() <= '9';
  return !digit || text.find_first_of("-:") == std::string_view::npos ||
         text.find('.') != std::string_view::npos;
}

std::string DoubleQuoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string SingleQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

bool HasControls(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
  }
  return false;
}

bool IsScalar(const Fresh& value) {
  return value.kind == Fresh::Kind::kText || value.kind == Fresh::Kind::kLiteral;
}

bool IsEmpty(const Fresh& value) { return value.items.empty() && value.pairs.empty(); }

std::string KeyText(std::string_view key, Around around) {
  return ScalarText(Fresh::Text(std::string(key)), around, Quotes::kAsNeeded);
}

}  // namespace

Quotes QuotesOf(yaml::Style style) {
  switch (style) {
    case yaml::Style::kSingleQuoted:
      return Quotes::kSingle;
    case yaml::Style::kDoubleQuoted:
      return Quotes::kDouble;
    default:
      return Quotes::kAsNeeded;
  }
}

std::string ScalarText(const Fresh& scalar, Around around, Quotes quotes) {
  if (scalar.kind == Fresh::Kind::kLiteral) return scalar.text;
  if (around == Around::kJson || quotes == Quotes::kDouble) return DoubleQuoted(scalar.text);
  if (quotes == Quotes::kSingle && !HasControls(scalar.text)) return SingleQuoted(scalar.text);
  if (IsPlainSafe(scalar.text, around)) return scalar.text;
  return DoubleQuoted(scalar.text);
}

std::string FlowText(const Fresh& value, Around around, Quotes quotes) {
  if (IsScalar(value)) return ScalarText(value, around, quotes);
  std::vector<std::string> parts;
  for (const Fresh& item : value.items) parts.push_back(FlowText(item, around, quotes));
  for (const auto& [key, below] : value.pairs) {
    parts.push_back(KeyText(key, around) + ": " + FlowText(below, around, quotes));
  }
  const bool list = value.kind == Fresh::Kind::kList;
  return (list ? "[" : "{") + Join(parts, ", ") + (list ? "]" : "}");
}

std::string BlockPairText(std::string_view key, const Fresh& value, size_t indent, Quotes quotes,
                          std::string_view line_end) {
  std::string out = std::string(indent, ' ') + KeyText(key, Around::kBlock) + ":";
  if (IsScalar(value)) {
    return out.append(" ").append(ScalarText(value, Around::kBlock, quotes)).append(line_end);
  }
  if (IsEmpty(value)) {
    return out.append(" ").append(FlowText(value, Around::kFlow, quotes)).append(line_end);
  }
  out.append(line_end);
  const size_t below = value.kind == Fresh::Kind::kList ? indent : indent + 2;
  return out + BlockText(value, below, quotes, line_end);
}

std::string BlockItemText(const Fresh& value, size_t indent, Quotes quotes,
                          std::string_view line_end) {
  if (IsScalar(value) || IsEmpty(value)) {
    const std::string text = IsScalar(value) ? ScalarText(value, Around::kBlock, quotes)
                                             : FlowText(value, Around::kFlow, quotes);
    return std::string(indent, ' ') + "- " + text + std::string(line_end);
  }
  // The first line's indent becomes the dash.
  std::string lines = BlockText(value, indent + 2, quotes, line_end);
  lines[indent] = '-';
  return lines;
}

std::string BlockText(const Fresh& value, size_t indent, Quotes quotes, std::string_view line_end) {
  std::string out;
  for (const Fresh& item : value.items) out += BlockItemText(item, indent, quotes, line_end);
  for (const auto& [key, below] : value.pairs) {
    out += BlockPairText(key, below, indent, quotes, line_end);
  }
  return out;
}

}  // namespace seawall::harden
