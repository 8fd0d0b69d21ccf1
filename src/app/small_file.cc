#include "app/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/descriptor.h"
#include "base/text.h"

namespace seawall::app {
namespace {

Descriptor Open(const std::string& path) {
  return Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

ErrorCode CodeOf(int error) {
  return error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
         : error == EACCES || error == EPERM ? ErrorCode::kPermission
                                             : ErrorCode::kIo;
}

Result<std::string> ReadAll(const Descriptor& file, const std::string& name,
                            const std::string& attempt) {
  std::string bytes(kSmallFileLimit + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(ErrorCode::kIo, attempt, name, std::strerror(errno));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kSmallFileLimit)
    return Fail(ErrorCode::kTooLarge, attempt, name, "it is larger than 1 MiB");
  bytes.resize(size);
  return bytes;
}

bool IsTrusted(const struct stat& there) {
  return S_ISREG(there.st_mode) && (there.st_uid == geteuid() || there.st_uid == 0) &&
         (there.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path, const std::string& attempt) {
  const Descriptor file = Open(path);
  if (!file) {
    const int error = errno;
    return Fail(CodeOf(error), attempt, path, std::strerror(error));
  }
  struct stat there{};
  if (fstat(file.get(), &there) != 0)
    return Fail(ErrorCode::kIo, attempt, path, std::strerror(errno));
  if (S_ISDIR(there.st_mode)) return Fail(ErrorCode::kNotRegular, attempt, path, "it is a folder");
  return ReadAll(file, path, attempt);
}

Result<std::optional<std::string>> ReadOwnFile(const std::string& path, const std::string& attempt,
                                               const std::string& how_to_use) {
  const Descriptor file = Open(path);
  if (!file) {
    const int error = errno;
    if (CodeOf(error) == ErrorCode::kNotFound) return std::nullopt;
    return Fail(CodeOf(error), attempt, path, std::strerror(error), how_to_use);
  }
  struct stat there{};
  if (fstat(file.get(), &there) != 0 || !IsTrusted(there)) {
    std::fprintf(stderr,
                 "seawall: %s is not used: it is not yours, or others may write to it (%s)\n",
                 Printable(path).c_str(), how_to_use.c_str());
    return std::nullopt;
  }
  auto bytes = ReadAll(file, path, attempt);
  if (!bytes) return std::unexpected(bytes.error());
  return std::move(*bytes);
}

}  // namespace seawall::app
