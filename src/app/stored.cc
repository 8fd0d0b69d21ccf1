#include "app/stored.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/output_file.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read the report";

/// What comes out of a pipe can be read only once.
Result<Descriptor> SetAside(int from, const std::string& name) {
  auto aside = OutputFile().Aside();
  if (!aside) return aside;
  std::string buffer(1 << 16, '\0');
  while (true) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(ErrorCode::kIo, kAttempt, name, std::strerror(errno));
    if (n == 0) return aside;
    if (int error = WriteAll(aside->get(), {buffer.data(), static_cast<size_t>(n)}); error != 0)
      return Fail(ErrorCode::kIo, "set the report aside", name, std::strerror(error));
  }
}

}  // namespace

NamedFile SplitNamedFile(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || access(word.c_str(), F_OK) == 0)
    return {"", word};
  // A folder may have one, too; a name that a report can hold has no slash.
  if (word.substr(0, equals).find('/') != std::string::npos) return {"", word};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Result<report::StoredReport> OpenStored(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  Descriptor file(path == "-" ? dup(STDIN_FILENO)
                              : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat there{};
  if (!file || fstat(file.get(), &there) != 0) {
    const int error = errno;
    return Fail(error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
                : error == EACCES || error == EPERM ? ErrorCode::kPermission
                                                    : ErrorCode::kIo,
                kAttempt, name, std::strerror(error));
  }
  if (S_ISDIR(there.st_mode)) {
    return Fail(ErrorCode::kNotRegular, kAttempt, name, "it is a folder",
                "name a file that `seawall audit -o json` wrote");
  }
  if (!S_ISREG(there.st_mode) || path == "-") {
    auto aside = SetAside(file.get(), name);
    if (!aside) return std::unexpected(aside.error());
    file = std::move(*aside);
  }
  return report::StoredReport::Read(std::move(file), name);
}

}  // namespace seawall::app
