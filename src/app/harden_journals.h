// seawall harden status, history, fsck and prune: what the journals of a root tell and keep.
#pragma once

#include "app/command.h"

namespace seawall::app {

Result<int> RunHardenStatus(const Arguments& arguments);
Result<int> RunHardenHistory(const Arguments& arguments);
Result<int> RunHardenFsck(const Arguments& arguments);
Result<int> RunHardenPrune(const Arguments& arguments);

}  // namespace seawall::app
