// Takes the changes of a journal back, the last first. Private to this room.
#pragma once

#include "harden/apply.h"

namespace seawall::harden {

struct UndoOptions {
  bool untouched_only = false;  ///< leave what is foreign; otherwise it is an error
  StepKeeper* keeper = nullptr;
};

/// Paths that were left as they are. Every entry is looked at anew right before it is taken back.
Result<std::vector<std::string>> Undo(const RootWriter& writer, const Journal& journal,
                                      const UndoOptions& options);

}  // namespace seawall::harden
