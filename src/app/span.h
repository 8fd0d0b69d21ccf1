// Spans of time that may be as long as days.
#pragma once

#include <cstdint>

#include "app/command.h"

namespace seawall::app {

/// "90d", "1h30m" in seconds; 0 without the option. kUsage where it is less than `least` seconds.
Result<int64_t> ReadSpan(const Arguments& arguments, const char* option, int64_t least);

}  // namespace seawall::app
