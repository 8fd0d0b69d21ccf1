// Takes the changes of a journal back, the last first. Private to this room.
#pragma once

#include "harden/apply.h"

namespace seawall::harden {

struct UndoOptions {
  bool untouched_only = false;  ///< leave what is foreign; otherwise it is an error
  StepKeeper* keeper = nullptr;
};

struct Undone {
  std::vector<std::string> left;    ///< paths that were left as they are
  std::vector<std::string> kept;    ///< new folders into which others have written meanwhile
  std::vector<std::string> needed;  ///< new ones that a file names which was left: they stay too
  std::string not_running;          ///< what did not come back after its files were restored
};

/// Whether the change is one of bytes, and not of a mode, an owner or a folder alone.
bool HasBytes(const FileChange& change);
/// A step by its journal; nothing of it touched yet.
StepWork WorkOf(const Journal& journal, size_t step);

/// Takes temporary files away that an interrupted run left.
void Sweep(const RootWriter& writer, const Journal& journal);

/// Whether what etcd's cluster was told may be taken back; an error is a refusal, and nothing was
/// changed.
Result<void> MayUndo(const Journal& journal, StepKeeper* keeper);

/// Every entry is looked at anew right before it is taken back.
Result<Undone> Undo(const RootWriter& writer, const Journal& journal, const UndoOptions& options);

}  // namespace seawall::harden
