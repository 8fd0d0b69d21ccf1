#include "app/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

namespace seawall::app {
namespace {

ErrorCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermission;
    case EISDIR:
      return ErrorCode::kNotRegular;
    default:
      return ErrorCode::kIo;
  }
}

const char* TodoFor(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "make the folder first";
    case EACCES:
    case EPERM:
    case EROFS:
      return "name a folder that you may write to";
    case ENOSPC:
    case EDQUOT:
      return "make room, then run it again: nothing was replaced";
    default:
      return "";
  }
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where a nameless file can be given a name later.
bool HasProc() { return access("/proc/self/fd", X_OK) == 0; }

std::string TemporaryName(const std::string& target, int attempt) {
  return fmt::format("{}.seawall-{}-{}", target, getpid(), attempt);
}

}  // namespace

int WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, "")) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(target_, other.target_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

std::unexpected<Error> OutputFile::Problem(int error_number) const {
  return Fail(CodeOf(error_number), "write the report", path_.empty() ? "standard output" : path_,
              std::strerror(error_number), TodoFor(error_number));
}

Result<OutputFile> OutputFile::Create(const std::string& path) { return Create(path, 0); }

Result<OutputFile> OutputFile::CreatePrivate(const std::string& path) { return Create(path, 0600); }

/// `mode`: 0 for that of the file that is replaced.
Result<OutputFile> OutputFile::Create(const std::string& path, unsigned mode) {
  OutputFile output;
  output.path_ = path;
  struct stat there{};
  if (stat(path.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return output.Problem(EISDIR);
    if (!S_ISREG(there.st_mode)) {
      output.file_ = Descriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
      if (!output.file_) return output.Problem(errno);
      return output;
    }
    if (mode == 0) mode = there.st_mode & 0777;
    std::error_code error;
    output.target_ = std::filesystem::canonical(path, error).string();
    if (error) return output.Problem(error.value());
  } else if (errno == ENOENT && !path.empty() && !path.ends_with('/')) {
    output.target_ = path;
  } else {
    return output.Problem(path.ends_with('/') ? EISDIR : errno);
  }
  if (auto ok = output.Open(mode); !ok) return std::unexpected(ok.error());
  return output;
}

Result<void> OutputFile::Open(unsigned mode) {
  if (HasProc()) {
    file_ = Descriptor(open(FolderOf(target_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  }
  for (int attempt = 0; !file_ && attempt < 100; ++attempt) {
    const std::string name = TemporaryName(target_, attempt);
    file_ =
        Descriptor(open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file_) temporary_ = name;
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) return Problem(errno);
  if (mode != 0 && fchmod(file_.get(), mode) != 0) return Problem(errno);
  return {};
}

Result<void> OutputFile::Write(std::string_view text) {
  const int error = WriteAll(path_.empty() ? STDOUT_FILENO : file_.get(), text);
  if (error != 0) return Problem(error);
  return {};
}

Result<void> OutputFile::Finish() {
  if (!target_.empty() && fsync(file_.get()) != 0) return Problem(errno);
  return {};
}

Result<std::string> OutputFile::Content() const {
  struct stat there{};
  if (fstat(file_.get(), &there) != 0) return Problem(errno);
  std::string bytes(static_cast<size_t>(there.st_size), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n =
        pread(file_.get(), bytes.data() + size, bytes.size() - size, static_cast<off_t>(size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Problem(errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  bytes.resize(size);
  return bytes;
}

Result<void> OutputFile::Publish() {
  if (target_.empty()) return {};
  if (temporary_.empty()) {
    // linkat replaces nothing, rename does: the name in between lives for a moment only.
    const std::string self = fmt::format("/proc/self/fd/{}", file_.get());
    for (int attempt = 0; attempt < 100; ++attempt) {
      const std::string name = TemporaryName(target_, attempt);
      if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        temporary_ = name;
        break;
      }
      if (errno != EEXIST) return Problem(errno);
    }
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return Problem(errno);
  temporary_.clear();
  // The name, too, is on the disk only after this; some file systems cannot, and it matters only
  // when the power fails now.
  const Descriptor folder(open(FolderOf(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) fsync(folder.get());
  return {};
}

Result<Descriptor> OutputFile::Aside() const {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = temporary != nullptr && *temporary == '/' ? temporary : "/tmp";
  if (!target_.empty()) folder = FolderOf(target_);
  Descriptor file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  std::string name = folder + "/seawall-XXXXXX";
  file = Descriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file) return Problem(errno);
  unlink(name.c_str());
  return file;
}

Result<void> OutputFile::CopyFrom(const Descriptor& aside) {
  std::vector<char> buffer(1 << 20);
  for (off_t at = 0;;) {
    const ssize_t n = pread(aside.get(), buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Problem(errno);
    if (n == 0) return {};
    if (auto ok = Write({buffer.data(), static_cast<size_t>(n)}); !ok) return ok;
    at += n;
  }
}

}  // namespace seawall::app
