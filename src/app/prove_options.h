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

/// --timeout, --concurrency, --max-per-host.
Result<probe::ProbeOptions> ReadProbeOptions(const Arguments& arguments);

}  // namespace seawall::app
