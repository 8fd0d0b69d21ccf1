#include <algorithm>
#include <ranges>
#include <utility>

#include "base/file_error.h"
#include "base/files.h"

namespace seawall {
namespace {

constexpr int kMostLinks = 40;         // as the kernel's own bound
constexpr size_t kLongestPath = 4096;  // PATH_MAX
constexpr size_t kLongestName = 255;   // NAME_MAX

// Components in reverse order, so that the next one to walk is at the back.
void PushComponents(std::vector<std::string>& pending, std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!name.empty()) pending.emplace_back(name);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string Normal(std::string_view path) {
  std::vector<std::string> names;
  PushComponents(names, path);
  std::string out;
  for (const std::string& name : names | std::views::reverse) out += "/" + name;
  return out.empty() ? "/" : out;
}

std::string Below(const std::string& folder, const std::string& name) {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

FileStat FolderStat() {
  FileStat stat;
  stat.type = FileStat::Type::kFolder;
  stat.mode = 0755;
  return stat;
}

}  // namespace

void MemoryFiles::AddParents(const std::string& path) {
  for (std::string folder = ParentOf(path);; folder = ParentOf(folder)) {
    if (!entries_.try_emplace(folder, Entry{FolderStat(), ""}).second || folder == "/") return;
  }
}

void MemoryFiles::Put(std::string_view path, Entry entry) {
  const std::string normal = Normal(path);
  AddParents(normal);
  entry.stat.inode = ++last_inode_;
  entries_.insert_or_assign(normal, std::move(entry));
}

void MemoryFiles::Add(std::string_view path, std::string content, uint32_t mode, uint32_t uid,
                      uint32_t gid) {
  FileStat stat;
  stat.mode = mode;
  stat.uid = uid;
  stat.gid = gid;
  stat.size = content.size();
  Put(path, Entry{stat, std::move(content)});
}

void MemoryFiles::AddFolder(std::string_view path, uint32_t mode, uint32_t uid, uint32_t gid) {
  FileStat stat = FolderStat();
  stat.mode = mode;
  stat.uid = uid;
  stat.gid = gid;
  Put(path, Entry{stat, ""});
}

void MemoryFiles::AddLink(std::string_view path, std::string target) {
  FileStat stat;
  stat.type = FileStat::Type::kLink;
  stat.mode = 0777;
  stat.size = target.size();
  Put(path, Entry{stat, std::move(target)});
}

void MemoryFiles::Break(std::string_view path, ErrorCode code) {
  broken_.insert_or_assign(Normal(path), code);
}

void MemoryFiles::Remove(const std::string& path) {
  const std::string normal = Normal(path);
  entries_.erase(normal);
  const std::string prefix = Below(normal, "");
  for (auto it = entries_.lower_bound(prefix);
       it != entries_.end() && it->first.starts_with(prefix);) {
    it = entries_.erase(it);
  }
}

Result<std::string> MemoryFiles::Resolve(std::string_view path, bool follow_last) const {
  const auto fail = [&](ErrorCode code) { return std::unexpected(FileError(code, "read", path)); };
  if (path.size() >= kLongestPath) return fail(ErrorCode::kNotFound);
  std::vector<std::string> pending;
  PushComponents(pending, path);
  std::string here = "/";
  int links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    const auto folder = entries_.find(here);
    if (folder != entries_.end() && folder->second.stat.type != FileStat::Type::kFolder) {
      return fail(ErrorCode::kNotFound);
    }
    if (name == ".") continue;
    if (name == "..") {
      here = ParentOf(here);
      continue;
    }
    std::string next = Below(here, name);
    if (const auto broken = broken_.find(next); broken != broken_.end())
      return fail(broken->second);
    const auto found = entries_.find(next);
    if (found == entries_.end() || name.size() > kLongestName) return fail(ErrorCode::kNotFound);
    const bool last = pending.empty();
    if (found->second.stat.type != FileStat::Type::kLink || (last && !follow_last)) {
      here = std::move(next);
      continue;
    }
    if (++links > kMostLinks) return fail(ErrorCode::kEscapes);
    const std::string& target = found->second.content;
    if (target.starts_with('/')) here = "/";
    PushComponents(pending, target);
  }
  if (const auto broken = broken_.find(here); broken != broken_.end()) return fail(broken->second);
  return here;
}

Result<std::string> MemoryFiles::Read(std::string_view path, uint64_t limit) const {
  const auto resolved = Resolve(path, true);
  if (!resolved) return std::unexpected(resolved.error());
  const auto found = entries_.find(*resolved);
  if (found == entries_.end() || found->second.stat.type != FileStat::Type::kRegular) {
    return std::unexpected(FileError(ErrorCode::kNotRegular, "read", path));
  }
  const std::string& content = found->second.content;
  if (content.size() > limit) return std::unexpected(TooLargeError(path, content.size(), limit));
  return content;
}

Result<std::string> MemoryFiles::ReadAt(std::string_view path, uint64_t offset,
                                        uint64_t length) const {
  auto whole = Read(path, UINT64_MAX);
  if (!whole) return whole;
  if (offset >= whole->size()) return std::string();
  return whole->substr(offset, length);
}

Result<FileStat> MemoryFiles::StatOf(std::string_view path, bool follow) const {
  const auto resolved = Resolve(path, follow);
  if (!resolved) {
    Error error = resolved.error();
    error.attempt = "stat";
    return std::unexpected(std::move(error));
  }
  const auto found = entries_.find(*resolved);
  return found == entries_.end() ? FolderStat() : found->second.stat;
}

Result<FileStat> MemoryFiles::Stat(std::string_view path) const { return StatOf(path, true); }

Result<FileStat> MemoryFiles::LinkStat(std::string_view path) const { return StatOf(path, false); }

Result<std::string> MemoryFiles::ReadLink(std::string_view path) const {
  const auto resolved = Resolve(path, false);
  if (!resolved) return std::unexpected(resolved.error());
  const auto found = entries_.find(*resolved);
  if (found == entries_.end() || found->second.stat.type != FileStat::Type::kLink) {
    return std::unexpected(Error{ErrorCode::kNotRegular, "read the link", std::string(path),
                                 "not a symbolic link", ""});
  }
  return found->second.content;
}

Result<std::vector<FolderEntry>> MemoryFiles::List(std::string_view path) const {
  const auto resolved = Resolve(path, true);
  if (!resolved) {
    Error error = resolved.error();
    error.attempt = "list";
    return std::unexpected(std::move(error));
  }
  const auto folder = entries_.find(*resolved);
  if (folder != entries_.end() && folder->second.stat.type != FileStat::Type::kFolder) {
    return std::unexpected(FileError(ErrorCode::kNotFound, "list", path));
  }
  std::vector<FolderEntry> entries;
  const std::string prefix = Below(*resolved, "");
  auto it = entries_.upper_bound(prefix);
  while (it != entries_.end() && it->first.starts_with(prefix)) {
    const std::string name = it->first.substr(prefix.size());
    if (const size_t slash = name.find('/'); slash != std::string::npos) {
      // Deeper than a child, which has been seen already: on to what sorts after "child/…".
      it = entries_.lower_bound(prefix + name.substr(0, slash) + static_cast<char>('/' + 1));
      continue;
    }
    if (entries.size() == kListLimit)
      return std::unexpected(FileError(ErrorCode::kLimit, "list", path));
    entries.push_back({name, it->second.stat.type});
    ++it;
  }
  return entries;
}

}  // namespace seawall
