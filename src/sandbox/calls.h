// seccomp: which system calls are refused, with EPERM.
#pragma once

#include "base/error.h"
#include "sandbox/sandbox.h"

namespace seawall::sandbox {

bool SeccompSupported();

/// Refuses the calls of other architectures, those that change the machine or another process, and
/// those that `profile` does not need (starting programs, sockets).
Result<void> RestrictCalls(const Profile& profile);

}  // namespace seawall::sandbox
