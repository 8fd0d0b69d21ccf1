// What `prove` is asked to look at, from the command line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "app/command.h"
#include "probe/observation.h"
#include "probe/prober.h"

namespace seawall::app {

/// HOST:PORT, [V6]:PORT, each with =COMPONENT behind it if one likes.
Result<probe::Endpoint> ReadEndpoint(const std::string& text);

/// A time of at most an hour, as in 3s, 500ms or 5m; `fallback` without the option.
Result<std::chrono::milliseconds> ReadDuration(const Arguments& arguments, const char* option,
                                               std::chrono::milliseconds fallback);

/// --timeout, --concurrency, --max-per-host.
Result<probe::ProbeOptions> ReadProbeOptions(const Arguments& arguments);

}  // namespace seawall::app
