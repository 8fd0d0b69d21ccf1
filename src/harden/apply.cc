#include "harden/apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file_error.h"
#include "base/text.h"
#include "harden/journals.h"
#include "harden/stale.h"
#include "harden/undo.h"
#include "x509/openssl.h"

namespace seawall::harden {
namespace {

/// Change by change from a journal to the end, or back.
class Application {
 public:
  Application(const RootWriter& writer, const Plan& plan, Journal journal,
              const ApplyOptions& options)
      : writer_(writer), plan_(plan), journal_(std::move(journal)), options_(options) {}

  Result<Applied> Run(bool resumed) {
    Applied applied;
    applied.id = journal_.id;
    applied.resumed = resumed;
    applied.confirm_seconds = journal_.confirm_seconds;
    applied.proofs = journal_.proofs;
    // Whoever began it may have been killed before the journal's name was on the disk.
    Result<void> done;
    if (resumed) {
      Sweep(writer_, journal_);
      done = writer_.Settle(journal_.Folder() + "/journal.json");
    }
    if (done) done = Forward(applied);
    if (done) return applied;
    applied.why = done.error().ToString();
    applied.changed.clear();
    const auto may = MayUndo(journal_, options_.keeper);
    Result<Undone> back = may ? Undo(writer_, journal_, UndoOptions{false, options_.keeper})
                              : std::unexpected(may.error());
    applied.ended = back ? Ended::kRolledBack : Ended::kStuck;
    if (!back) applied.why += "; and taking it back failed: " + back.error().ToString();
    if (back) {
      applied.not_running = back->not_running;
      applied.kept = back->kept;
    }
    return applied;
  }

 private:
  Result<void> Forward(Applied& applied) {
    StepKeeper* keeper = options_.keeper;
    std::vector<FindingName> cures;
    size_t next = 0;
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      StepWork work = WorkOf(journal_, i);
      for (const PlannedChange& planned : plan_.steps[i].changes)
        std::ranges::copy(planned.cures, std::back_inserter(work.cures));
      std::ranges::copy(work.cures, std::back_inserter(cures));
      if (keeper != nullptr) {
        if (auto ready = keeper->BeforeStep(work); !ready) return ready;
      }
      for (; next < journal_.entries.size() && journal_.entries[next].step == i; ++next) {
        bool touched = false;
        if (auto made = Make(next, touched); !made) return made;
        work.touched = work.touched || touched;
        applied.changed.push_back(journal_.entries[next].change.path);
      }
      if (keeper == nullptr) continue;
      if (auto ok = Log(writer_, journal_, fmt::format("step {} changed", i)); !ok) return ok;
      if (auto proven = keeper->AfterStep(work); !proven) return proven;
      if (auto ok = Log(writer_, journal_, fmt::format("step {} proven", i)); !ok) return ok;
      if (auto told = Announce(work); !told) return told;
    }
    if (keeper != nullptr) {
      if (auto proven = keeper->AfterAll(cures); !proven) return proven;
    }
    return Log(writer_, journal_, "applied");
  }

  /// Whoever takes it back has to know that the cluster may have been told.
  Result<void> Announce(const StepWork& work) {
    if (!work.peers) return {};
    auto logged = Log(writer_, journal_, fmt::format("step {} announcing", work.number));
    if (!logged) return logged;
    journal_.steps[work.number].announced = true;
    if (auto told = options_.keeper->Announce(work); !told) return told;
    return Log(writer_, journal_, fmt::format("step {} announced", work.number));
  }

