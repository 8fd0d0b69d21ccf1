#include "sandbox/calls.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace seawall::sandbox {
namespace {

// By name: not every architecture has each of them, and the library knows which.
constexpr const char* kNeverNeeded[] = {
    // another process, or this one's memory seen from outside
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
    // the machine
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount",
    "fsconfig", "fspick", "mount_setattr", "swapon", "swapoff", "reboot", "kexec_load",
    "kexec_file_load", "init_module", "finit_module", "delete_module", "sethostname",
    "setdomainname", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "acct",
    "quotactl", "iopl", "ioperm", "syslog", "vhangup",
    // ways around files' own rules
    "open_by_handle_at", "name_to_handle_at", "mknod", "mknodat", "setxattr", "lsetxattr",
    "fsetxattr", "chown", "lchown",
    // large parts of the kernel that nobody here uses
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "keyctl", "add_key", "request_key", "unshare",
    // who we are
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid",
    "setfsgid", "capset"};

constexpr const char* kToStartPrograms[] = {"execve", "execveat"};

constexpr const char* kToSpeak[] = {"socket", "socketpair", "connect",  "bind",
                                    "sendto", "sendmsg",    "sendmmsg", "setns"};
/// With the network too nobody is let in.
constexpr const char* kToListen[] = {"listen", "accept", "accept4"};

class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {
    if (!filter_) error_ = ENOMEM;
  }
  void Refuse(std::span<const char* const> names) {
    for (const char* name : names) {
      const int call = seccomp_syscall_resolve_name(name);
      if (call == __NR_SCMP_ERROR || error_ != 0) continue;
      const int code = seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
      if (code != 0) error_ = -code;
    }
  }
  int Load() {
    if (error_ == 0) error_ = -seccomp_load(filter_.get());
    return error_;
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter_;
  int error_ = 0;
};

}  // namespace

bool SeccompSupported() {
  const unsigned action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

Result<void> RestrictCalls(const Profile& profile) {
  Filter filter;
  filter.Refuse(kNeverNeeded);
  filter.Refuse(kToListen);
  if (!profile.execute) filter.Refuse(kToStartPrograms);
  if (!profile.network) filter.Refuse(kToSpeak);
  if (const int error = filter.Load(); error != 0) {
    return Fail(ErrorCode::kIo, "bound what this process may ask of the system", "seccomp",
                std::strerror(error), "this is a defect of seawall: please report it");
  }
  return {};
}

}  // namespace seawall::sandbox
