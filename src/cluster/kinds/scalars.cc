// Scalars out of mappings, and the small grammars that upstream's validation knows.
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLowerAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z'); }

}  // namespace

Placed<std::string> Text(const yaml::Value& parent, std::string_view key,
                         std::string_view otherwise) {
  const yaml::Value value = parent[key];
  if (!value.exists() || value.is_null() || !value.is_scalar()) {
    const yaml::Value& at = value.exists() ? value : parent;
    return {std::string(otherwise), at.exists() ? at.place() : Place{}, false};
  }
  return {value.text(), value.place(), true};
}

Placed<bool> Flag(const yaml::Value& parent, std::string_view key, bool otherwise) {
  const yaml::Value value = parent[key];
  const auto read = value.AsBool();
  const yaml::Value& at = value.exists() ? value : parent;
  return {read.value_or(otherwise), at.exists() ? at.place() : Place{}, read.has_value()};
}

Placed<int64_t> Number(const yaml::Value& parent, std::string_view key, int64_t otherwise) {
  const yaml::Value value = parent[key];
  const auto read = value.AsInt();
  const yaml::Value& at = value.exists() ? value : parent;
  return {read.value_or(otherwise), at.exists() ? at.place() : Place{}, read.has_value()};
}

std::vector<Placed<std::string>> Texts(const yaml::Value& parent, std::string_view key) {
  std::vector<Placed<std::string>> out;
  for (const yaml::Value& item : parent[key].Items()) {
    if (item.is_null()) {
      out.push_back({"", item.place(), true});
    } else if (item.is_scalar()) {
      out.push_back({item.text(), item.place(), true});
    }
  }
  return out;
}

std::string FieldPath(std::string_view prefix, std::string_view field) {
  return prefix.empty() ? std::string(field) : fmt::format("{}.{}", prefix, field);
}

std::string At(std::string_view list, size_t index) { return fmt::format("{}[{}]", list, index); }

bool IsDnsLabel(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!IsLowerAlnum(text.front()) || !IsLowerAlnum(text.back())) return false;
  for (const char c : text) {
    if (!IsLowerAlnum(c) && c != '-') return false;
  }
  return true;
}

bool IsDnsSubdomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    // Only the whole name's length is bounded upstream, not that of its parts.
    if (part.empty() || !IsLowerAlnum(part.front()) || !IsLowerAlnum(part.back())) return false;
    for (const char c : part) {
      if (!IsLowerAlnum(c) && c != '-') return false;
    }
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string Quote(std::string_view text) {
  static constexpr size_t kShown = 80;
  return text.empty() ? "\"\"" : PrintableShort(text, kShown);
}

}  // namespace seawall::cluster::kinds
