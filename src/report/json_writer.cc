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

/// Nothing in it that JSON escapes; eight characters at a time.
static bool IsPlain(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighBits = 0x8080808080808080;
  const auto has_zero = [](uint64_t x) { return (x - kOnes) & ~x & kHighBits; };
  size_t at = 0;
  for (uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const uint64_t control = (eight - kOnes * 0x20) & ~eight & kHighBits;
    if ((control | has_zero(eight ^ (kOnes * '"')) | has_zero(eight ^ (kOnes * '\\'))) != 0)
      return false;
  }
  for (; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) < 0x20 || text[at] == '"' || text[at] == '\\')
      return false;
  }
  return true;
}

void JsonText::Quote(std::string_view text) {
  if (!IsPlain(text)) {
    writer_.Reset(buffer_);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return;
  }
  char* begin = buffer_.Push(text.size() + 2);
  *begin = '"';
  if (!text.empty()) std::memcpy(begin + 1, text.data(), text.size());
  begin[text.size() + 1] = '"';
}

}  // namespace seawall::report