  /// `touched`: bytes were changed.
  Result<void> Make(size_t index, bool& touched) {
    const JournalEntry& entry = journal_.entries[index];
    const FileChange& change = entry.change;
    auto standing = StandingOf(writer_, entry);
    if (!standing) return std::unexpected(standing.error());
    if (*standing == Standing::kAfter) return writer_.Settle(change.path);
    if (*standing == Standing::kForeign) return ChangedMeanwhile(change.path);
    touched = HasBytes(change);
    if (change.folder && !change.before.exists)
      return writer_.MakeFolder(change.path, change.mode, change.uid, change.gid);
    if (change.before.exists && change.edits.empty()) {
      auto now = writer_.Look(change.path, LookAt::kStat);
      if (!now) return std::unexpected(now.error());
      return writer_.SetStat(change.path, now->state, change.mode, change.uid, change.gid);
    }
    std::string bytes = change.content;
    if (change.before.exists) {
      auto before = BytesBefore(writer_, journal_, index);
      if (!before) return std::unexpected(before.error());
      auto after = Splice(*before, change.edits);
      if (!after) return std::unexpected(after.error());
      bytes = std::move(*after);
    }
    return writer_.Replace(change.path, change.before,
                           {std::move(bytes), change.mode, change.uid, change.gid, -1},
                           journal_.TemporaryName(index));
  }

  static std::unexpected<Error> ChangedMeanwhile(const std::string& path) {
    return Fail(ErrorCode::kMalformed, "change the file", path,
                "somebody else changed it meanwhile", "nothing of theirs was overwritten");
  }

  const RootWriter& writer_;
  const Plan& plan_;
  Journal journal_;
  const ApplyOptions& options_;
};

/// This very plan's journal, when its changes are made and still there.
Result<std::optional<Journal>> AppliedBefore(const RootWriter& writer, const std::string& digest) {
  auto journals = LoadJournals(writer);
  if (!journals) return std::unexpected(journals.error());
  for (Journal& journal : journals->whole) {
    const bool made = journal.stage == Stage::kApplied || journal.stage == Stage::kWaiting;
    if (!made || journal.plan_digest != digest) continue;
    bool all = true;
    for (const JournalEntry& entry : journal.entries) {
      auto standing = StandingOf(writer, entry);
      if (!standing) return std::unexpected(standing.error());
      all = all && *standing == Standing::kAfter;
    }
    if (all) return std::optional(std::move(journal));
  }
  return std::nullopt;
}

Applied Ending(Ended ended, const std::string& id, bool resumed) {
  Applied applied;
  applied.ended = ended;
  applied.id = id;
  applied.resumed = resumed;
  return applied;
}

/// Everything that can be found out before the first change.
Result<void> CheckAll(const RootWriter& writer, const Journal& journal) {
  uint64_t bytes = 0;
  for (const JournalEntry& entry : journal.entries) {
    uint64_t own = entry.change.content.size();
    for (const Edit& edit : entry.change.edits) own += edit.replacement.size();
    auto seen = writer.Look(entry.change.path, LookAt::kStat);
    if (!seen) return std::unexpected(seen.error());
    bytes += own + (entry.change.edits.empty() ? 0 : 2 * seen->size);
    if (auto free = writer.CheckFree(entry.change.path, bytes); !free) return free;
    const FileChange& change = entry.change;
    const bool gives = change.before.exists
                           ? change.before.uid != change.uid || change.before.gid != change.gid
                           : change.uid != geteuid();
    if (geteuid() != 0 && gives)
      return Fail(ErrorCode::kPermission, "change the file", change.path,
                  "it gets another owner, which only root can give", "run seawall as root");
  }
  return {};
}

/// The bytes before of every entry that edits them, and the digests after; refused when the tree is
/// not the plan's.
Result<std::vector<std::string>> TakeBefore(const RootWriter& writer, const Plan& plan,
                                            Journal& journal) {
  std::vector<std::string> before(journal.entries.size());
  size_t index = 0;
  for (const Step& step : plan.steps) {
    for (const PlannedChange& planned : step.changes) {
      JournalEntry& entry = journal.entries[index];
      const FileChange& change = entry.change;
      const bool edits = !change.edits.empty();
      auto seen = writer.Look(change.path, edits ? LookAt::kBytes : LookAt::kStat);
      if (!seen) return std::unexpected(seen.error());
      FileState wanted = change.before;
      if (!edits) wanted.sha256.clear();
      if (seen->state != wanted || (seen->state.exists && seen->folder != change.folder))
        return std::unexpected(StaleError(planned, *seen));
      entry.modified_ns = seen->modified_ns;
      auto after = After(change, seen->bytes);
      if (!after) return std::unexpected(after.error());
      entry.after = *after;
      if (!edits && (change.before.exists || change.folder)) entry.after.sha256.clear();
      before[index] = std::move(seen->bytes);
      ++index;
    }
  }
  return before;
}

/// What has to be there before the first change.
Result<void> Guard(const RootWriter& writer, const Journal& journal, const ApplyOptions& options) {
  if (!options.guard || journal.guarded) return {};
  if (auto guarded = options.guard(journal); !guarded) return guarded;
  return Log(writer, journal, "guarded");
}

}  // namespace

