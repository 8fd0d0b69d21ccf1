// Landlock: which files may be opened, and which TCP ports connected to.
// Source of the numbers: include/uapi/linux/landlock.h of Linux 6.18 (Debian 12's header ends at
// version 2 of the interface).
#pragma once

#include "base/error.h"
#include "sandbox/sandbox.h"

namespace seawall::sandbox {

/// The version of the kernel's interface; 0: none, or switched off.
int LandlockVersion();

/// Bounds files (unless `profile.all_files`) and, from version 4 on, TCP (unless
/// `profile.network`). `version` is LandlockVersion(), and at least 1.
Result<void> RestrictByLandlock(const Profile& profile, int version);

}  // namespace seawall::sandbox
