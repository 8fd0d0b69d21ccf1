// Changes: what hardening does to one file, exactly. A plan is made of them; the journal keeps what
// is needed to take each one back. Nothing here writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::harden {

/// A file as it was seen, so that "nobody has touched it since" can be asked.
struct FileState {
  bool exists = false;
  std::string sha256;  ///< of its bytes, hexadecimal; empty when it does not exist
  uint32_t mode = 0;   ///< permission bits (07777)
  uint32_t uid = 0;
  uint32_t gid = 0;

  bool operator==(const FileState&) const = default;
};

/// Bytes [offset, offset + length) of the untouched file become `replacement`.
struct Edit {
  uint64_t offset = 0;
  uint64_t length = 0;
  std::string replacement;
};

/// One file (or folder) from `before` to an after that is wholly decided here: edits of bytes that
/// are known by their digest, or a new file's content. A change of mode or owner alone has no
/// edits.
struct FileChange {
  std::string path;  ///< absolute within the root
  FileState before;
  std::vector<Edit> edits;  ///< ascending, not overlapping; only where before.exists
  std::string content;      ///< of a new file (before.exists is false)
  bool folder = false;      ///< a new folder, or a folder whose mode or owner changes
  uint32_t mode = 0;        ///< after
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// The bytes after the edits; kMalformed when an edit lies outside of `bytes`, or before the end of
/// the one before it.
Result<std::string> Splice(std::string_view bytes, const std::vector<Edit>& edits);

/// What the file is when the change has been made to `bytes` (ignored for a new file).
Result<FileState> After(const FileChange& change, std::string_view bytes);

}  // namespace seawall::harden
