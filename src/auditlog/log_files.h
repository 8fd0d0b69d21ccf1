// Log files as a stream of blocks of whole lines: plain, gzip and zstd, told by their first bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auditlog/coverage.h"
#include "base/error.h"

namespace seawall::auditlog {

struct Block {
  size_t file = 0;      ///< number among the files
  uint64_t offset = 0;  ///< of its first byte, decompressed
  std::string bytes;    ///< whole lines; the last one of a file may have no end
  // For a review (Learner::From).
  size_t server = 0;
  const Coverage* before = nullptr;
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

/// How far a log was read, told by what stands in it: a file is renamed, copied and compressed.
struct LogMark {
  std::string head;     ///< digest of its first line, at most 4 KiB of it
  uint64_t offset = 0;  ///< of the first line that was not read, decompressed
  std::string tail;     ///< digest of the bytes before that, at most 4 KiB
  /// Where a packed file ended too early or was damaged, decompressed: nothing behind it was read.
  std::optional<uint64_t> broken = {};
};

/// What is known of a log that begins so; nullptr: nothing. `whole`: one that has less than was
/// read is another one.
struct KnownLog {
  const LogMark* mark = nullptr;
  bool whole = false;
};

/// Reads the whole lines of one file, from where it was left when `find` knows its head; whether it
/// does is then given to `begin` before the first block. A last line without an end is left for the
/// next time. A packed file that ends too early is a gap once, and not again for as long as it ends
/// there. What comes back is the new mark; no head: there is no whole line in it yet. Errors:
/// as ReadLogs; kMalformed when standard input does not go on as its mark says.
Result<LogMark> ReadLogFrom(const std::string& file, size_t number,
                            const std::function<KnownLog(const std::string& head)>& find,
                            const std::function<void(bool known)>& begin,
                            const std::function<void(Block)>& take,
                            const std::function<void(Gap)>& miss);

}  // namespace seawall::auditlog
