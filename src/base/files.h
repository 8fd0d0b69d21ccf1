// Files is the one way in which seawall reads files: a node's root folder, this machine, a test's
// tree in memory, later a bundle or a remote node. Parsers are given bytes and never open paths
// themselves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall {

/// What stat(2) says and a rule may ask about.
struct FileStat {
  enum class Type { kRegular, kFolder, kLink, kDevice, kFifo, kSocket, kOther };
  Type type = Type::kRegular;
  uint32_t mode = 0;  ///< permission bits only (07777)
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t size = 0;        ///< bytes
  int64_t modified_ns = 0;  ///< mtime, nanoseconds since the epoch
  uint64_t device = 0;
  uint64_t inode = 0;
};

struct FolderEntry {
  std::string name;  ///< last component only
  FileStat::Type type = FileStat::Type::kOther;
};

/// Reads of one tree. Paths are absolute within the tree ("/etc/kubernetes"). Links are followed as
/// a process that lives in the tree would follow them: an absolute link starts at the tree's root,
/// ".." does not leave it. Nothing but regular files is ever opened. Implementations are safe to
/// use from several threads at once.
class Files {
 public:
  /// Bytes that one Read returns at the most unless the caller says otherwise: no configuration is
  /// larger.
  static constexpr uint64_t kDefaultLimit = 16u << 20;
  /// Entries that one List returns at the most.
  static constexpr size_t kListLimit = 100000;

  virtual ~Files() = default;
  /// The whole content of a regular file; kTooLarge when it has more than `limit` bytes.
  virtual Result<std::string> Read(std::string_view path, uint64_t limit = kDefaultLimit) const = 0;
  /// At most `length` bytes from `offset`, for formats that are read in part (a Go binary's build
  /// information).
  virtual Result<std::string> ReadAt(std::string_view path, uint64_t offset,
                                     uint64_t length) const = 0;
  virtual Result<FileStat> Stat(std::string_view path) const = 0;  ///< follows links
  virtual Result<FileStat> LinkStat(
      std::string_view path) const = 0;  ///< does not follow the last link
  virtual Result<std::string> ReadLink(std::string_view path) const = 0;
  /// Entries of a folder, without "." and "..", sorted by name in byte order; kLimit when there are
  /// more than kListLimit, kNotFound when the path is not a folder.
  virtual Result<std::vector<FolderEntry>> List(std::string_view path) const = 0;
  /// Whether private keys in it were replaced by what can be said of them (x509::HideKeys): a
  /// bundle. Elsewhere such a block is a key that cannot be read.
  virtual bool KeysAreHidden() const { return false; }
};

/// The tree below `root` on this machine ("/" for the machine itself). Uses
/// openat2(RESOLVE_IN_ROOT) and, where a kernel or sandbox refuses that, walks the components
/// itself.
Result<std::unique_ptr<Files>> OpenRoot(const std::string& root);

/// A tree in memory, for tests and for `-f`: every entry is added by hand.
class MemoryFiles : public Files {
 public:
  void Add(std::string_view path, std::string content, uint32_t mode = 0600, uint32_t uid = 0,
           uint32_t gid = 0);
  void AddFolder(std::string_view path, uint32_t mode = 0755, uint32_t uid = 0, uint32_t gid = 0);
  void AddLink(std::string_view path, std::string target);
  /// From now on every access to `path`, and to whatever lies below it, fails with `code`
  /// (permission denied …).
  void Break(std::string_view path, ErrorCode code);
  void Remove(const std::string& path);

  Result<std::string> Read(std::string_view path, uint64_t limit = kDefaultLimit) const override;
  Result<std::string> ReadAt(std::string_view path, uint64_t offset,
                             uint64_t length) const override;
  Result<FileStat> Stat(std::string_view path) const override;
  Result<FileStat> LinkStat(std::string_view path) const override;
  Result<std::string> ReadLink(std::string_view path) const override;
  Result<std::vector<FolderEntry>> List(std::string_view path) const override;

 private:
  struct Entry {
    FileStat stat;
    std::string content;  ///< a file's bytes or a link's target
  };
  Result<std::string> Resolve(std::string_view path, bool follow_last) const;
  Result<FileStat> StatOf(std::string_view path, bool follow) const;
  void AddParents(const std::string& path);
  void Put(std::string_view path, Entry entry);

  std::map<std::string, Entry> entries_;
  std::map<std::string, ErrorCode> broken_;
  uint64_t last_inode_ = 1;
};

}  // namespace seawall
