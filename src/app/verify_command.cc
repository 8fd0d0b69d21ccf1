// `seawall report verify`: whether a file is what somebody signed. Offline, and of any file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/app.h"
#include "app/run.h"
#include "app/small_file.h"
#include "app/terminal.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "report/signature.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "verify the report";
constexpr off_t kMostBytes = off_t{4} << 30;

/// A signature is over the whole file at once.
Result<std::string> ReadWhole(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat there{};
  if (!file || fstat(file.get(), &there) != 0) {
    const int error = errno;
    return Fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, kAttempt, path,
                std::strerror(error));
  }
  if (!S_ISREG(there.st_mode))
    return Fail(ErrorCode::kNotRegular, kAttempt, path, "it is no regular file");
  if (there.st_size > kMostBytes)
    return Fail(ErrorCode::kTooLarge, kAttempt, path, "it is larger than 4 GiB");
  std::string bytes(static_cast<size_t>(there.st_size), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(ErrorCode::kIo, kAttempt, path, std::strerror(errno));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  bytes.resize(size);
  return bytes;
}

/// What is wrong with the signature; "" when it is good.
std::string Complaint(const report::DetachedSignature& signature, const x509::SigningKey& key,
                      std::string_view content) {
  if (signature.key != key.id())
    return fmt::format("it was signed with another key: {}, and not {}",
                       PrintableShort(signature.key, 80), key.id());
  if (signature.digest != x509::DigestOfBytes(content)) return "the file was changed since";
  if (!key.Verify(content, signature.bytes)) return "the signature is not of this file and key";
  return "";
}

}  // namespace

Result<int> RunVerify(const Arguments& arguments) {
  if (arguments.positional.size() != 2) {
    return Fail(ErrorCode::kUsage, kAttempt, "", "one file can be verified at a time",
                "seawall report verify FILE --key PUB.pem [--signature FILE.sig]");
  }
  if (!arguments.Has("key")) {
    return Fail(ErrorCode::kUsage, kAttempt, "", "--key is missing",
                "name the public key of whom you expect to have signed it");
  }
  const std::string& file = arguments.positional[1];
  const std::string signature_file = arguments.Get("signature", file + ".sig");
  const std::string key_file = arguments.Get("key");
  auto pem = ReadSmallFile(key_file, "read the public key");
  if (!pem) return std::unexpected(pem.error());
  auto key = x509::SigningKey::ReadPublic(key_file, *pem);
  if (!key) return std::unexpected(key.error());
  auto text = ReadSmallFile(signature_file, "read the signature");
  if (!text) return std::unexpected(text.error());
  auto signature = report::ReadSignature(signature_file, *text);
  if (!signature) return std::unexpected(signature.error());
  auto content = ReadWhole(file);
  if (!content) return std::unexpected(content.error());
  const std::string complaint = Complaint(*signature, *key, *content);
  const std::string line =
      complaint.empty() ? fmt::format("good: {} is as {} signed it\n", Printable(file), key->id())
                        : fmt::format("BAD: {}: {}\n", Printable(file), complaint);
  if (auto ok = WriteOut(line); !ok) return std::unexpected(ok.error());
  return complaint.empty() ? kExitClean : kExitFindings;
}

}  // namespace seawall::app
