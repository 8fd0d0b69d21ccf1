// What may lie on a disk after the power went: the calls of a program as strace tells them, put
// into a model of a file system that keeps what was synced, and of the rest any part in any order.
// A file's bytes are kept by fsync of the file, its name by fsync of the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace seawall::test {

struct DiskEntry {
  bool folder = false;
  unsigned mode = 0;
  std::string bytes;
  bool operator==(const DiskEntry&) const = default;
};
/// By path below the root.
using Disk = std::map<std::string, DiskEntry>;

Disk ReadDisk(const std::string& root);
/// Makes the folder hold this and nothing else.
void WriteDisk(const Disk& disk, const std::string& root);

struct DiskCall {
  enum class Kind : uint8_t {
    kCreate,
    kFolder,
    kWrite,
    kEmpty,
    kMode,
    kRename,
    kRemove,
    kSync,
    kSaid
  };
  Kind kind = Kind::kSaid;
  std::string path;   ///< below the root
  std::string to;     ///< kRename
  std::string bytes;  ///< kWrite, kSaid (on standard output)
  unsigned mode = 0;  ///< kCreate, kFolder, kMode
};

/// Options of strace for what ReadDiskCalls reads.
inline constexpr const char* kTraced =
    "openat,write,renameat,renameat2,unlinkat,mkdirat,fsync,fdatasync,fchmod,ftruncate";
/// The calls that succeeded and change what lies below the root.
std::vector<DiskCall> ReadDiskCalls(const std::string& trace, const std::string& root);

struct DiskState {
  Disk disk;
  std::string said;  ///< what the program had told by then
  std::string how;   ///< for people: which call was the last, what was kept
};

/// Every state after each prefix of `calls` from `from` on: nothing kept that was not synced, all
/// of it, all but one, one alone, one of them torn, and some of it by chance. No state twice.
std::vector<DiskState> StatesAfterPowerLoss(const Disk& before, const std::vector<DiskCall>& calls,
                                            size_t from);

}  // namespace seawall::test
