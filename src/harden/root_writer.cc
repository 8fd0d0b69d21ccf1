#include "harden/root_writer.h"

#include <dirent.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <memory>

#include "base/file_error.h"
#include "base/path_walk.h"
#include "harden/system_calls.h"
#include "x509/openssl.h"

namespace seawall::harden {
namespace {

constexpr uint64_t kMostBytes = 64u << 20;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}
std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::unexpected<Error> System(const char* attempt, const std::string& path) {
  return std::unexpected(SystemFileError(errno, attempt, path));
}

std::unexpected<Error> Refuse(const std::string& path, std::string why, std::string todo) {
  return Fail(ErrorCode::kPermission, "change the file", path, std::move(why), std::move(todo));
}

bool NamesOfAttributes(int fd, std::vector<std::string>& names) {
  const ssize_t size = flistxattr(fd, nullptr, 0);
  if (size < 0) return errno == ENOTSUP;
  std::string list(static_cast<size_t>(size), '\0');
  const ssize_t got = flistxattr(fd, list.data(), list.size());
  if (got < 0) return errno == ENOTSUP;
  list.resize(static_cast<size_t>(got));
  for (size_t at = 0; at < list.size(); at += names.back().size() + 1)
    names.emplace_back(list.c_str() + at);
  return true;
}

/// An ACL that the folder gives to every new file would let others in whom the old one did not.
bool DropAcl(int fd) {
  return fremovexattr(fd, "system.posix_acl_access") == 0 || errno == ENODATA || errno == ENOTSUP;
}

/// Extended attributes with ACLs and the SELinux label among them. What the file system does not
/// have is not missed.
bool CopyAttributes(int from, int to) {
  std::vector<std::string> names;
  if (!DropAcl(to) || !NamesOfAttributes(from, names)) return false;
  for (const std::string& name : names) {
    const ssize_t length = fgetxattr(from, name.c_str(), nullptr, 0);
    if (length < 0) return false;
    std::string value(static_cast<size_t>(length), '\0');
    const ssize_t read = fgetxattr(from, name.c_str(), value.data(), value.size());
    if (read < 0) return false;
    if (fsetxattr(to, name.c_str(), value.data(), static_cast<size_t>(read), 0) != 0 &&
        errno != ENOTSUP)
      return false;
  }
  return true;
}

/// The owner before the mode: a change of owner takes set-id bits away.
bool GiveStat(int fd, uint32_t mode, uint32_t uid, uint32_t gid) {
  struct stat stat;
  if (fstat(fd, &stat) != 0) return false;
  if ((stat.st_uid != uid || stat.st_gid != gid) && fchown(fd, uid, gid) != 0) return false;
  if (fstat(fd, &stat) != 0) return false;
  return (stat.st_mode & 07777) == mode || fchmod(fd, mode) == 0;
}

/// A temporary file that goes when it did not get its name.
class Temporary {
 public:
  Temporary(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!named_) unlinkat(folder_, name_.c_str(), 0);
  }
  Descriptor Create() {
    // What an interrupted run left.
    unlinkat(folder_, name_.c_str(), 0);
    Descriptor file = OpenAt(folder_, name_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    named_ = !file;
    return file;
  }
  /// `fresh`: nothing may be there; else what is there goes.
  bool Rename(const std::string& to, bool fresh) {
    const unsigned flags = fresh ? RENAME_NOREPLACE : 0;
    if (Again([&] { return renameat2(folder_, name_.c_str(), folder_, to.c_str(), flags); }) != 0)
      return false;
    named_ = true;
    return true;
  }

 private:
  int folder_;
  std::string name_;
  bool named_ = false;
};

std::unexpected<Error> ChangedMeanwhile(const std::string& path) {
  return Fail(ErrorCode::kMalformed, "change the file", path, "somebody else changed it meanwhile",
              "nothing was overwritten; make the plan anew");
}

bool IsSame(const FileState& is, const FileState& expected) {
  if (is.exists != expected.exists) return false;
  if (!is.exists) return true;
  return is.mode == expected.mode && is.uid == expected.uid && is.gid == expected.gid &&
         (expected.sha256.empty() || is.sha256 == expected.sha256);
}

}  // namespace

Result<RootWriter> RootWriter::Open(const std::string& root) {
  Descriptor folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return System("open the root folder", root);
  return RootWriter(std::move(folder));
}

Descriptor RootWriter::Walk(const std::string& path, bool follow_last) const {
  Descriptor place = WalkWithKernel(root_.get(), path, follow_last);
  if (!place && (errno == ENOSYS || errno == EPERM))
    place = WalkComponents(root_.get(), path, follow_last);
  return place;
}

