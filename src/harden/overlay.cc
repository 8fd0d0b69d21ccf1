#include "harden/overlay.h"

#include <algorithm>

#include "base/file_error.h"
#include "base/text.h"

namespace seawall::harden {
namespace {

constexpr int kMostLinks = 40;

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash);
}

void PushParts(std::vector<std::string>& pending, std::string_view path) {
  const auto parts = Split(path, '/');
  for (size_t i = parts.size(); i > 0; --i) {
    if (!parts[i - 1].empty() && parts[i - 1] != ".") pending.emplace_back(parts[i - 1]);
  }
}

}  // namespace

Result<std::string> RealPath(const Files& files, std::string_view path) {
  std::vector<std::string> pending;
  PushParts(pending, path);
  std::string real;
  int links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    if (name == "..") {
      real.resize(real.empty() ? 0 : real.rfind('/'));
      continue;
    }
    std::string next = real;
    next.append("/").append(name);
    const auto stat = files.LinkStat(next);
    if (!stat) {
      if (stat.error().code != ErrorCode::kNotFound || !pending.empty())
        return std::unexpected(stat.error());
      return next;
    }
    if (stat->type != FileStat::Type::kLink) {
      real = next;
      continue;
    }
    if (++links > kMostLinks)
      return std::unexpected(FileError(ErrorCode::kEscapes, "follow the links of", path));
    const auto target = files.ReadLink(next);
    if (!target) return std::unexpected(target.error());
    if (target->starts_with('/')) real.clear();
    PushParts(pending, *target);
  }
  return real.empty() ? "/" : real;
}

void OverlayFiles::Put(const std::string& path, std::string content, FileStat stat) {
  stat.type = FileStat::Type::kRegular;
  stat.size = content.size();
  entries_[path] = {stat, std::move(content)};
  names_.emplace(NameOf(path));
}

void OverlayFiles::PutStat(const std::string& path, FileStat stat) {
  entries_[path] = {stat, std::nullopt};
  names_.emplace(NameOf(path));
}

void OverlayFiles::PutFolder(const std::string& path, FileStat stat) {
  stat.type = FileStat::Type::kFolder;
  entries_[path] = {stat, ""};
  names_.emplace(NameOf(path));
}

const OverlayFiles::Entry* OverlayFiles::Find(std::string_view path) const {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto direct = entries_.find(path);
  if (direct != entries_.end()) return &direct->second;
  // Through a link the last name may be another one: then the base says where it leads.
  const auto link = names_.contains(NameOf(path)) ? Result<FileStat>() : base_->LinkStat(path);
  const bool is_link = link && link->type == FileStat::Type::kLink;
  if (!names_.contains(NameOf(path)) && !is_link) return nullptr;
  const auto real = RealPath(*base_, path);
  if (!real) return nullptr;
  const auto found = entries_.find(*real);
  return found == entries_.end() ? nullptr : &found->second;
}

Result<std::string> OverlayFiles::Read(std::string_view path, uint64_t limit) const {
  const Entry* entry = Find(path);
  if (entry == nullptr || !entry->content) return base_->Read(path, limit);
  if (entry->stat.type != FileStat::Type::kRegular)
    return std::unexpected(FileError(ErrorCode::kNotRegular, "read", path));
  if (entry->content->size() > limit)
    return std::unexpected(TooLargeError(path, entry->content->size(), limit));
  return *entry->content;
}

Result<std::string> OverlayFiles::ReadAt(std::string_view path, uint64_t offset,
                                         uint64_t length) const {
  const Entry* entry = Find(path);
  if (entry == nullptr || !entry->content) return base_->ReadAt(path, offset, length);
  if (offset >= entry->content->size()) return std::string();
  return entry->content->substr(offset, length);
}

Result<FileStat> OverlayFiles::Stat(std::string_view path) const {
  const Entry* entry = Find(path);
  return entry == nullptr ? base_->Stat(path) : Result<FileStat>(entry->stat);
}

Result<FileStat> OverlayFiles::LinkStat(std::string_view path) const {
  const auto direct = entries_.find(path);
  if (direct != entries_.end()) return direct->second.stat;
  return base_->LinkStat(path);
}

Result<std::string> OverlayFiles::ReadLink(std::string_view path) const {
  return base_->ReadLink(path);
}

Result<std::vector<FolderEntry>> OverlayFiles::List(std::string_view path) const {
  const auto real = RealPath(*this, path);
  const std::string folder = real ? *real : std::string(path);
  const bool fresh = entries_.contains(folder) && !base_->Stat(folder);
  auto entries =
      fresh ? Result<std::vector<FolderEntry>>(std::vector<FolderEntry>()) : base_->List(path);
  if (!entries) return entries;
  bool added = false;
  for (const auto& [at, entry] : entries_) {
    if (FolderOf(at) != folder) continue;
    const std::string_view name = NameOf(at);
    const bool known =
        std::ranges::any_of(*entries, [&](const FolderEntry& other) { return other.name == name; });
    if (known) continue;
    entries->push_back({std::string(name), entry.stat.type});
    added = true;
  }
  if (added) std::ranges::sort(*entries, {}, &FolderEntry::name);
  return entries;
}

}  // namespace seawall::harden
