#include "harden/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harden/journals.h"
#include "harden/safety.h"

namespace seawall::harden {
namespace {

/// Nothing will ask for its snapshot but a person.
bool HasEnded(const Journal& journal) {
  return journal.stage == Stage::kApplied || journal.stage == Stage::kRolledBack ||
         journal.stage == Stage::kPartly;
}

Result<void> PruneOne(const RootWriter& writer, const Journal& journal, bool dry_run,
                      std::vector<PrunedSnapshot>& pruned) {
  // The snapshot, and what an interruption may have left of it.
  const std::array<std::string, 2> files = {
      fmt::format("{}/{}", journal.Folder(), kSnapshotName),
      fmt::format("{}/.{}.tmp", journal.Folder(), kSnapshotName)};
  for (const std::string& file : files) {
    auto seen = writer.Look(file, LookAt::kStat);
    if (!seen) return std::unexpected(seen.error());
    if (!seen->regular) continue;
    pruned.push_back({file, seen->size});
    if (dry_run) continue;
    // The log first: a snapshot that is gone without a word is something that was lost.
    if (&file == &files.front() && journal.snapshot.starts_with(kSnapshotName)) {
      auto logged = Log(writer, journal, fmt::format("snapshot removed, {}", journal.snapshot));
      if (!logged) return logged;
    }
    if (auto gone = writer.Remove(file, false); !gone) return gone;
  }
  return {};
}

}  // namespace

Result<std::vector<PrunedSnapshot>> PruneSnapshots(const std::string& root,
                                                   const PruneOptions& options) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  std::optional<Lock> lock;
  if (!options.dry_run) {
    auto taken = Lock::Take(*writer, "seawall harden prune", options.now);
    if (!taken) return std::unexpected(taken.error());
    lock = std::move(*taken);
  }
  auto journals = LoadJournals(*writer);
  if (!journals) return std::unexpected(journals.error());
  std::vector<PrunedSnapshot> pruned;
  bool found = options.id.empty();
  for (const Journal& journal : journals->whole) {
    if (!options.id.empty() && journal.id != options.id) continue;
    found = true;
    if (!HasEnded(journal)) {
      if (options.id.empty()) continue;
      return Fail(ErrorCode::kUsage, "remove its snapshot", journal.id,
                  fmt::format("it did not come to its end ({})", ToString(journal.stage)),
                  "finish it, or take it back: seawall harden status tells how");
    }
    // Clocks differ by a moment: without an age there is nothing to compare.
    const int64_t age = options.now - std::max(journal.made, journal.last_logged);
    if (options.older_than > 0 && age < options.older_than) continue;
    auto done = PruneOne(*writer, journal, options.dry_run, pruned);
    if (!done) return std::unexpected(done.error());
  }
  for (const UnreadableJournal& broken : journals->unreadable) {
    if (broken.id == options.id) return std::unexpected(broken.error);
  }
  if (!found)
    return Fail(ErrorCode::kNotFound, "remove its snapshot", options.id, "there is no such journal",
                "seawall harden history lists them");
  return pruned;
}

}  // namespace seawall::harden
