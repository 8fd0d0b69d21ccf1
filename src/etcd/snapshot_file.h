// A snapshot of etcd as it lies on the disk, read back: its own SHA-256 behind the database, the
// database's two meta pages, and the revision of the last change that it holds.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace seawall::etcd {

struct SnapshotFacts {
  uint64_t bytes = 0;    ///< of the file, the digest among them
  std::string sha256;    ///< of the whole file, hexadecimal
  int64_t revision = 0;  ///< of the last change
};

/// `fd` is open for reading; `name` is for messages. kMalformed with what is wrong.
Result<SnapshotFacts> ReadSnapshotBack(int fd, const std::string& name);

}  // namespace seawall::etcd
