// --policy: an organisation's own rules, from a folder.
#pragma once

#include "app/command.h"

namespace seawall::app {

/// Reads *.yaml, *.yml and *.json of the folder that --policy names, in the order of their names,
/// and puts them into the table of rules. To be called before anything asks for rules; nothing
/// without the option. Errors: those of the files, with their places.
Result<void> InstallPolicy(const Arguments& arguments);

}  // namespace seawall::app
