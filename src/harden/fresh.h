// Fresh: a value that is to be written into a YAML or JSON file, and the text that it becomes there
// in block style, in flow style, and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/document.h"

namespace seawall::harden {

struct Fresh {
  enum class Kind : uint8_t { kText, kLiteral, kList, kMap };
  Kind kind = Kind::kText;
  /// kText: a string, quoted where it would mean something else. kLiteral: true, 0: as it is.
  std::string text;
  std::vector<Fresh> items;
  std::vector<std::pair<std::string, Fresh>> pairs;

  static Fresh Text(std::string text) { return {Kind::kText, std::move(text), {}, {}}; }
  static Fresh Literal(std::string text) { return {Kind::kLiteral, std::move(text), {}, {}}; }
  static Fresh List(std::vector<Fresh> items) { return {Kind::kList, "", std::move(items), {}}; }
  static Fresh Map(std::vector<std::pair<std::string, Fresh>> pairs) {
    return {Kind::kMap, "", {}, std::move(pairs)};
  }
  bool operator==(const Fresh&) const = default;
};

/// How a scalar is quoted beside others of its kind.
enum class Quotes : uint8_t { kAsNeeded, kSingle, kDouble };
Quotes QuotesOf(yaml::Style style);

/// Where text is written to: what a plain scalar may hold differs.
enum class Around : uint8_t { kBlock, kFlow, kJson };

/// A scalar; in JSON every string has double quotes.
std::string ScalarText(const Fresh& scalar, Around around, Quotes quotes);

/// On one line: {a: b, c: [d]}.
std::string FlowText(const Fresh& value, Around around, Quotes quotes);

/// Lines of a block collection, each begun with `indent` spaces and ended with `line_end`. A list
/// below a key stands at the key's own indent, as kubeadm writes it.
std::string BlockText(const Fresh& value, size_t indent, Quotes quotes, std::string_view line_end);
/// What follows "key:" or "-" up to the line's end, and the lines below it.
std::string BlockPairText(std::string_view key, const Fresh& value, size_t indent, Quotes quotes,
                          std::string_view line_end);
std::string BlockItemText(const Fresh& value, size_t indent, Quotes quotes,
                          std::string_view line_end);

}  // namespace seawall::harden
