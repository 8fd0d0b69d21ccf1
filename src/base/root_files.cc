#include "base/root_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/descriptor.h"
#include "base/file_error.h"
#include "base/path_walk.h"

namespace seawall {
namespace {

constexpr size_t kChunk = 64u << 10;

FileStat::Type TypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileStat::Type::kRegular;
    case S_IFDIR:
      return FileStat::Type::kFolder;
    case S_IFLNK:
      return FileStat::Type::kLink;
    case S_IFBLK:
    case S_IFCHR:
      return FileStat::Type::kDevice;
    case S_IFIFO:
      return FileStat::Type::kFifo;
    case S_IFSOCK:
      return FileStat::Type::kSocket;
    default:
      return FileStat::Type::kOther;
  }
}

FileStat::Type TypeOfEntry(int folder, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return FileStat::Type::kRegular;
    case DT_DIR:
      return FileStat::Type::kFolder;
    case DT_LNK:
      return FileStat::Type::kLink;
    case DT_BLK:
    case DT_CHR:
      return FileStat::Type::kDevice;
    case DT_FIFO:
      return FileStat::Type::kFifo;
    case DT_SOCK:
      return FileStat::Type::kSocket;
    default:
      break;
  }
  struct stat stat;
  const int failed = fstatat(folder, entry.d_name, &stat, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
  return failed == 0 ? TypeOf(stat.st_mode) : FileStat::Type::kOther;
}

FileStat Convert(const struct stat& stat) {
  FileStat out;
  out.type = TypeOf(stat.st_mode);
  out.mode = stat.st_mode & 07777;
  out.uid = stat.st_uid;
  out.gid = stat.st_gid;
  out.size = static_cast<uint64_t>(stat.st_size);
  out.modified_ns = int64_t{stat.st_mtim.tv_sec} * 1000000000 + stat.st_mtim.tv_nsec;
  out.device = stat.st_dev;
  out.inode = stat.st_ino;
  return out;
}

ssize_t ReadSome(int fd, char* to, size_t length, off_t offset) {
  for (;;) {
    const ssize_t got = pread(fd, to, length, offset);
    if (got >= 0 || errno != EINTR) return got;
  }
}

// An audit leaves no trace, not even an access time, where the system lets it.
Descriptor OpenQuietly(int folder, const char* path, int flags) {
  Descriptor file(openat(folder, path, flags | O_NOATIME));
  if (!file && errno == EPERM) file = Descriptor(openat(folder, path, flags));
  return file;
}

class RootFiles : public Files {
 public:
  RootFiles(Descriptor root, PathWalk walk) : root_(std::move(root)), walk_(walk) {}

  Result<std::string> Read(std::string_view path, uint64_t limit) const override {
    struct stat stat;
    auto file = OpenRegular(path, stat);
    if (!file) return std::unexpected(file.error());
    const auto size = static_cast<uint64_t>(stat.st_size);
    if (size > limit) return std::unexpected(TooLargeError(path, size, limit));
    // /proc says 0 of what has bytes, and any file may grow meanwhile: one byte beyond the limit is
    // asked for.
    auto content = ReadFrom(file->get(), path, 0, limit == UINT64_MAX ? limit : limit + 1, size);
    if (content && content->size() > limit) return std::unexpected(TooLargeError(path, 0, limit));
    return content;
  }

  Result<std::string> ReadAt(std::string_view path, uint64_t offset,
                             uint64_t length) const override {
    struct stat stat;
    auto file = OpenRegular(path, stat);
    if (!file) return std::unexpected(file.error());
    if (offset > static_cast<uint64_t>(INT64_MAX)) return std::string();
    return ReadFrom(file->get(), path, offset, length, length);
  }

  Result<FileStat> Stat(std::string_view path) const override { return StatOf(path, true); }
  Result<FileStat> LinkStat(std::string_view path) const override { return StatOf(path, false); }

  Result<std::string> ReadLink(std::string_view path) const override {
    const Descriptor link = Walk(path, false);
    if (!link) return std::unexpected(SystemFileError(errno, "read the link", path));
    std::string target(PATH_MAX, '\0');
    const ssize_t length = readlinkat(link.get(), "", target.data(), target.size());
    if (length >= 0) return target.substr(0, static_cast<size_t>(length));
    if (errno != EINVAL && errno != ENOENT) {
      return std::unexpected(SystemFileError(errno, "read the link", path));
    }
    Error error = FileError(ErrorCode::kNotRegular, "read the link", path);
    error.why = "not a symbolic link";
    return std::unexpected(std::move(error));
  }

