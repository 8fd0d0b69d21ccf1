// ApiFiles: the files of a machine that nobody gave access to. A few texts that the API showed can
// be read; whatever else is asked for fails with the reason, also modes and owners of those texts.
// Private to this room.
#pragma once

#include "base/files.h"

namespace seawall::api {

inline constexpr const char* kNeedsFiles = "needs access to the node's files";
inline constexpr const char* kGiveFiles =
    "run `sudo seawall audit` on the node, or give its files with --root NAME=DIR";

class ApiFiles : public Files {
 public:
  void Add(const std::string& path, std::string text) { texts_.Add(path, std::move(text)); }

  Result<std::string> Read(std::string_view path, uint64_t limit = kDefaultLimit) const override {
    if (!texts_.Stat(path)) return Refuse(path);
    return texts_.Read(path, limit);
  }
  Result<std::string> ReadAt(std::string_view path, uint64_t, uint64_t) const override {
    return Refuse(path);
  }
  Result<FileStat> Stat(std::string_view path) const override { return Refuse(path); }
  Result<FileStat> LinkStat(std::string_view path) const override { return Refuse(path); }
  Result<std::string> ReadLink(std::string_view path) const override { return Refuse(path); }
  Result<std::vector<FolderEntry>> List(std::string_view path) const override {
    return Refuse(path);
  }

 private:
  static std::unexpected<Error> Refuse(std::string_view path) {
    return Fail(ErrorCode::kPermission, "read", std::string(path), kNeedsFiles, kGiveFiles);
  }
  MemoryFiles texts_;
};

}  // namespace seawall::api
