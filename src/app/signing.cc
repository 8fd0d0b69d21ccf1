#include "app/signing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/small_file.h"
#include "base/descriptor.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read the signing key";

/// Whoever else can read it can sign in your name.
Result<void> CheckPrivate(const std::string& path) {
  struct stat there{};
  if (stat(path.c_str(), &there) != 0)
    return Fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, kAttempt, path,
                std::strerror(errno));
  if (!S_ISREG(there.st_mode))
    return Fail(ErrorCode::kNotRegular, kAttempt, path, "it is no regular file");
  if (there.st_uid != geteuid() && there.st_uid != 0)
    return Fail(ErrorCode::kPermission, kAttempt, path, "it belongs to somebody else",
                "use a key of your own");
  if ((there.st_mode & 077) != 0) {
    return Fail(
        ErrorCode::kPermission, kAttempt, path,
        fmt::format("its mode is {:04o}: others may read or write it", there.st_mode & 07777),
        fmt::format("chmod 600 {}", path));
  }
  return {};
}

}  // namespace

Result<std::optional<x509::SigningKey>> ReadSigningKey(const Arguments& arguments) {
  if (!arguments.Has("sign")) return std::nullopt;
  const std::string path = arguments.Get("sign");
  if (auto ok = CheckPrivate(path); !ok) return std::unexpected(ok.error());
  auto pem = ReadSmallFile(path, kAttempt);
  if (!pem) return std::unexpected(pem.error());
  auto key = x509::SigningKey::ReadPrivate(path, *pem);
  explicit_bzero(pem->data(), pem->size());
  if (!key) return std::unexpected(key.error());
  return std::move(*key);
}

}  // namespace seawall::app
