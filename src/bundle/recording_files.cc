#include "bundle/recording_files.h"

#include "base/file_error.h"

namespace seawall::bundle {
namespace {

/// The first answer to `key`, asked of `ask` when there is none yet.
template <typename Table, typename Key, typename Ask>
auto Once(Table& table, Key key, Ask ask) {
  const auto found = table.find(key);
  return found != table.end() ? found->second : table.emplace(std::move(key), ask()).first->second;
}

}  // namespace

Result<std::string> RecordingFiles::Read(std::string_view path, uint64_t limit) const {
  std::lock_guard lock(mutex_);
  const auto known = answers_.reads.find(path);
  if (known != answers_.reads.end()) {
    const WholeFile& file = known->second;
    if (file.bytes && file.bytes->size() > limit)
      return std::unexpected(TooLargeError(path, file.bytes->size(), limit));
    const bool larger =
        !file.bytes && file.bytes.error().code == ErrorCode::kTooLarge && limit > file.limit;
    if (!larger) return file.bytes;
  }
  auto bytes = real_->Read(path, limit);
  answers_.reads.insert_or_assign(std::string(path), WholeFile{bytes, limit});
  return bytes;
}

Result<std::string> RecordingFiles::ReadAt(std::string_view path, uint64_t offset,
                                           uint64_t length) const {
  std::lock_guard lock(mutex_);
  return Once(answers_.parts, Part(path, offset, length),
              [&] { return real_->ReadAt(path, offset, length); });
}

Result<FileStat> RecordingFiles::Stat(std::string_view path) const {
  std::lock_guard lock(mutex_);
  return Once(answers_.stats, std::string(path), [&] { return real_->Stat(path); });
}

Result<FileStat> RecordingFiles::LinkStat(std::string_view path) const {
  std::lock_guard lock(mutex_);
  return Once(answers_.link_stats, std::string(path), [&] { return real_->LinkStat(path); });
}

Result<std::string> RecordingFiles::ReadLink(std::string_view path) const {
  std::lock_guard lock(mutex_);
  return Once(answers_.links, std::string(path), [&] { return real_->ReadLink(path); });
}

Result<std::vector<FolderEntry>> RecordingFiles::List(std::string_view path) const {
  std::lock_guard lock(mutex_);
  return Once(answers_.lists, std::string(path), [&] { return real_->List(path); });
}

Answers RecordingFiles::Take() const {
  std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace seawall::bundle