  Result<std::vector<FolderEntry>> List(std::string_view path) const override {
    const auto fail = [&] { return std::unexpected(SystemFileError(errno, "list", path)); };
    const Descriptor place = Walk(path, true);
    if (!place) return fail();
    Descriptor folder = OpenQuietly(place.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!folder) return fail();
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(folder.get()), closedir);
    if (!stream) return fail();
    const int fd = folder.Release();
    std::vector<FolderEntry> entries;
    errno = 0;
    while (const dirent* entry = readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (entries.size() == kListLimit)
        return std::unexpected(FileError(ErrorCode::kLimit, "list", path));
      entries.push_back({std::string(name), TypeOfEntry(fd, *entry)});
      errno = 0;
    }
    if (errno != 0) return fail();
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
  }

 private:
  Descriptor Walk(std::string_view path, bool follow_last) const {
    if (path.find('\0') != std::string_view::npos) {
      errno = ENOENT;
      return Descriptor();
    }
    return walk_ == PathWalk::kKernel ? WalkWithKernel(root_.get(), std::string(path), follow_last)
                                      : WalkComponents(root_.get(), std::string(path), follow_last);
  }

  Result<FileStat> StatOf(std::string_view path, bool follow) const {
    const Descriptor object = Walk(path, follow);
    struct stat stat;
    if (!object || fstat(object.get(), &stat) != 0) {
      return std::unexpected(SystemFileError(errno, "stat", path));
    }
    return Convert(stat);
  }

  /// Looks at the object first and opens it only when it is a regular file: to open a device or a
  /// FIFO may do something.
  Result<Descriptor> OpenRegular(std::string_view path, struct stat& stat) const {
    const Descriptor object = Walk(path, true);
    if (!object || fstat(object.get(), &stat) != 0) {
      return std::unexpected(SystemFileError(errno, "read", path));
    }
    if (!S_ISREG(stat.st_mode))
      return std::unexpected(FileError(ErrorCode::kNotRegular, "read", path));
    constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    // Through /proc it is the very object that was looked at.
    Descriptor file =
        OpenQuietly(AT_FDCWD, fmt::format("/proc/self/fd/{}", object.get()).c_str(), kFlags);
    if (!file && errno == ENOENT) file = OpenAgain(path, stat, kFlags);
    if (!file) return std::unexpected(SystemFileError(errno, "read", path));
    return file;
  }

  /// Where /proc is not mounted: by name, and only the same object counts.
  Descriptor OpenAgain(std::string_view path, const struct stat& seen, int flags) const {
    Descriptor file = walk_ == PathWalk::kKernel
                          ? OpenWithKernel(root_.get(), std::string(path), flags)
                          : OpenInFolder(path, flags);
    struct stat now;
    if (!file || fstat(file.get(), &now) != 0) return Descriptor();
    if (now.st_dev == seen.st_dev && now.st_ino == seen.st_ino) return file;
    errno = EIO;
    return Descriptor();
  }

  /// Without openat2 and without /proc a last component that is a link cannot be opened: ELOOP.
  Descriptor OpenInFolder(std::string_view path, int flags) const {
    const size_t slash = path.find_last_not_of('/');
    const std::string_view trimmed =
        path.substr(0, slash == std::string_view::npos ? 0 : slash + 1);
    const size_t cut = trimmed.rfind('/');
    const std::string_view folder =
        cut == std::string_view::npos ? "/" : trimmed.substr(0, cut + 1);
    const std::string name(cut == std::string_view::npos ? trimmed : trimmed.substr(cut + 1));
    const Descriptor place = Walk(folder, true);
    return place ? OpenQuietly(place.get(), name.c_str(), flags | O_NOFOLLOW) : Descriptor();
  }

  /// Bytes from `offset` up to the file's end, at most `most`; `expected` is a guess at how many
  /// there are.
  static Result<std::string> ReadFrom(int fd, std::string_view path, uint64_t offset, uint64_t most,
                                      uint64_t expected) {
    std::string content;
    size_t filled = 0;
    // One more than expected, so that the end of the file is seen without growing.
    size_t room = std::min<uint64_t>(most, std::min<uint64_t>(expected, 16u << 20) + 1);
    for (;;) {
      if (filled == room) room = std::min<uint64_t>(most, room + std::max(room, kChunk));
      if (filled == room) break;
      if (room < kChunk && expected == 0) room = std::min<uint64_t>(most, kChunk);
      content.resize(room);
      const ssize_t got =
          ReadSome(fd, content.data() + filled, room - filled, static_cast<off_t>(offset + filled));
      if (got < 0) return std::unexpected(SystemFileError(errno, "read", path));
      if (got == 0) break;
      filled += static_cast<size_t>(got);
      // Of a file that says its size, less than was asked for is its end.
      if (expected != 0 && filled >= expected && filled < room) break;
    }
    content.resize(filled);
    return content;
  }

  Descriptor root_;
  PathWalk walk_;
};

}  // namespace

Result<std::unique_ptr<Files>> OpenRootWith(const std::string& root, PathWalk walk) {
  Descriptor folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    const int reason = errno;
    Error error = SystemFileError(reason, "open the root folder", root);
    if (reason == ENOTDIR) error.why = "not a folder";
    return std::unexpected(std::move(error));
  }
  if (walk == PathWalk::kKernel && !WalkWithKernel(folder.get(), ".", true)) {
    return std::unexpected(FileError(ErrorCode::kUnsupported, "open the root folder", root));
  }
  return std::make_unique<RootFiles>(std::move(folder), walk);
}

Result<std::unique_ptr<Files>> OpenRoot(const std::string& root) {
  auto files = OpenRootWith(root, PathWalk::kKernel);
  const bool refused = !files && files.error().code == ErrorCode::kUnsupported;
  return refused ? OpenRootWith(root, PathWalk::kOwn) : std::move(files);
}

}  // namespace seawall
