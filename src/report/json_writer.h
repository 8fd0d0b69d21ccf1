// A thin layer over RapidJSON's streaming writer: one place where text becomes safe for a reader of
// JSON.
#pragma once

#include <rapidjson/writer.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/json_buffer.h"

namespace seawall::report {

using JsonWriter = rapidjson::Writer<JsonBuffer>;

/// A string value: secrets hidden, invalid UTF-8 replaced by U+FFFD.
void Text(JsonWriter& out, std::string_view value);
void Field(JsonWriter& out, const char* key, std::string_view value);
void Field(JsonWriter& out, const char* key, const char* value);
void Field(JsonWriter& out, const char* key, const std::string& value);
/// A text of our own (a rule's title, a link) or of a Record, which needs neither filter.
void OwnString(JsonWriter& out, std::string_view value);
void OwnField(JsonWriter& out, const char* key, std::string_view value);
void Field(JsonWriter& out, const char* key, int64_t value);
void Field(JsonWriter& out, const char* key, bool value);

/// A buffer with its writer.
class JsonText {
 public:
  JsonWriter& writer() { return writer_; }
  /// Appends JSON that was written before, as it is; a value may follow.
  void Append(std::string_view json) {
    std::memcpy(buffer_.Push(json.size()), json.data(), json.size());
    writer_.Reset(buffer_);
  }
  /// Appends `text` as a string, without the filters of Text().
  void Quote(std::string_view text);
  std::string Take() { return std::string(buffer_.GetString(), buffer_.GetSize()); }

 private:
  JsonBuffer buffer_;
  JsonWriter writer_{buffer_};
};

}  // namespace seawall::report