Result<std::optional<std::string>> InterruptedPlan(const std::string& root) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  auto journal = Unfinished(*writer);
  if (!journal) return std::unexpected(journal.error());
  if (!*journal || (*journal)->stage != Stage::kBegun || !(*journal)->objects.empty())
    return std::nullopt;
  return StoredPlanOf(*writer, **journal);
}

Result<Applied> ApplyPlan(const std::string& root, const Plan& plan, const std::string& digest,
                          const ApplyOptions& options) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  if (plan.Changes() == 0) {
    Applied nothing;
    nothing.ended = Ended::kNothing;
    return nothing;
  }
  std::optional<Lock> lock;
  if (!options.dry_run) {
    auto taken =
        Lock::Take(*writer, "seawall harden apply", options.now, options.keeper != nullptr);
    if (!taken) return std::unexpected(taken.error());
    lock.emplace(std::move(*taken));
  }
  auto unfinished = Unfinished(*writer);
  if (!unfinished) return std::unexpected(unfinished.error());
  if (*unfinished) {
    const Journal& earlier = **unfinished;
    const bool ours = earlier.plan_digest == digest && earlier.stage != Stage::kRollingBack;
    if (!ours) return FinishFirst(earlier);
    if (earlier.stage == Stage::kWaiting) return Ending(Ended::kNothing, earlier.id, false);
    if (options.dry_run) return Ending(Ended::kDone, earlier.id, true);
    auto begun = Guard(*writer, earlier, options);
    if (begun && options.begun) begun = options.begun(earlier);
    if (!begun) return std::unexpected(begun.error());
    return Application(*writer, plan, earlier, options).Run(true);
  }
  auto journal = NextJournal(*writer, MakeJournal(plan, digest, options.now));
  if (!journal) return std::unexpected(journal.error());
  auto earlier = AppliedBefore(*writer, digest);
  if (!earlier) return std::unexpected(earlier.error());
  if (*earlier) return Ending(Ended::kNothing, (*earlier)->id, false);
  auto before = TakeBefore(*writer, plan, *journal);
  if (!before) return std::unexpected(before.error());
  if (auto free = CheckAll(*writer, *journal); !free) return std::unexpected(free.error());
  if (options.check) {
    if (auto can = options.check(); !can) return std::unexpected(can.error());
  }
  if (options.dry_run) {
    Applied dry;
    for (const JournalEntry& entry : journal->entries) dry.changed.push_back(entry.change.path);
    dry.proofs = journal->proofs;
    return dry;
  }
  journal->live = options.keeper != nullptr;
  journal->confirm_seconds = options.confirm_seconds;
  if (auto stored = StoreJournal(*writer, *journal, *before, options.plan_text); !stored)
    return std::unexpected(stored.error());
  auto begun = Guard(*writer, *journal, options);
  if (begun && options.begun) begun = options.begun(*journal);
  if (!begun) {
    (void)Log(*writer, *journal, "rolled-back");
    return std::unexpected(begun.error());
  }
  return Application(*writer, plan, std::move(*journal), options).Run(false);
}

}  // namespace seawall::harden
