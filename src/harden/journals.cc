#include "harden/journals.h"

#include <fmt/format.h>

namespace seawall::harden {
namespace {

/// What the log says alone. An apply that waits for its confirmation is an end here: its files are
/// whole, and its watcher cannot read the journal either.
bool HasEnded(const RootWriter& writer, const std::string& id) {
  Journal journal;
  journal.id = id;
  return ReadLog(writer, journal) && !IsOpen(journal);
}

}  // namespace

Result<void> Journals::RefuseUnended(const std::string& operation) const {
  for (const UnreadableJournal& broken : unreadable) {
    if (broken.ended) continue;
    return Fail(
        ErrorCode::kMalformed, operation, broken.id,
        fmt::format("this earlier journal cannot be read ({}), and its log does not say that "
                    "it came to its end: what it changed may be half made",
                    broken.error.why),
        fmt::format("look at the files that it names, put them right, and move {}/{} out of "
                    "the way",
                    kJournalFolder, broken.id));
  }
  return {};
}

Result<Journals> LoadJournals(const RootWriter& writer) {
  auto ids = JournalIds(writer);
  if (!ids) return std::unexpected(ids.error());
  Journals journals;
  for (const std::string& id : *ids) {
    auto journal = LoadJournal(writer, id);
    if (journal)
      journals.whole.push_back(std::move(*journal));
    else
      journals.unreadable.push_back({id, journal.error(), HasEnded(writer, id)});
  }
  return journals;
}

Result<Journals> History(const std::string& root) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  return LoadJournals(*writer);
}

}  // namespace seawall::harden
