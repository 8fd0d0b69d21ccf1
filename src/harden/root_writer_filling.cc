// Files of RootWriter that are too large to be held in memory.
#include <fmt/format.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/file_error.h"
#include "harden/root_writer.h"
#include "harden/system_calls.h"

namespace seawall::harden {
namespace {

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string TemporaryOf(const std::string& path) { return "." + NameOf(path) + ".tmp"; }

std::unexpected<Error> System(const char* attempt, const std::string& path) {
  return std::unexpected(SystemFileError(errno, attempt, path));
}

}  // namespace

RootWriter::Filling::Filling(Descriptor folder, Descriptor file, std::string path)
    : folder_(std::move(folder)), file_(std::move(file)), path_(std::move(path)) {}

RootWriter::Filling::~Filling() {
  if (folder_ && file_) unlinkat(folder_.get(), TemporaryOf(path_).c_str(), 0);
}

Result<void> RootWriter::Filling::Add(std::string_view bytes) const {
  if (!WriteWhole(file_.get(), bytes)) return System("write", path_);
  return {};
}

Result<void> RootWriter::Filling::Sync() const {
  if (!harden::Sync(file_.get())) return System("bring to the disk", path_);
  return {};
}

Result<void> RootWriter::Filling::Name() {
  if (auto synced = Sync(); !synced) return synced;
  const std::string temporary = TemporaryOf(path_);
  const std::string name = NameOf(path_);
  const int renamed = Again(
      [&] { return renameat(folder_.get(), temporary.c_str(), folder_.get(), name.c_str()); });
  if (renamed != 0) return System("rename into", path_);
  file_ = Descriptor();
  if (!harden::Sync(folder_.get())) return System("bring the folder to the disk of", path_);
  return {};
}

Result<RootWriter::Filling> RootWriter::BeginFile(const std::string& path) const {
  const size_t slash = path.rfind('/');
  auto folder = OpenFolder(slash == 0 ? "/" : path.substr(0, slash));
  if (!folder) return std::unexpected(folder.error());
  const std::string temporary = TemporaryOf(path);
  // What an interrupted run left.
  unlinkat(folder->get(), temporary.c_str(), 0);
  Descriptor file = OpenAt(folder->get(), temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!file) return System("make a temporary file beside", path);
  return Filling(std::move(*folder), std::move(file), path);
}

Result<uint64_t> RootWriter::Free(const std::string& path) const {
  auto folder = OpenFolder(path);
  if (!folder) return std::unexpected(folder.error());
  struct statvfs system;
  if (fstatvfs(folder->get(), &system) != 0) return System("look at the file system of", path);
  return uint64_t{system.f_bavail} * system.f_frsize;
}

}  // namespace seawall::harden
