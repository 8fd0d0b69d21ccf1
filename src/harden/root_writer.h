// RootWriter: the only place of seawall that changes files of a node. Everything happens below one
// root, whatever links lie there. A file is replaced whole or not at all: a temporary file beside
// it (its name begins with a dot, so that the kubelet does not read it), the same mode, owner,
// extended attributes, fsync, a last look at the old one, rename, fsync of the folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "harden/change.h"

namespace seawall::harden {

/// What lies at a path, as far as changes are concerned.
struct Seen {
  FileState state;  ///< sha256 is filled for regular files when it was asked for
  bool folder = false;
  bool regular = false;
  std::string bytes;  ///< of a regular file, when they were asked for
  uint64_t size = 0;
  uint64_t links = 0;
  int64_t modified_ns = 0;
};

/// Whether the bytes are read: those of private keys, whose mode alone changes, stay where they
/// are.
enum class LookAt : uint8_t { kStat, kBytes };

class RootWriter {
 public:
  /// `root` is a folder of this machine. Errors: kNotFound, kPermission, kIo.
  static Result<RootWriter> Open(const std::string& root);

  /// Nothing there is no error: `state.exists` is false. The last name is not followed when it is a
  /// link (kEscapes).
  Result<Seen> Look(const std::string& path, LookAt how) const;

  /// Why the change could not be made, found out without making it: a read-only or full file
  /// system, an immutable file, a hard link, a mount, rights that are missing.
  Result<void> CheckFree(const std::string& path, uint64_t bytes) const;

  /// Puts `bytes` in the place of what is there. `expected` is looked for once more right before
  /// the rename; something else there is kMalformed ("changed meanwhile"). `temporary` is the name
  /// of the temporary file, which begins with a dot. `modified_ns`: the file's time; -1: now.
  struct Replacement {
    std::string bytes;
    uint32_t mode = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    int64_t modified_ns = -1;
  };
  Result<void> Replace(const std::string& path, const FileState& expected, const Replacement& fresh,
                       const std::string& temporary) const;
  Result<void> SetStat(const std::string& path, const FileState& expected, uint32_t mode,
                       uint32_t uid, uint32_t gid) const;
  Result<void> MakeFolder(const std::string& path, uint32_t mode, uint32_t uid, uint32_t gid) const;
  /// Nothing there is no error. A folder that is not empty stays: kNotRegular.
  Result<void> Remove(const std::string& path, bool folder) const;
  /// Brings what lies there, its name or that nothing lies there to the disk: whoever made it so
  /// may have been killed before. A folder on the way that is not there is no error.
  Result<void> Settle(const std::string& path) const;
  /// Names in the folder that begin with `prefix`.
  Result<std::vector<std::string>> Names(const std::string& folder,
                                         const std::string& prefix) const;
  /// Appends to a file that is made with mode 0600 when it is not there; on the disk when it
  /// returns.
  Result<void> Append(const std::string& path, const std::string& line) const;
  /// A new file that is filled piece by piece, under a name that begins with a dot until it is
  /// whole; without its name it goes. What lay there before is replaced.
  class Filling {
   public:
    Filling(Descriptor folder, Descriptor file, std::string path);
    Filling(Filling&&) = default;
    ~Filling();
    Result<void> Add(std::string_view bytes) const;
    Result<void> Sync() const;
    /// Gives it its name; on the disk when it returns.
    Result<void> Name();
    int fd() const { return file_.get(); }

   private:
    Descriptor folder_, file_;
    std::string path_;
  };
  /// Mode 0600, and ours.
  Result<Filling> BeginFile(const std::string& path) const;
  /// Bytes that may still be written to the folder's file system.
  Result<uint64_t> Free(const std::string& folder) const;
  /// A descriptor for a lock; the file is made when it is not there.
  Result<Descriptor> OpenLock(const std::string& path) const;

 private:
  explicit RootWriter(Descriptor root) : root_(std::move(root)) {}
  Descriptor Walk(const std::string& path, bool follow_last) const;
  Result<Descriptor> OpenFolder(const std::string& path) const;
  Result<Descriptor> OpenFile(const std::string& path) const;

  Descriptor root_;
};

}  // namespace seawall::harden
