// The options that choose rules, shared by `audit` and `rules`.
#pragma once

#include "app/command.h"
#include "rules/frameworks.h"
#include "rules/rule.h"

namespace seawall::app {

/// --rules (ids and patterns), --row, --cis, --severity. An id, row or item that does not exist is
/// an error with the nearest one.
Result<rules::Selection> ReadSelection(const Arguments& arguments);

/// Rules that --rules names and the other options leave out, each with the reason.
std::vector<std::string> NamedButLeftOut(const Arguments& arguments,
                                         const rules::Selection& selection);

/// --framework; nullptr without it.
Result<const rules::Framework*> ReadFramework(const Arguments& arguments);

}  // namespace seawall::app
