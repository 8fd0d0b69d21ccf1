// Journal: what is needed to finish a plan or to take it back, on the disk before the first change.
// One folder for each apply below /var/lib/seawall of the root (docs/formats/journal.md):
//   journal.json   the changes, with the states before and after; never written again
//   before-N       the bytes of change N's file before it, where there was one
//   log            one line for each thing that happened; a torn last line says nothing
// It also says which components its steps restart, so that a rollback days later restarts them
// too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harden/plan.h"
#include "harden/root_writer.h"

namespace seawall::harden {

inline constexpr const char* kJournalFolder = "/var/lib/seawall";

struct JournalEntry {
  FileChange change;
  FileState after;
  int64_t modified_ns = 0;  ///< of the file before
  size_t step = 0;
};

/// A step of the plan, as far as taking it back needs to know.
struct JournalStep {
  std::string component;  ///< "" for what needs no restart
  std::string instance;
  bool restarts = false;
  std::optional<PeerUrls> peers = {};
  bool announced = false;  ///< its log says that the cluster may have been told, and not untold
};

/// An object of the cluster's API; its bytes before and after are in the plan's file.
struct JournalObject {
  std::string path;   ///< "/apis/rbac.authorization.k8s.io/v1/clusterroles/ci"
  std::string name;   ///< "ClusterRole ci"
  bool made = false;  ///< its log says that it was changed, and not that it was taken back
};

/// How far an apply came, by its log.
enum class Stage : uint8_t {
  kBegun,        ///< its end is not in the log: interrupted, or running
  kApplied,      ///< every change was made
  kWaiting,      ///< every change was made, and it is taken back unless somebody confirms
  kRollingBack,  ///< taking back was begun and its end is not in the log
  kRolledBack,   ///< everything is as before
  kPartly,       ///< what nobody had touched since was taken back
};
const char* ToString(Stage stage);  ///< "interrupted", "applied", …

struct Journal {
  std::string id;  ///< "20261128T180000Z-1a2b3c4d"
  std::string root;
  std::string node;
  std::string plan_digest;
  int64_t made = 0;
  std::vector<JournalEntry> entries;
  std::vector<JournalObject> objects;  ///< of an apply to the API: no files, then
  std::vector<std::string> proofs;     ///< rules whose proofs are still to be made
  bool live = false;                   ///< components run from this tree, and are restarted
  std::vector<JournalStep> steps;      ///< none in journals of schema 1.0
  int64_t confirm_seconds = 0;  ///< taken back after so long unless somebody confirms; 0: kept
  Stage stage = Stage::kBegun;
  bool guarded = false;     ///< what has to be there before the first change is there
  std::string snapshot;     ///< what its log says of a snapshot of etcd; "": there was no need
  std::string break_glass;  ///< the same of the credential that was tried
  int64_t last_logged = 0;  ///< the moment of the log's last line; 0: there is none

  std::string Folder() const { return std::string(kJournalFolder) + "/" + id; }
  std::string BeforeName(size_t entry) const { return "before-" + std::to_string(entry); }
  /// The temporary file beside a file that is changed.
  std::string TemporaryName(size_t entry) const {
    return ".seawall-" + id + "-" + std::to_string(entry);
  }
};

/// Its name and its plan's, and nothing else.
Journal EmptyJournal(const std::string& plan_digest, int64_t now);
/// A journal for the plan, not on the disk yet. `bytes` are the files' before, by entry.
Journal MakeJournal(const Plan& plan, const std::string& plan_digest, int64_t now);

/// Whether an apply came so far in a journal's folder that it may have changed something: there is
/// a journal.json that can be looked at or not, or a log without one.
bool HasJournal(const RootWriter& writer, const std::string& folder);

/// On the disk, all of it, before it returns: without journal.json nothing was begun.
/// `plan`: the plan's text, so that it can be finished without its file; "" leaves it out.
Result<void> StoreJournal(const RootWriter& writer, const Journal& journal,
                          const std::vector<std::string>& before, const std::string& plan = "");
/// That text, whole and the one that the journal knows by its digest; nullopt when it is not there.
Result<std::optional<std::string>> StoredPlanOf(const RootWriter& writer, const Journal& journal);
Result<Journal> LoadJournal(const RootWriter& writer, const std::string& id);
/// How far it came, by its log, which is a file of its own.
Result<void> ReadLog(const RootWriter& writer, Journal& journal);
/// Whether a folder of this name is a journal's.
bool IsJournalId(std::string_view name);
/// Ids, the oldest first; those of folders where nothing was begun left out.
Result<std::vector<std::string>> JournalIds(const RootWriter& writer);
/// The bytes of an entry's file before, whole and unchanged; kMalformed otherwise.
Result<std::string> BytesBefore(const RootWriter& writer, const Journal& journal, size_t entry);
/// Adds a line to the log.
Result<void> Log(const RootWriter& writer, const Journal& journal, const std::string& event);

/// Where a file stands between an entry's before and after.
enum class Standing : uint8_t {
  kBefore,
  kAfter,
  kBetween,  ///< the bytes are one's and the mode or owner the other's, or half of each
  kForeign,  ///< somebody else changed it
};
Result<Standing> StandingOf(const RootWriter& writer, const JournalEntry& entry);

/// An apply or a rollback that did not come to its end.
bool IsOpen(const Journal& journal);
/// When a journal that waits for a confirmation (or whose apply died) is to be taken back.
int64_t ConfirmUntil(const Journal& journal);

/// Held for as long as it lives. Only one at a time may change a root.
class Lock {
 public:
  /// kPermission when somebody holds it: who, since when, for how long, and how to unlock. `live`:
  /// the one in /run/seawall too, where people look for what runs.
  static Result<Lock> Take(const RootWriter& writer, const std::string& purpose, int64_t now,
                           bool live = false);

 private:
  explicit Lock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
  Descriptor run_;
};

}  // namespace seawall::harden
