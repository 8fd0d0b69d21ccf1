// The archive inside of a bundle: POSIX ustar, regular files only. Private to this room.
//
// A reader of ours and no library's: what a library is good for (links, sparse files, pax and GNU
// headers, long names, guessing) is what a bundle must not have, and the rest is this much.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::bundle {

struct TarEntry {
  std::string name;
  std::string_view content;  ///< points into what was read
};

/// Appends one file; names have at most 99 bytes.
void AppendTarEntry(std::string& tar, std::string_view name, std::string_view content);
/// Appends what ends an archive.
void EndTar(std::string& tar);

/// Every entry in order; `tar` outlives them. kMalformed with "byte N" for anything that
/// AppendTarEntry does not write, kLimit for more than 100,000 entries.
Result<std::vector<TarEntry>> ReadTar(std::string_view tar);

}  // namespace seawall::bundle
