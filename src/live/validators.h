// The programs that know whether a file is one that its reader takes, asked before anything is
// changed.
#pragma once

#include "harden/plan.h"

namespace seawall::live {

/// `systemd-analyze verify` of every unit whose file or drop-in the plan changes, as it is and as
/// it would be; an Error when it says something against the new one only. A machine without the
/// program is no error: the plan says what was not checked.
Result<void> AskValidators(const harden::Plan& plan);

}  // namespace seawall::live
