// A small writer of JSON for the files of this room. Text that is not UTF-8 does not come here.
#pragma once

#include <rapidjson/prettywriter.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json_buffer.h"

namespace seawall::harden {

class JsonOut {
 public:
  JsonOut() { writer_.SetIndent(' ', 1); }

  JsonOut& Key(std::string_view key) {
    writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    return *this;
  }
  void Text(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void Field(std::string_view key, std::string_view value) { Key(key).Text(value); }
  void Field(std::string_view key, const char* value) { Key(key).Text(value); }
  void Field(std::string_view key, const std::string& value) { Key(key).Text(value); }
  void Field(std::string_view key, bool value) { Key(key).writer_.Bool(value); }
  void Field(std::string_view key, uint64_t value) { Key(key).writer_.Uint64(value); }
  void Field(std::string_view key, const std::vector<std::string>& values) {
    Key(key).OpenArray();
    for (const std::string& value : values) Text(value);
    CloseArray();
  }
  void Null() { writer_.Null(); }
  void Bool(bool value) { writer_.Bool(value); }
  void Int(int64_t value) { writer_.Int64(value); }
  void OpenObject() { writer_.StartObject(); }
  void CloseObject() { writer_.EndObject(); }
  void OpenArray() { writer_.StartArray(); }
  void CloseArray() { writer_.EndArray(); }

  std::string Take() { return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n"; }

 private:
  JsonBuffer buffer_;
  rapidjson::PrettyWriter<JsonBuffer> writer_{buffer_};
};

}  // namespace seawall::harden
