// The journals of a root, each on its own: one that cannot be read hides none of the others.
#pragma once

#include <string>
#include <vector>

#include "harden/journal.h"

namespace seawall::harden {

/// A journal that is there and says nothing: damaged, unreadable, or of another version.
struct UnreadableJournal {
  std::string id;
  Error error;
  /// By its log, which is a file of its own, it came to its end: nothing of it is half made.
  bool ended = false;
};

/// Each the oldest first.
struct Journals {
  std::vector<Journal> whole;
  std::vector<UnreadableJournal> unreadable;

  /// An error of the first of `unreadable` whose end is not known: whoever writes now may write
  /// over what it left.
  Result<void> RefuseUnended(const std::string& operation) const;
};

/// Errors are those of the folder.
Result<Journals> LoadJournals(const RootWriter& writer);
/// The same of a root.
Result<Journals> History(const std::string& root);

/// The journal with a name that comes after every other journal's, also when several are made in
/// one second. kUsage where one is of the future.
Result<Journal> NextJournal(const RootWriter& writer, Journal journal);
/// The first that did not come to its end, or waits for its confirmation.
Result<std::optional<Journal>> Unfinished(const RootWriter& writer);
std::unexpected<Error> FinishFirst(const Journal& journal);
/// The journal `id`; "": the last that is not taken back yet.
Result<Journal> ChooseJournal(const RootWriter& writer, const std::string& id);

}  // namespace seawall::harden
