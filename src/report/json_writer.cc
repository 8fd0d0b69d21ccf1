#include "report/json_writer.h"

#include "base/text.h"
#include "report/redact.h"

namespace seawall::report {
namespace {

std::string ReplaceInvalid(std::string text) {
  size_t bad = FindInvalidUtf8(text);
  if (bad == std::string::npos) return text;
  std::string out = text.substr(0, bad);
  for (size_t i = bad; i < text.size();) {
    Utf8 character = DecodeUtf8(text, i);
    out += character.valid ? std::string_view(text).substr(i, character.length) : "\xEF\xBF\xBD";
    i += character.length;
  }
  return out;
}

}  // namespace

void Text(JsonWriter& out, std::string_view value) {
  if (IsHarmless(value) && FindInvalidUtf8(value) == std::string::npos) {
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    return;
  }
  std::string safe = ReplaceInvalid(Redact(value));
  out.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
}
void Field(JsonWriter& out, const char* key, std::string_view value) {
  out.Key(key);
  Text(out, value);
}
void Field(JsonWriter& out, const char* key, const char* value) {
  Field(out, key, std::string_view(value));
}
void Field(JsonWriter& out, const char* key, const std::string& value) {
  Field(out, key, std::string_view(value));
}
void OwnField(JsonWriter& out, const char* key, std::string_view value) {
  out.Key(key);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void Field(JsonWriter& out, const char* key, int64_t value) {
  out.Key(key);
  out.Int64(value);
}
void Field(JsonWriter& out, const char* key, bool value) {
  out.Key(key);
  out.Bool(value);
}

}  // namespace seawall::report
