#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/change_json.h"
#include "harden/journals.h"
#include "harden/safety.h"
#include "harden/undo.h"
#include "harden/unified_diff.h"

namespace seawall::harden {
namespace {

Result<void> RestoreStat(const RootWriter& writer, const FileChange& change) {
  auto now = writer.Look(change.path, LookAt::kStat);
  if (!now) return std::unexpected(now.error());
  return writer.SetStat(change.path, now->state, change.before.mode, change.before.uid,
                        change.before.gid);
}

Result<void> Restore(const RootWriter& writer, const Journal& journal, size_t index,
                     Undone& undone) {
  const JournalEntry& entry = journal.entries[index];
  const FileChange& change = entry.change;
  if (!change.before.exists) {
    auto gone = writer.Remove(change.path, change.folder);
    // A folder in which somebody else has put something stays.
    if (gone || gone.error().code != ErrorCode::kNotRegular) return gone;
    undone.kept.push_back(change.path);
    return {};
  }
  if (change.edits.empty()) return RestoreStat(writer, change);
  auto before = BytesBefore(writer, journal, index);
  if (!before) return std::unexpected(before.error());
  return writer.Replace(change.path, entry.after,
                        {std::move(*before), change.before.mode, change.before.uid,
                         change.before.gid, entry.modified_ns},
                        journal.TemporaryName(index));
}

std::string VersionText(const char* name, const FileState& state) {
  if (!state.exists) return fmt::format("  {}: not there\n", name);
  return fmt::format("  {}: mode {}, owner {}:{}{}\n", name, OctalText(state.mode), state.uid,
                     state.gid,
                     state.sha256.empty() ? "" : ", sha256 " + state.sha256.substr(0, 16));
}

/// The three versions of a file that somebody has edited since.
std::string ThreeVersions(const RootWriter& writer, const Journal& journal, size_t index) {
  const JournalEntry& entry = journal.entries[index];
  const FileChange& change = entry.change;
  auto now = writer.Look(change.path, change.folder ? LookAt::kStat : LookAt::kBytes);
  std::string text =
      change.path + ":\n" + VersionText("before", change.before) + VersionText("ours", entry.after);
  if (!now) return text + "  now: " + now.error().why + "\n";
  text += VersionText("now", now->state);
  std::string ours = change.content;
  if (!change.edits.empty()) {
    auto before = BytesBefore(writer, journal, index);
    if (!before) return text;
    auto after = Splice(*before, change.edits);
    if (after) {
      text += "  from before to ours:\n" + DiffOfTexts(*before, *after);
      ours = std::move(*after);
    }
  }
  if (!change.edits.empty() || !change.before.exists)
    text += "  from ours to now:\n" + DiffOfTexts(ours, now->bytes);
  return text;
}

}  // namespace

void Sweep(const RootWriter& writer, const Journal& journal) {
  for (size_t i = 0; i < journal.entries.size(); ++i) {
    const std::string& path = journal.entries[i].change.path;
    const std::string temporary = path.substr(0, path.rfind('/') + 1) + journal.TemporaryName(i);
    auto seen = writer.Look(temporary, LookAt::kStat);
    if (seen && seen->regular) (void)writer.Remove(temporary, false);
  }
  (void)writer.Remove(fmt::format("{}/.{}.tmp", journal.Folder(), kSnapshotName), false);
}

bool HasBytes(const FileChange& change) {
  return !change.folder && (!change.before.exists || !change.edits.empty());
}

StepWork WorkOf(const Journal& journal, size_t step) {
  StepWork work;
  work.number = step;
  if (step < journal.steps.size()) {
    work.component = journal.steps[step].component;
    work.instance = journal.steps[step].instance;
    work.restarts = journal.steps[step].restarts;
    work.peers = journal.steps[step].peers;
  }
  for (const JournalEntry& entry : journal.entries) {
    if (entry.step == step && HasBytes(entry.change)) work.files.push_back(entry.change.path);
  }
  return work;
}

namespace {

/// The bytes of every file that somebody else has edited, and that therefore stays.
Result<std::string> BytesThatStay(const RootWriter& writer, const Journal& journal) {
  std::string all;
  for (const JournalEntry& entry : journal.entries) {
    auto standing = StandingOf(writer, entry);
    if (!standing) return std::unexpected(standing.error());
    if (*standing != Standing::kForeign) continue;
    // A link, or what cannot be read, names nothing that could be known.
    if (auto seen = writer.Look(entry.change.path, LookAt::kBytes)) all.append(seen->bytes);
  }
  return all;
}

/// One entry; whether it was of bytes and had to be restored.
Result<bool> UndoOne(const RootWriter& writer, const Journal& journal, size_t index,
                     const std::string& staying, Undone& undone) {
  const JournalEntry& entry = journal.entries[index];
  auto standing = StandingOf(writer, entry);
  if (!standing) return std::unexpected(standing.error());
  if (*standing == Standing::kForeign) undone.left.push_back(entry.change.path);
  if (*standing == Standing::kForeign) return false;
  if (*standing == Standing::kBefore) {
    // By a rollback that was killed before this was on the disk, perhaps.
    auto settled = writer.Settle(entry.change.path);
    if (!settled) return std::unexpected(settled.error());
    return false;
  }
  // Without a file that its flags name a component does not start.
  if (!entry.change.before.exists && staying.contains(entry.change.path)) {
    undone.needed.push_back(entry.change.path);
    return false;
  }
  if (auto restored = Restore(writer, journal, index, undone); !restored)
    return std::unexpected(restored.error());
  return HasBytes(entry.change);
}

/// Steps of which the cluster may have been told.
bool IsAnnounced(const Journal& journal, const StepWork& work) {
  return work.peers && journal.steps[work.number].announced;
}

Result<void> Withdraw(const RootWriter& writer, const Journal& journal, const StepWork& work,
                      StepKeeper* keeper) {
  if (auto told = keeper->Withdraw(work); !told) return told;
  return Log(writer, journal, fmt::format("step {} withdrawn", work.number));
}

}  // namespace

Result<void> MayUndo(const Journal& journal, StepKeeper* keeper) {
  for (size_t i = 0; i < journal.steps.size(); ++i) {
    const StepWork work = WorkOf(journal, i);
    if (!IsAnnounced(journal, work)) continue;
    if (keeper == nullptr)
      return Fail(ErrorCode::kUsage, "roll back", journal.id,
                  "etcd's members were told where this one is found, and have to be told otherwise",
                  "roll it back where etcd runs, without --offline");
    if (auto may = keeper->MayWithdraw(work); !may) return may;
  }
  return {};
}

Result<Undone> Undo(const RootWriter& writer, const Journal& journal, const UndoOptions& options) {
  // What was interrupted while it was taken back may have files restored and no restart yet.
  const bool again = journal.stage == Stage::kRollingBack;
  if (auto logged = Log(writer, journal, "rolling-back"); !logged)
    return std::unexpected(logged.error());
  Undone undone;
  Sweep(writer, journal);
  auto staying = BytesThatStay(writer, journal);
  if (!staying) return std::unexpected(staying.error());
  for (size_t i = journal.entries.size(); i > 0;) {
    StepWork work = WorkOf(journal, journal.entries[i - 1].step);
    const bool told = IsAnnounced(journal, work) && options.keeper != nullptr;
    if (told && !work.peers->alone()) {
      if (auto back = Withdraw(writer, journal, work, options.keeper); !back)
        return std::unexpected(back.error());
    }
    for (; i > 0 && journal.entries[i - 1].step == work.number; --i) {
      auto restored = UndoOne(writer, journal, i - 1, *staying, undone);
      if (!restored) return std::unexpected(restored.error());
      work.touched = work.touched || *restored;
    }
    if (options.keeper == nullptr || !work.restarts || !(work.touched || again || told)) continue;
    auto runs = options.keeper->AfterRollback(work);
    // The only member cannot be told before it runs again.
    if (told && work.peers->alone()) {
      if (runs) runs = Withdraw(writer, journal, work, options.keeper);
      if (!runs) return std::unexpected(runs.error());
    }
    if (!runs)
      undone.not_running += (undone.not_running.empty() ? "" : "; ") + runs.error().ToString();
  }
  if (!undone.left.empty() && !options.untouched_only)
    return Fail(ErrorCode::kMalformed, "take the changes back", Join(undone.left, ", "),
                "somebody else changed it meanwhile", "look at it, then roll back again");
  auto logged = Log(writer, journal, undone.left.empty() ? "rolled-back" : "rolled-back-partly");
  if (!logged) return std::unexpected(logged.error());
  return undone;
}

Result<Applied> RollBack(const std::string& root, const RollbackOptions& options) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  std::optional<Lock> lock;
  if (!options.dry_run) {
    auto taken =
        Lock::Take(*writer, "seawall harden rollback", options.now, options.keeper != nullptr);
    if (!taken) return std::unexpected(taken.error());
    lock.emplace(std::move(*taken));
  }
  auto journal = ChooseJournal(*writer, options.id);
  if (!journal) return std::unexpected(journal.error());
  if (!journal->objects.empty())
    return Fail(ErrorCode::kUsage, "roll back", journal->id,
                "it changed objects of the cluster's API, and no file",
                "name it without --offline, and the cluster with --kubeconfig");
  Applied applied;
  applied.id = journal->id;
  const bool confirmed =
      options.unconfirmed && journal->stage != Stage::kWaiting && !IsOpen(*journal);
  if (journal->stage == Stage::kRolledBack || confirmed) {
    applied.ended = Ended::kNothing;
    return applied;
  }
  std::string foreign;
  for (size_t i = 0; i < journal->entries.size(); ++i) {
    const JournalEntry& entry = journal->entries[i];
    auto standing = StandingOf(*writer, entry);
    if (!standing) return std::unexpected(standing.error());
    if (*standing == Standing::kForeign) foreign += ThreeVersions(*writer, *journal, i);
    if (*standing != Standing::kForeign && *standing != Standing::kBefore) {
      applied.changed.push_back(entry.change.path);
      if (auto free = writer->CheckFree(entry.change.path, 0); !free)
        return std::unexpected(free.error());
    }
    if (!entry.change.edits.empty()) {
      auto before = BytesBefore(*writer, *journal, i);
      if (!before) return std::unexpected(before.error());
    }
  }
  if (!foreign.empty() && !options.untouched)
    return Fail(ErrorCode::kMalformed, "roll back", journal->id,
                "somebody has edited since:\n" + foreign,
                "take back what is untouched with --untouched, and edit the rest by hand");
  if (auto may = MayUndo(*journal, options.keeper); !may) return std::unexpected(may.error());
  // Who did not confirm is taken back whatever else is broken.
  for (size_t i = 0; i < journal->steps.size() && !applied.changed.empty(); ++i) {
    if (options.keeper == nullptr || options.unconfirmed) break;
    if (auto may = options.keeper->MayRestart(WorkOf(*journal, i)); !may)
      return std::unexpected(may.error());
  }
  if (options.dry_run) return applied;
  auto undone = Undo(*writer, *journal, {options.untouched, options.keeper});
  if (!undone) {
    applied.ended = Ended::kStuck;
    applied.why = undone.error().ToString();
    return applied;
  }
  applied.left = std::move(undone->left);
  applied.kept = std::move(undone->kept);
  applied.needed = std::move(undone->needed);
  std::erase_if(applied.changed, [&](const std::string& path) {
    return std::ranges::find(applied.needed, path) != applied.needed.end();
  });
  applied.not_running = std::move(undone->not_running);
  if (options.keeper != nullptr && journal->steps.empty())
    applied.not_running = "its journal is of an older seawall and does not say what to restart";
  applied.ended = applied.left.empty() ? Ended::kDone : Ended::kPartly;
  return applied;
}

Result<std::string> Confirm(const std::string& root, const std::string& id, int64_t now) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  auto lock = Lock::Take(*writer, "seawall harden confirm", now);
  if (!lock) return std::unexpected(lock.error());
  auto journals = LoadJournals(*writer);
  if (!journals) return std::unexpected(journals.error());
  for (auto at = journals->whole.rbegin(); at != journals->whole.rend(); ++at) {
    if ((!id.empty() && at->id != id) || at->stage != Stage::kWaiting) continue;
    if (auto logged = Log(*writer, *at, "confirmed"); !logged)
      return std::unexpected(logged.error());
    return at->id;
  }
  // Of several, the one that waits may be the one that says nothing.
  for (const UnreadableJournal& broken : journals->unreadable) {
    if (id.empty() ? !broken.ended : broken.id == id) return std::unexpected(broken.error);
  }
  return Fail(ErrorCode::kNotFound, "confirm", id.empty() ? kJournalFolder : id,
              "nothing waits for a confirmation", "seawall harden history tells what became of it");
}

}  // namespace seawall::harden
