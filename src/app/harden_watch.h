// What waits for the confirmation of seawall harden apply --confirm.
#pragma once

#include <string>

#include "app/command.h"
#include "harden/journal.h"

namespace seawall::app {

/// Starts a process of its own that takes the journal back unless somebody confirms it. It outlives
/// this program and its terminal; where systemd runs also the login, and a reboot.
Result<void> StartWatcher(const Arguments& arguments, const harden::Journal& journal);
/// Removes what would start it at the machine's next start; nothing there is no error.
void ForgetWatcher(const std::string& id);
/// That process: `seawall harden watch ID`.
Result<int> RunHardenWatch(const Arguments& arguments);
Result<int> RunHardenConfirm(const Arguments& arguments);

}  // namespace seawall::app
