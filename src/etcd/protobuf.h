// Protocol buffers' wire format, as much of it as etcd's messages need. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::etcd {

/// Fields of a message, one after the other.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : rest_(message) {}
  /// False at the end, and where what follows is no field.
  bool Next();
  bool broken() const { return broken_; }

  uint32_t field() const { return field_; }
  uint64_t number() const { return number_; }        ///< of a varint; 0 otherwise
  std::string_view bytes() const { return bytes_; }  ///< of a text or message; "" otherwise

 private:
  bool Varint(uint64_t& value);
  bool Break();

  std::string_view rest_;
  uint32_t field_ = 0;
  uint64_t number_ = 0;
  std::string_view bytes_;
  bool broken_ = false;
};

/// Fields of a message that is sent.
class FieldWriter {
 public:
  FieldWriter& Number(uint32_t field, uint64_t value);
  FieldWriter& Bytes(uint32_t field, std::string_view bytes);
  const std::string& text() const { return text_; }

 private:
  void Varint(uint64_t value);
  std::string text_;
};

}  // namespace seawall::etcd
