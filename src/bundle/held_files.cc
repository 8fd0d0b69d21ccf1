#include "bundle/held_files.h"

#include <algorithm>
#include <optional>

#include "base/file_error.h"

namespace seawall::bundle {
namespace {

template <typename T>
const T* Find(const Answers::Table<T>& table, std::string_view path) {
  const auto found = table.find(path);
  return found == table.end() ? nullptr : &found->second;
}

/// Why nothing can be at `path`, when its stat was asked for and failed so.
template <typename T>
std::optional<ErrorCode> FailureOf(const Result<T>* answer) {
  if (answer == nullptr || answer->has_value()) return std::nullopt;
  const ErrorCode code = answer->error().code;
  const bool holds = code == ErrorCode::kNotFound || code == ErrorCode::kPermission;
  return holds ? std::optional(code) : std::nullopt;
}

/// Whether a folder that was listed lacks the name.
bool Lacks(const Answers& answers, std::string_view folder, std::string_view name) {
  const auto* list = Find(answers.lists, folder);
  if (list == nullptr || !list->has_value() || name.empty() || name == "." || name == "..")
    return false;
  return std::ranges::none_of(**list, [&](const FolderEntry& e) { return e.name == name; });
}

/// What the folders on the way to `path` say about it: a folder that is not there, or is none, or
/// does not list the next name, has nothing below. kPermission: it cannot even be entered.
std::optional<ErrorCode> FromAbove(const Answers& answers, std::string_view path) {
  while (path.size() > 1) {
    const size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view folder = slash == 0 ? "/" : path.substr(0, slash);
    if (Lacks(answers, folder, path.substr(slash + 1))) return ErrorCode::kNotFound;
    const auto* stat = Find(answers.stats, folder);
    if (auto code = FailureOf(stat)) return code;
    if (stat != nullptr && stat->has_value() && (*stat)->type != FileStat::Type::kFolder)
      return ErrorCode::kNotFound;
    if (auto code = FailureOf(Find(answers.link_stats, folder))) return code;
    const auto* list = Find(answers.lists, folder);
    if (list != nullptr && !list->has_value() && list->error().code == ErrorCode::kNotFound)
      return ErrorCode::kNotFound;
    path = folder;
  }
  return std::nullopt;
}

}  // namespace

/// The error for what was not asked on the node: one that follows from what was, else kNotHeld.
Error HeldFiles::Otherwise(std::string_view attempt, std::string_view path, bool follow) const {
  std::optional<ErrorCode> code = FailureOf(Find(answers_->link_stats, path));
  if (!code && follow) code = FailureOf(Find(answers_->stats, path));
  if (!code) code = FromAbove(*answers_, path);
  return FileError(code.value_or(ErrorCode::kNotHeld), attempt, path);
}

Result<std::string> HeldFiles::Read(std::string_view path, uint64_t limit) const {
  const WholeFile* file = Find(answers_->reads, path);
  if (file == nullptr) return std::unexpected(Otherwise("read", path, true));
  if (file->bytes && file->bytes->size() > limit)
    return std::unexpected(TooLargeError(path, file->bytes->size(), limit));
  if (file->bytes || file->bytes.error().code != ErrorCode::kTooLarge || limit == file->limit)
    return file->bytes;
  if (limit < file->limit) return std::unexpected(TooLargeError(path, 0, limit));
  return std::unexpected(FileError(ErrorCode::kNotHeld, "read", path));
}

Result<std::string> HeldFiles::ReadAt(std::string_view path, uint64_t offset,
                                      uint64_t length) const {
  const auto found = answers_->parts.find(Part(path, offset, length));
  if (found != answers_->parts.end()) return found->second;
  const WholeFile* file = Find(answers_->reads, path);
  if (file == nullptr || !file->bytes) return std::unexpected(Otherwise("read", path, true));
  return offset < file->bytes->size() ? file->bytes->substr(offset, length) : std::string();
}

Result<FileStat> HeldFiles::Stat(std::string_view path) const {
  if (const auto* stat = Find(answers_->stats, path)) return *stat;
  const auto* link = Find(answers_->link_stats, path);
  const bool same = link != nullptr && link->has_value() && (*link)->type != FileStat::Type::kLink;
  if (same) return *link;
  return std::unexpected(Otherwise("stat", path, true));
}

Result<FileStat> HeldFiles::LinkStat(std::string_view path) const {
  if (const auto* stat = Find(answers_->link_stats, path)) return *stat;
  return std::unexpected(Otherwise("stat", path, false));
}

Result<std::string> HeldFiles::ReadLink(std::string_view path) const {
  if (const auto* link = Find(answers_->links, path)) return *link;
  return std::unexpected(Otherwise("read", path, false));
}

Result<std::vector<FolderEntry>> HeldFiles::List(std::string_view path) const {
  if (const auto* list = Find(answers_->lists, path)) return *list;
  return std::unexpected(Otherwise("list", path, true));
}

}  // namespace seawall::bundle
