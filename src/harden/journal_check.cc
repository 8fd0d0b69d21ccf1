// fsck: whether the journals of a root can do what they are for.
#include <fmt/format.h>

#include "base/text.h"
#include "harden/apply.h"
#include "harden/safety.h"

namespace seawall::harden {
namespace {

class Checker {
 public:
  explicit Checker(const RootWriter& writer) : writer_(writer) {}

  Result<std::vector<std::string>> Run() {
    auto names = writer_.Names(kJournalFolder, "");
    if (!names) {
      if (names.error().code == ErrorCode::kNotFound) return std::move(problems_);
      return names;
    }
    CheckMode(kJournalFolder, 0700);
    for (const std::string& name : *names) {
      if (name == "lock") continue;
      if (IsJournalId(name))
        CheckOne(name);
      else
        Add(fmt::format("{}/{} is no journal: nothing of seawall reads it", kJournalFolder, name));
    }
    return std::move(problems_);
  }

 private:
  void Add(std::string text) { problems_.push_back(std::move(text)); }

  void CheckMode(const std::string& path, uint32_t mode) {
    auto seen = writer_.Look(path, LookAt::kStat);
    if (!seen) return Add(path + ": " + seen.error().why);
    if (seen->state.exists && (seen->state.mode & ~mode & 0777u) != 0)
      Add(fmt::format("{} is {:04o}: others may read or write it (chmod {:04o})", path,
                      seen->state.mode, mode));
  }

  void CheckOne(const std::string& name) {
    const std::string folder = std::string(kJournalFolder) + "/" + name;
    if (!HasJournal(writer_, folder))
      return Add(
          fmt::format("{} has no journal.json: an apply was interrupted before its first "
                      "change; nothing was changed, and the folder can be removed",
                      folder));
    auto journal = LoadJournal(writer_, name);
    if (!journal) {
      auto file = writer_.Look(folder + "/journal.json", LookAt::kStat);
      if (file && !file->regular)
        return Add(
            fmt::format("{} has a log and no journal.json: what it changed can only be taken back "
                        "by hand, from its files before-*; keep them",
                        folder));
      return Add(fmt::format("{}: {}", folder, journal.error().why));
    }
    CheckMode(folder, 0700);
    CheckMode(folder + "/journal.json", 0600);
    for (size_t i = 0; i < journal->entries.size(); ++i) CheckEntry(*journal, i);
    if (!journal->objects.empty()) CheckObjects(*journal);
    CheckSnapshot(*journal);
    if (IsOpen(*journal))
      Add(
          fmt::format("{} did not come to its end ({}): apply its plan again, or seawall harden "
                      "rollback {}",
                      name, ToString(journal->stage), name));
  }

  void CheckObjects(const Journal& journal) {
    CheckMode(journal.Folder() + "/plan.json", 0600);
    auto plan = StoredPlanOf(writer_, journal);
    if (!plan || !*plan)
      Add(
          fmt::format("{}: the objects before are lost: its plan.json is not what was stored "
                      "({})",
                      journal.id, plan ? "other bytes" : plan.error().why));
  }

  void CheckSnapshot(const Journal& journal) {
    const std::string file = fmt::format("{}/{}", journal.Folder(), kSnapshotName);
    CheckMode(file, 0600);
    auto seen = writer_.Look(file, LookAt::kStat);
    if (journal.snapshot.starts_with(kSnapshotName) && seen && !seen->state.exists)
      Add(file + " is gone: the snapshot of etcd that was made before the apply");
    const std::string part = fmt::format("{}/.{}.tmp", journal.Folder(), kSnapshotName);
    auto stray = writer_.Look(part, LookAt::kStat);
    if (stray && stray->state.exists)
      Add(part + " is a part of a snapshot that an interruption left; it can be removed");
  }

  void CheckEntry(const Journal& journal, size_t index) {
    const FileChange& change = journal.entries[index].change;
    if (!change.edits.empty()) {
      CheckMode(journal.Folder() + "/" + journal.BeforeName(index), 0600);
      if (auto before = BytesBefore(writer_, journal, index); !before)
        Add(fmt::format("{}: the bytes of {} before are lost: {}", journal.id, change.path,
                        before.error().why));
    }
    const std::string folder = change.path.substr(0, change.path.rfind('/') + 1);
    auto stray = writer_.Look(folder + journal.TemporaryName(index), LookAt::kStat);
    if (stray && stray->state.exists)
      Add(
          fmt::format("{}{} is a temporary file that an interruption left; the next apply or "
                      "rollback removes it",
                      folder, journal.TemporaryName(index)));
  }

  const RootWriter& writer_;
  std::vector<std::string> problems_;
};

}  // namespace

Result<std::vector<std::string>> CheckJournals(const std::string& root) {
  auto writer = RootWriter::Open(root);
  if (!writer) return std::unexpected(writer.error());
  return Checker(*writer).Run();
}

}  // namespace seawall::harden
