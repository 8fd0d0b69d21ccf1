// Unified diffs of edits that are known exactly: nothing is guessed, and `patch -p1` takes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/change.h"

namespace seawall::harden {

/// Hunks with three lines of context and the two lines that name the file; "" for no edits.
/// Modes are written as git does ("old mode 100644").
std::string UnifiedDiff(const FileChange& change, std::string_view before);

/// Hunks alone, of two texts of which nothing is known: whole lines that are new, gone or the same.
std::string DiffOfTexts(std::string_view before, std::string_view after);

}  // namespace seawall::harden
