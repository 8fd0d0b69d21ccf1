// From argv to Arguments, by the table; CLI11 does the reading.
#pragma once

#include <vector>

#include "app/command.h"

namespace seawall::app {

/// `words`: what follows the command's name. Errors are kUsage, with the nearest known option when
/// one was mistyped.
Result<Arguments> ParseArguments(const Command& command, const std::vector<std::string>& words);

/// Splits comma lists of a repeatable option: "a,b" and "-x a -x b" mean the same.
std::vector<std::string> SplitLists(const std::vector<std::string>& values);

}  // namespace seawall::app
