#include "cluster/value_text.h"

#include <algorithm>

#include "cluster/values.h"
#include "yaml/document.h"

namespace seawall::cluster {
namespace {

using versions::FlagType;

constexpr std::string_view kHidden = "[not shown]";

/// Settings whose values are, or may hold, a secret.
constexpr std::string_view kSecretSettings[] = {"manifest-url-header", "staticPodURLHeader",
                                                "initial-cluster-token"};
/// In the name of a flag that nobody knows, these words make its value one that is not shown.
constexpr std::string_view kSecretWords[] = {"password", "passwd",     "token", "secret",
                                             "key",      "credential", "auth"};

bool IsSecret(std::string_view name, bool known) {
  for (const std::string_view secret : kSecretSettings) {
    // "discovery-token", "discovery-config.client.auth.password" of etcd.
    if (name.ends_with("-token") || name.ends_with(".token") || name.ends_with("password"))
      return true;
    if (name == secret || (name.starts_with(secret) && name[secret.size()] == '.')) return true;
  }
  return !known && std::ranges::any_of(kSecretWords, [&](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

/// "[a,b]", "a,b" or "map[a:b]" as components print their defaults.
std::string_view WithoutBrackets(std::string_view text) {
  if (text.starts_with("map[")) text.remove_prefix(3);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text;
}

void FillItems(std::string_view list, Setting& setting) {
  for (const Part& part : SplitAt(list, ',')) setting.items.push_back({part.text, {}});
  setting.text = Joined(setting.items);
}

void FillScalar(std::string text, Setting& setting) {
  setting.text = std::move(text);
  setting.items.push_back({setting.text, {}});
}

/// A default of a list or map, which the tables hold as JSON.
void FillJson(const char* json, Setting& setting) {
  const auto stream = yaml::Parse("", json);
  if (!stream) return;
  const yaml::Value root = stream->root();
  for (const yaml::Value& item : root.Items()) setting.items.push_back({item.text(), {}});
  if (root.is_mapping()) {
    for (const auto& pair : root.Pairs())
      setting.items.push_back({pair.key.text() + "=" + pair.value.text(), {}});
  }
  setting.text = Joined(setting.items);
}

const char* ZeroOf(std::string_view type) {
  if (type == "bool") return "false";
  if (type == "int" || type == "float" || type == "quantity") return "0";
  return type == "duration" ? "0s" : "";
}

}  // namespace

std::optional<std::string> CanonicalValue(FlagType type, std::string_view text) {
  switch (type) {
    case FlagType::kBool:
      if (const auto value = ParseBool(text)) return *value ? "true" : "false";
      return std::nullopt;
    case FlagType::kInt:
      if (const auto value = ParseInt(text)) return std::to_string(*value);
      return std::nullopt;
    case FlagType::kDuration:
      if (const auto value = ParseDuration(text)) return FormatDuration(*value);
      return std::nullopt;
    case FlagType::kFloat:
      if (!ParseFloat(text)) return std::nullopt;
      break;
    default:
      break;
  }
  return std::string(text);
}

void FillDefault(const versions::FlagRow& row, Setting& setting) {
  const std::string_view text = row.default_text == nullptr ? "" : row.default_text;
  if (row.type == FlagType::kList || row.type == FlagType::kMap) {
    FillItems(WithoutBrackets(text), setting);
  } else {
    FillScalar(CanonicalValue(row.type, text).value_or(std::string(text)), setting);
  }
}

void FillDefault(const versions::FieldRow& row, Setting& setting) {
  const std::string_view type = row.type;
  if (type.starts_with("list<") || type.starts_with("map<")) {
    if (row.default_text != nullptr) FillJson(row.default_text, setting);
    return;
  }
  std::string text = row.default_text != nullptr ? row.default_text : ZeroOf(type);
  if (type == "duration") text = CanonicalValue(FlagType::kDuration, text).value_or(text);
  FillScalar(std::move(text), setting);
}

std::string Joined(const std::vector<Item>& items) {
  std::string text;
  for (const Item& item : items) {
    if (!text.empty()) text += ',';
    text += item.text;
  }
  return text;
}

std::string Redacted(std::string_view name, std::string text, bool known) {
  if (text.empty()) return text;
  if (IsSecret(name, known)) return std::string(kHidden);
  // "https://user:password@host": the one place where a known setting can hold a password.
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t begin = at + 3;
    const size_t end = text.find_first_of("/,? ", begin);
    const size_t sign = text.rfind('@', end == std::string::npos ? end : end - 1);
    if (sign != std::string::npos && sign >= begin) text.replace(begin, sign - begin, kHidden);
  }
  return text;
}

const char* Takes(FlagType type) {
  switch (type) {
    case FlagType::kBool:
      return "true or false";
    case FlagType::kInt:
      return "an integer";
    case FlagType::kFloat:
      return "a number";
    case FlagType::kDuration:
      return "a duration such as 1h30m";
    case FlagType::kList:
      return "a comma-separated list";
    case FlagType::kMap:
      return "key=value pairs";
    default:
      return "another value";
  }
}

}  // namespace seawall::cluster