Result<Descriptor> RootWriter::OpenFolder(const std::string& path) const {
  const Descriptor place = Walk(path, true);
  if (!place) return System("open the folder", path);
  Descriptor folder = OpenAt(place.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!folder) return System("open the folder", path);
  return folder;
}

Result<Descriptor> RootWriter::OpenFile(const std::string& path) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) return folder;
  Descriptor file = OpenAt(folder->get(), NameOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return System("open", path);
  return file;
}

Result<Seen> RootWriter::Look(const std::string& path, LookAt how) const {
  Seen seen;
  const Descriptor place = Walk(path, false);
  if (!place) {
    if (errno == ENOENT || errno == ENOTDIR) return seen;
    return System("look at", path);
  }
  struct stat stat;
  if (fstat(place.get(), &stat) != 0) return System("look at", path);
  if (S_ISLNK(stat.st_mode))
    return Fail(ErrorCode::kEscapes, "look at", path, "it is a link now", "make the plan anew");
  seen.state = {true, "", stat.st_mode & 07777u, stat.st_uid, stat.st_gid};
  seen.folder = S_ISDIR(stat.st_mode);
  seen.regular = S_ISREG(stat.st_mode);
  seen.size = static_cast<uint64_t>(stat.st_size);
  seen.links = stat.st_nlink;
  seen.modified_ns = int64_t{stat.st_mtim.tv_sec} * 1000000000 + stat.st_mtim.tv_nsec;
  if (how == LookAt::kStat || !seen.regular) return seen;
  if (seen.size > kMostBytes) return std::unexpected(TooLargeError(path, seen.size, kMostBytes));
  auto file = OpenFile(path);
  if (!file) return std::unexpected(file.error());
  if (!ReadWhole(file->get(), kMostBytes, seen.bytes)) {
    if (errno == EFBIG) return std::unexpected(TooLargeError(path, 0, kMostBytes));
    return System("read", path);
  }
  seen.state.sha256 = x509::Sha256(seen.bytes);
  return seen;
}

