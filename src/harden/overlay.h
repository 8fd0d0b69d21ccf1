// OverlayFiles: a tree as it would be after changes, in memory. The planner audits it before
// anything is touched.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/files.h"

namespace seawall::harden {

/// `path` with every link on its way followed, as a process that lives in the tree would; also of a
/// file that is not there yet, when its folder is. kEscapes for circles.
Result<std::string> RealPath(const Files& files, std::string_view path);

/// Reads go to the base unless a path was put here. Not thread-safe while something is put.
class OverlayFiles : public Files {
 public:
  explicit OverlayFiles(std::shared_ptr<const Files> base) : base_(std::move(base)) {}

  /// `path` is a RealPath of the base, or lies in a folder that was put before.
  void Put(const std::string& path, std::string content, FileStat stat);
  void PutFolder(const std::string& path, FileStat stat);
  /// Another mode and owner of what is there; its bytes are still the base's.
  void PutStat(const std::string& path, FileStat stat);

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
    std::optional<std::string> content;  ///< nullopt: the base's
  };
  /// What was put at the path, links followed; nullptr when the base is to be asked.
  const Entry* Find(std::string_view path) const;

  std::shared_ptr<const Files> base_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::string, std::less<>> names_;  ///< last components of what was put
};

}  // namespace seawall::harden
