#include "sandbox/landlock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/descriptor.h"

namespace seawall::sandbox {
namespace {

// System calls have these numbers on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

enum FileRight : uint64_t {
  kExecute = 1u << 0,
  kWriteFile = 1u << 1,
  kReadFile = 1u << 2,
  kReadFolder = 1u << 3,
  kRemoveFile = 1u << 5,
  kMakeFile = 1u << 8,
  kAllOfVersion1 = (1u << 13) - 1,
  kRefer = 1u << 13,        // version 2
  kTruncate = 1u << 14,     // version 3
  kDeviceIoctl = 1u << 15,  // version 5
};
constexpr uint64_t kBindTcp = 1u << 0;  // version 4
constexpr uint64_t kConnectTcp = 1u << 1;

struct Ruleset {
  uint64_t files;
  uint64_t network;
};

struct [[gnu::packed]] PathRule {
  uint64_t allowed;
  int32_t parent;
};

uint64_t FileRightsOf(int version) {
  uint64_t rights = kAllOfVersion1;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceIoctl;
  return rights;
}

std::unexpected<Error> Refused(const std::string& where) {
  return Fail(ErrorCode::kIo, "bound what this process may open", where, std::strerror(errno),
              "this is a defect of seawall: please report it");
}

Result<void> Allow(int ruleset, const std::string& path, uint64_t rights) {
  const Descriptor parent(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!parent) return {};  // what is not there is not opened either
  struct stat stat;
  // Of a file only a file's rights may be given.
  if (fstat(parent.get(), &stat) == 0 && !S_ISDIR(stat.st_mode)) rights &= kReadFile | kWriteFile;
  const PathRule rule{rights, parent.get()};
  if (syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) != 0) return Refused(path);
  return {};
}

}  // namespace

int LandlockVersion() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> RestrictByLandlock(const Profile& profile, int version) {
  const uint64_t handled = profile.all_files ? 0 : FileRightsOf(version);
  const uint64_t network = version >= 4 ? kBindTcp | (profile.network ? 0 : kConnectTcp) : 0;
  if (handled == 0 && network == 0) return {};
  const Ruleset wanted{handled, network};
  const size_t size = version >= 4 ? sizeof wanted : sizeof wanted.files;
  const Descriptor ruleset(static_cast<int>(syscall(kCreateRuleset, &wanted, size, 0)));
  if (!ruleset) return Refused("Landlock");
  if (!profile.all_files) {
    const uint64_t write =
        handled & (kWriteFile | kReadFile | kReadFolder | kRemoveFile | kMakeFile | kTruncate);
    for (const std::string& path : profile.read) {
      auto ok = Allow(ruleset.get(), path, kReadFile | kReadFolder);
      if (!ok) return ok;
    }
    for (const std::string& path : profile.write) {
      auto ok = Allow(ruleset.get(), path, write);
      if (!ok) return ok;
    }
  }
  if (syscall(kRestrictSelf, ruleset.get(), 0) != 0) return Refused("Landlock");
  return {};
}

}  // namespace seawall::sandbox
