// How an error reaches the user: a line on standard error, or JSON there when JSON was asked for.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace seawall::app {

/// Prints `error` and gives the exit status for it.
int ReportError(const Error& error, bool json);

/// Whether the words of a command line, even of a wrong one, ask for JSON.
bool WantsJson(const std::vector<std::string>& words);

}  // namespace seawall::app
