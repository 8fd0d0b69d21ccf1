#include "report/json_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/record.h"

namespace seawall::report {

using Type = JsonValue::Type;

Fields::Fields(const JsonValue& value, std::string path, bool lenient, Complaint& complaint)
    : value_(value), path_(std::move(path)), lenient_(lenient), complaint_(complaint) {
  if (value.type != Type::kObject) complaint_.Say(fmt::format("{} is no object", path_));
}

Fields::~Fields() {
  if (lenient_ || !complaint_.empty()) return;
  for (const auto& [key, value] : value_.members) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end())
      complaint_.Say(fmt::format("there is no field {}", Path(PrintableShort(key, 60).c_str())));
  }
}

const JsonValue* Fields::Get(const char* key, Type type, const char* what, bool required) {
  asked_.emplace_back(key);
  const JsonValue* value = value_.Find(key);
  if (value == nullptr) {
    if (required) complaint_.Say(fmt::format("{} is missing", Path(key)));
    return nullptr;
  }
  if (value->type == type) return value;
  complaint_.Say(fmt::format("{} is no {}", Path(key), what));
  return nullptr;
}

std::string Fields::Text(const char* key) {
  const JsonValue* value = Get(key, Type::kString, "text", true);
  return value ? Safe(value->text) : "";
}

std::string Fields::TextOr(const char* key, const char* own) {
  const JsonValue* value = Get(key, Type::kString, "text", true);
  if (value == nullptr) return "";
  return value->text == own ? value->text : Safe(value->text);
}

std::optional<std::string> Fields::MaybeText(const char* key) {
  const JsonValue* value = Get(key, Type::kString, "text", false);
  return value ? std::optional(Safe(value->text)) : std::nullopt;
}

bool Fields::Bool(const char* key) {
  const JsonValue* value = Get(key, Type::kBool, "boolean", true);
  return value != nullptr && value->boolean;
}

uint64_t Fields::Number(const char* key, uint64_t most) {
  const JsonValue* value = Get(key, Type::kInteger, "whole number", true);
  if (value == nullptr) return 0;
  if (value->integer >= 0 && static_cast<uint64_t>(value->integer) <= most)
    return static_cast<uint64_t>(value->integer);
  complaint_.Say(fmt::format("{} is out of range", Path(key)));
  return 0;
}

std::vector<std::string> Fields::Texts(const char* key) {
  std::vector<std::string> texts;
  for (const JsonValue& item : Array(key)) {
    if (item.type != Type::kString) complaint_.Say(fmt::format("{} holds no text", Path(key)));
    texts.push_back(Safe(item.text));
  }
  return texts;
}

const JsonValue* Fields::Object(const char* key, bool required) {
  return Get(key, Type::kObject, "object", required);
}

const std::vector<JsonValue>& Fields::Array(const char* key, bool required) {
  static const std::vector<JsonValue> kNothing;
  const JsonValue* value = Get(key, Type::kArray, "list", required);
  return value ? value->items : kNothing;
}

const JsonValue* Fields::ObjectOrNull(const char* key) {
  const JsonValue* value = value_.Find(key);
  if (value != nullptr && value->type == Type::kNull) {
    asked_.emplace_back(key);
    return nullptr;
  }
  return Object(key);
}

size_t Fields::Word(const char* key, const std::vector<std::string_view>& words) {
  const JsonValue* value = Get(key, Type::kString, "text", true);
  if (value == nullptr) return 0;
  const auto found = std::find(words.begin(), words.end(), value->text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  complaint_.Say(fmt::format("{} is none of: {}", Path(key), Join(words, ", ")));
  return 0;
}

}  // namespace seawall::report
