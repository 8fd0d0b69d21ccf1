// seawall harden status, history and fsck: what the journals of a root tell.
#pragma once

#include "app/command.h"

namespace seawall::app {

Result<int> RunHardenStatus(const Arguments& arguments);
Result<int> RunHardenHistory(const Arguments& arguments);
Result<int> RunHardenFsck(const Arguments& arguments);

}  // namespace seawall::app
