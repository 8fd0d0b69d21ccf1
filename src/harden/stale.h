// What to say when files are not as a plan or a journal knows them. Private to this room.
#pragma once

#include <string>

#include "harden/plan.h"
#include "harden/root_writer.h"

namespace seawall::harden {

/// The plan speaks of another file than the one that is there: what differs, line by line as far as
/// the plan knows lines.
Error StaleError(const PlannedChange& planned, const Seen& now);

/// Lines of `text` that the marks do not know, and how many marked lines are gone.
std::string LinesSince(std::string_view marks, std::string_view text);

}  // namespace seawall::harden
