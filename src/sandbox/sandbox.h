// sandbox/: the process gives up what it does not need before it reads what others wrote. Landlock
// bounds files and TCP, seccomp bounds system calls, and no_new_privs keeps it so; each where the
// kernel has it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace seawall::sandbox {

/// What is still needed once everything is opened that can be opened beforehand. Folders stand for
/// themselves and everything below them.
struct Profile {
  std::vector<std::string> read;   ///< files and folders; what is not there is left out
  std::vector<std::string> write;  ///< folders in which files are made, renamed and removed
  bool network = false;            ///< connections may be made (never accepted)
  bool execute = false;            ///< programs may be started (a credential plugin)
  bool all_files = false;          ///< files are not bounded: what is started needs its own
  /// Other processes are looked at (their program, environment, sockets): Landlock, which counts
  /// that as tracing them, is not entered.
  bool processes = false;
};

/// What the kernel gives, asked without changing anything.
struct Support {
  int landlock = 0;      ///< version of the interface; 0: none. 4 and later bound TCP too
  bool seccomp = false;  ///< filters of system calls
};
Support Supported();

/// What holds from now on.
struct Entered {
  bool files = false;
  bool network = false;
  bool calls = false;
  std::string lacking;  ///< what the kernel does not have, for people; "": nothing
};

/// Gives up everything but `profile`, for this thread, those that it starts from now on, and their
/// programs; there is no way back. Call it before other threads are started. What the kernel lacks
/// is told, not an error; an Error is a bound that the kernel has and refused to set. No bound of
/// memory is set below what is mapped already, so that sanitizers go on working.
Result<Entered> Enter(const Profile& profile);

/// "Landlock 7 (files, TCP), seccomp", or what is missing; for `seawall version -v`.
std::string Describe(const Support& support);

}  // namespace seawall::sandbox
