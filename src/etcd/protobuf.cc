#include "etcd/protobuf.h"

namespace seawall::etcd {
namespace {

constexpr uint64_t kVarint = 0;
constexpr uint64_t kFixed64 = 1;
constexpr uint64_t kBytes = 2;
constexpr uint64_t kFixed32 = 5;

}  // namespace

bool FieldReader::Break() {
  broken_ = true;
  rest_ = {};
  return false;
}

bool FieldReader::Varint(uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool FieldReader::Next() {
  if (rest_.empty()) return false;
  uint64_t tag = 0;
  if (!Varint(tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX) return Break();
  field_ = static_cast<uint32_t>(tag >> 3);
  number_ = 0;
  bytes_ = {};
  uint64_t length = 0;
  switch (tag & 7) {
    case kVarint:
      return Varint(number_) || Break();
    case kBytes:
      if (!Varint(length)) return Break();
      break;
    case kFixed64:
      length = 8;
      break;
    case kFixed32:
      length = 4;
      break;
    default:
      return Break();
  }
  if (length > rest_.size()) return Break();
  if ((tag & 7) == kBytes) bytes_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

void FieldWriter::Varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_.push_back(static_cast<char>(value | 0x80));
  text_.push_back(static_cast<char>(value));
}

FieldWriter& FieldWriter::Number(uint32_t field, uint64_t value) {
  Varint(uint64_t{field} << 3 | kVarint);
  Varint(value);
  return *this;
}

FieldWriter& FieldWriter::Bytes(uint32_t field, std::string_view bytes) {
  Varint(uint64_t{field} << 3 | kBytes);
  Varint(bytes.size());
  text_.append(bytes);
  return *this;
}

}  // namespace seawall::etcd
