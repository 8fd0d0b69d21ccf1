// A small piece of JSON as a tree: one finding, one node. Whole reports are read as a stream of
// such pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seawall::report {

struct JsonValue {
  enum class Type : uint8_t { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };
  Type type = Type::kNull;
  bool boolean = false;
  int64_t integer = 0;
  // GCC asks for the initializers where a value is made of some of its members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string text{};
  std::vector<JsonValue> items{};
  std::vector<std::pair<std::string, JsonValue>> members{};  ///< in the order of the file
  // NOLINTEND(readability-redundant-member-init)

  /// nullptr when there is no such member.
  const JsonValue* Find(std::string_view key) const;
};

/// Builds a tree from the events of a parser. Every function returns false when the piece is deeper
/// or larger than anything that seawall writes; `why` then says so.
class JsonBuilder {
 public:
  static constexpr size_t kDepth = 16;
  static constexpr size_t kBytes = 64u << 20;  ///< of one piece: a node may have read many files

  bool Add(JsonValue value);
  bool Key(std::string_view key);
  bool Open(JsonValue::Type type);
  bool Close();
  bool done() const { return open_.empty() && any_; }
  JsonValue Take();
  const char* why() const { return why_; }

 private:
  bool Count(size_t bytes);
  std::vector<JsonValue> open_;
  std::vector<std::string> keys_;  ///< of the members that are being built
  JsonValue root_;
  bool any_ = false;
  size_t bytes_ = 0;
  const char* why_ = "";
};

}  // namespace seawall::report