Result<void> RootWriter::CheckFree(const std::string& path, uint64_t bytes) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) {
    // A folder that the changes before this one make.
    if (folder.error().code == ErrorCode::kNotFound) return {};
    return std::unexpected(folder.error());
  }
  struct statvfs system;
  if (fstatvfs(folder->get(), &system) != 0) return System("look at the file system of", path);
  if ((system.f_flag & ST_RDONLY) != 0)
    return Refuse(path, "its file system is read-only", "mount it writable, then do this again");
  const uint64_t left = uint64_t{system.f_bavail} * system.f_frsize;
  const uint64_t needed = bytes + (64u << 10);
  if (left < needed && system.f_blocks != 0)
    return Refuse(path,
                  fmt::format("its file system is full: {} KiB are left, and {} are needed",
                              left >> 10, (needed + 1023) >> 10),
                  "make room, then do this again");
  if (faccessat(folder->get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    return Refuse(path, "its folder cannot be written", "run seawall as root");
  struct statx stat{};
  const int found = statx(folder->get(), NameOf(path).c_str(),
                          AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &stat);
  if (found != 0) return {};
  if ((stat.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0)
    return Refuse(path, "it is immutable", "chattr -i FILE, then do this again");
  if ((stat.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
      (stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
    return Refuse(path, "it is a mount of its own and cannot be replaced",
                  "change the file that is mounted there");
  if ((stat.stx_mode & S_IFMT) == S_IFREG && stat.stx_nlink > 1)
    return Refuse(path,
                  fmt::format("it has {} names (hard links), and the others would keep the "
                              "old bytes",
                              stat.stx_nlink),
                  "copy it to a file of its own, then do this again");
  if (geteuid() != 0 && stat.stx_uid != geteuid())
    return Refuse(path, "it belongs to somebody else", "run seawall as root");
  return {};
}

Result<void> RootWriter::Replace(const std::string& path, const FileState& expected,
                                 const Replacement& fresh, const std::string& temporary) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) return std::unexpected(folder.error());
  Temporary file(folder->get(), temporary);
  Descriptor fd = file.Create();
  if (!fd) return System("make a temporary file beside", path);
  if (!WriteWhole(fd.get(), fresh.bytes)) return System("write", path);
  if (expected.exists) {
    const Descriptor old = OpenAt(folder->get(), NameOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!old) return System("open", path);
    if (!CopyAttributes(old.get(), fd.get())) return System("copy the attributes of", path);
  }
  if (!GiveStat(fd.get(), fresh.mode, fresh.uid, fresh.gid))
    return System("give its mode and owner to", path);
  if (fresh.modified_ns >= 0) {
    const timespec time = {fresh.modified_ns / 1000000000, fresh.modified_ns % 1000000000};
    const timespec times[2] = {time, time};
    if (futimens(fd.get(), times) != 0) return System("set the time of", path);
  }
  if (!Sync(fd.get())) return System("bring to the disk", path);
  auto now = Look(path, expected.sha256.empty() ? LookAt::kStat : LookAt::kBytes);
  if (!now) return std::unexpected(now.error());
  if (!IsSame(now->state, expected)) return ChangedMeanwhile(path);
  if (!file.Rename(NameOf(path), !expected.exists)) {
    if (errno == EEXIST) return ChangedMeanwhile(path);
    return System("rename into", path);
  }
  if (!Sync(folder->get())) return System("bring the folder to the disk of", path);
  return {};
}

Result<void> RootWriter::SetStat(const std::string& path, const FileState& expected, uint32_t mode,
                                 uint32_t uid, uint32_t gid) const {
  auto now = Look(path, LookAt::kStat);
  if (!now) return std::unexpected(now.error());
  FileState stat = expected;
  stat.sha256.clear();
  if (!IsSame(now->state, stat)) return ChangedMeanwhile(path);
  auto file = OpenFile(path);
  if (!file) return std::unexpected(file.error());
  if (!GiveStat(file->get(), mode, uid, gid)) return System("give its mode and owner to", path);
  if (!Sync(file->get())) return System("bring to the disk", path);
  return {};
}

Result<void> RootWriter::MakeFolder(const std::string& path, uint32_t mode, uint32_t uid,
                                    uint32_t gid) const {
  auto parent = OpenFolder(FolderOf(path));
  if (!parent) return std::unexpected(parent.error());
  const std::string name = NameOf(path);
  if (mkdirat(parent->get(), name.c_str(), mode & 0700) != 0 && errno != EEXIST)
    return System("make the folder", path);
  const Descriptor folder = OpenAt(parent->get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder) return System("open the folder", path);
  if (!GiveStat(folder.get(), mode, uid, gid)) return System("give its mode and owner to", path);
  if (!Sync(folder.get()) || !Sync(parent->get())) return System("bring to the disk", path);
  return {};
}

Result<void> RootWriter::Remove(const std::string& path, bool folder) const {
  auto parent = OpenFolder(FolderOf(path));
  if (!parent) {
    if (parent.error().code == ErrorCode::kNotFound) return {};
    return std::unexpected(parent.error());
  }
  const int gone = unlinkat(parent->get(), NameOf(path).c_str(), folder ? AT_REMOVEDIR : 0);
  if (gone != 0 && (errno == ENOTEMPTY || errno == EEXIST))
    return Fail(ErrorCode::kNotRegular, "remove the folder", path, "something else lies in it", "");
  if (gone != 0 && errno != ENOENT) return System("remove", path);
  if (!Sync(parent->get())) return System("bring the folder to the disk of", path);
  return {};
}

Result<void> RootWriter::Settle(const std::string& path) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) {
    if (folder.error().code == ErrorCode::kNotFound) return {};
    return std::unexpected(folder.error());
  }
  const Descriptor file = OpenAt(folder->get(), NameOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file && errno != ENOENT) return System("open", path);
  if (file && !Sync(file.get())) return System("bring to the disk", path);
  if (!Sync(folder->get())) return System("bring the folder to the disk of", path);
  return {};
}

Result<std::vector<std::string>> RootWriter::Names(const std::string& path,
                                                   const std::string& prefix) const {
  auto folder = OpenFolder(path);
  if (!folder) return std::unexpected(folder.error());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(folder->get()), closedir);
  if (!stream) return System("list", path);
  folder->Release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name.starts_with(prefix)) names.push_back(name);
  }
  if (errno != 0) return System("list", path);
  std::ranges::sort(names);
  return names;
}

Result<void> RootWriter::Append(const std::string& path, const std::string& line) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) return std::unexpected(folder.error());
  Descriptor file = OpenAt(folder->get(), NameOf(path),
                           // A pipe that nobody reads is no file to wait for.
                           O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (!file) return System("open", path);
  if (!WriteWhole(file.get(), line)) return System("write", path);
  if (!Sync(file.get()) || !Sync(folder->get())) return System("bring to the disk", path);
  return {};
}

Result<Descriptor> RootWriter::OpenLock(const std::string& path) const {
  auto folder = OpenFolder(FolderOf(path));
  if (!folder) return folder;
  Descriptor file = OpenAt(folder->get(), NameOf(path), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!file) return System("open the lock", path);
  return file;
}

}  // namespace seawall::harden
