#include "report/json_writer.h"

#include "base/text.h"
#include "report/record.h"
#include "report/redact.h"

namespace seawall::report {
void Text(JsonWriter& out, std::string_view value) {
  if (IsHarmless(value) && FindInvalidUtf8(value) == std::string::npos) {
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    return;
  }
  const std::string safe = Safe(std::string(value));
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
void OwnString(JsonWriter& out, std::string_view value) {
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void OwnField(JsonWriter& out, const char* key, std::string_view value) {
  out.Key(key);
  OwnString(out, value);
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
