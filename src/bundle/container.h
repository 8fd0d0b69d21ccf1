// The file around a bundle's archive: one zstd frame, and behind it a frame that zstd skips, with
// the SHA-256 of all bytes before the digest. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace seawall::bundle {

/// Bytes of the archive at the most: a node's has one or two million.
inline constexpr size_t kLargestArchive = 64u << 20;
/// Bytes of the whole file at the most.
inline constexpr size_t kLargestFile = kLargestArchive + (1u << 20);

Result<std::string> Pack(std::string_view archive);

/// The archive. kMalformed when the file is no bundle, damaged or not whole, kTooLarge when it
/// unpacks to more than kLargestArchive. Nothing is unpacked before the digest is found right.
Result<std::string> Unpack(std::string_view file);

/// The first bytes of the archive, as far as they stand at the beginning of the file: for a name,
/// nothing is checked.
std::string UnpackBeginning(std::string_view beginning, size_t bytes);

}  // namespace seawall::bundle
