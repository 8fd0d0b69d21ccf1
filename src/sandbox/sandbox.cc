#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sandbox/calls.h"
#include "sandbox/landlock.h"

namespace seawall::sandbox {
namespace {

/// Far more than any input within its bounds takes, and far less than what takes a machine down.
constexpr rlim_t kMostMemory = rlim_t{8} << 30;

/// Bytes of address space in use; what a sanitizer reserves counts.
rlim_t AddressSpace() {
  unsigned long long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void Lower(int resource, rlim_t most) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  limit.rlim_max = std::min(limit.rlim_max, most);
  setrlimit(resource, &limit);
}

/// Programs that are started need memory of their own measure.
void LimitResources(const Profile& profile) {
  Lower(RLIMIT_CORE, 0);  // a core file would hold what was read
  if (!profile.execute && AddressSpace() < kMostMemory / 2) Lower(RLIMIT_AS, kMostMemory);
}

}  // namespace

Support Supported() { return {.landlock = LandlockVersion(), .seccomp = SeccompSupported()}; }

Result<Entered> Enter(const Profile& profile) {
  const Support support = Supported();
  Entered entered;
  LimitResources(profile);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    entered.lacking = "no_new_privs";
    return entered;
  }
  if (profile.processes) {
    entered.files = false;
  } else if (support.landlock > 0) {
    if (auto ok = RestrictByLandlock(profile, support.landlock); !ok) {
      return std::unexpected(ok.error());
    }
    entered.files = !profile.all_files;
    entered.network = support.landlock >= 4;
  } else {
    entered.lacking = "Landlock";
  }
  if (support.seccomp) {
    if (auto ok = RestrictCalls(profile); !ok) return std::unexpected(ok.error());
    entered.calls = entered.network = true;
  } else {
    entered.lacking += entered.lacking.empty() ? "seccomp" : ", seccomp";
  }
  return entered;
}

std::string Describe(const Support& support) {
  const std::string files =
      support.landlock >= 4   ? fmt::format("Landlock {} (files, TCP)", support.landlock)
      : support.landlock >= 1 ? fmt::format("Landlock {} (files)", support.landlock)
                              : "no Landlock (files are not bounded)";
  return files + (support.seccomp ? ", seccomp" : ", no seccomp (system calls are not bounded)");
}

}  // namespace seawall::sandbox
