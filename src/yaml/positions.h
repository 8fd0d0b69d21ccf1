// From byte offsets to lines and characters and back, in constant time and with little memory: one
// mark for every block of the text, so that a file of sixteen million line feeds costs no more than
// any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace seawall::yaml {

/// 1-based; columns count characters. A byte order mark at the beginning of the text is no column.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// Marks of one text of valid UTF-8, which every call is given again (a Stream moves its bytes).
/// Immutable.
class Positions {
 public:
  Positions() = default;
  explicit Positions(std::string_view text);

  LineColumn Locate(std::string_view text, size_t offset) const;
  /// Byte offset of the character with this number (0-based); text.size() when there are fewer.
  size_t ByteOf(std::string_view text, size_t character) const;
  bool ascii() const { return ascii_; }

 private:
  struct Mark {               ///< about the first byte of a block
    uint32_t line = 0;        ///< line feeds before it
    uint32_t line_begin = 0;  ///< offset at which its line begins
    uint32_t characters = 0;  ///< characters before it
  };
  size_t CharactersBefore(std::string_view text, size_t offset) const;

  std::vector<Mark> marks_;
  bool ascii_ = true;
};

}  // namespace seawall::yaml
