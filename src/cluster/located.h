// Text that remembers which byte of its file each of its bytes came from, through quotes, escapes,
// continued lines and expanded variables: what units, environment files and shell lines are decoded
// into.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "cluster/command_line.h"

namespace seawall::cluster {

/// A file's bytes with its line starts, for places.
class TextFile {
 public:
  TextFile(std::string path, std::string bytes);
  const std::string& path() const { return path_; }
  const std::string& bytes() const { return bytes_; }
  /// Place of the bytes [begin, end); the column counts characters.
  Place At(size_t begin, size_t end) const;

 private:
  /// Characters before a byte.
  size_t Characters(size_t at) const;

  struct Mark {
    size_t offset = 0, characters = 0;
  };
  std::string path_;
  std::string bytes_;
  std::vector<size_t> lines_;
  std::vector<Mark> marks_;  ///< every few thousand bytes: a line may be as long as a file
};

struct Located {
  std::string text;
  std::vector<uint32_t> raw;  ///< file offset of each byte of `text`

  void Add(char c, size_t offset) {
    text += c;
    raw.push_back(static_cast<uint32_t>(offset));
  }
  void Add(const Located& other, size_t from, size_t to) {
    text.append(other.text, from, to - from);
    raw.insert(raw.end(), other.raw.begin() + static_cast<std::ptrdiff_t>(from),
               other.raw.begin() + static_cast<std::ptrdiff_t>(to));
  }
  Located Part(size_t from, size_t to) const {
    Located part;
    part.Add(*this, from, to);
    return part;
  }
};

/// Finds line and column of the bytes [begin, end) of a file that a reader holds.
using Locate = std::function<Place(const std::string& file, size_t begin, size_t end)>;

/// File offset of byte `at` of an argument's text (of its end, too).
size_t OffsetIn(const Argument& argument, size_t at);

/// An argument whose text stands at `text.raw`; `begin` is its place when it is empty. `raw` is
/// kept only where the bytes do not follow one another.
Argument ToArgument(Located text, const std::string& file, size_t begin, const Locate& locate);

}  // namespace seawall::cluster
