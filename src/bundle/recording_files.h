// Files that remembers every answer, and gives the same one when it is asked again: a node that
// changes meanwhile is seen at one moment, file by file.
#pragma once

#include <mutex>

#include "bundle/answers.h"

namespace seawall::bundle {

class RecordingFiles : public Files {
 public:
  explicit RecordingFiles(std::shared_ptr<const Files> real) : real_(std::move(real)) {}

  Result<std::string> Read(std::string_view path, uint64_t limit = kDefaultLimit) const override;
  Result<std::string> ReadAt(std::string_view path, uint64_t offset,
                             uint64_t length) const override;
  Result<FileStat> Stat(std::string_view path) const override;
  Result<FileStat> LinkStat(std::string_view path) const override;
  Result<std::string> ReadLink(std::string_view path) const override;
  Result<std::vector<FolderEntry>> List(std::string_view path) const override;

  /// Everything so far.
  Answers Take() const;

 private:
  std::shared_ptr<const Files> real_;
  mutable std::mutex mutex_;
  mutable Answers answers_;
};

}  // namespace seawall::bundle
