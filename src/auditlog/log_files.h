// Log files as a stream of blocks of whole lines: plain, gzip and zstd, told by their first bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace seawall::auditlog {

struct Block {
  size_t file = 0;      ///< number among the files
  uint64_t offset = 0;  ///< of its first byte, decompressed
  std::string bytes;    ///< whole lines; the last one of a file may have no end
};

/// A part of a file that could not be read: a line that is too long, a compressed file that ends
/// too early or is damaged.
struct Gap {
  size_t file = 0;
  uint64_t offset = 0;
  std::string why;
};

/// `-`, files, and folders with what lies in them, in the order of names. Errors: of a name that is
/// not there.
Result<std::vector<std::string>> ListLogs(const std::vector<std::string>& names);

inline constexpr size_t kLongestLine = 16u << 20;

/// Reads files one after the other. `take` gets blocks, `miss` gaps; memory is bounded by the
/// longest line. Errors: kIo when a file cannot be opened or read.
Result<void> ReadLogs(const std::vector<std::string>& files, const std::function<void(Block)>& take,
                      const std::function<void(Gap)>& miss);

}  // namespace seawall::auditlog
