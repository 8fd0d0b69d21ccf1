// Where a value stands: the file, the line and column that people see, and the bytes that a splice
// would replace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace seawall {

/// Bytes [begin, end) of an untouched file.
struct Span {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const Span&) const = default;
};

/// `line` and `column` are 1-based, the column counts characters (Unicode code points), not bytes;
/// 0 = the whole file.
struct Place {
  std::string file;  ///< path within the node's tree; empty when the value stands in no file
  uint32_t line = 0;
  uint32_t column = 0;
  Span bytes;
  bool operator==(const Place&) const = default;
};

}  // namespace seawall
