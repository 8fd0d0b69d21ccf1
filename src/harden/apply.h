// Applies a plan to a root, and takes it back. docs/harden-invariants.md says what holds at every
// moment; the order of writes here is that page's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harden/journal.h"

namespace seawall::harden {

/// One step, as those see it who restart and prove.
struct StepWork {
  size_t number = 0;
  std::string component;  ///< "" for what needs no restart
  std::string instance;
  bool restarts = false;
  /// Files of it were changed (or restored) just now. Otherwise an earlier run did so, and what
  /// runs tells whether the restart came.
  bool touched = false;
  std::vector<std::string> files;      ///< whose bytes are the step's
  std::vector<FindingName> cures;      ///< empty when it is taken back
  std::optional<PeerUrls> peers = {};  ///< what etcd's cluster is told
};

/// What a live apply does between the steps: restarts and proofs. An offline one has none.
class StepKeeper {
 public:
  virtual ~StepKeeper() = default;
  /// Before the first change of a step; an error stops there, with nothing of the step changed.
  virtual Result<void> BeforeStep(const StepWork& step) = 0;
  /// The step's changes are on the disk. An error takes the whole apply back.
  virtual Result<void> AfterStep(const StepWork& step) = 0;
  /// Every step was made and proven. An error takes the whole apply back.
  virtual Result<void> AfterAll(const std::vector<FindingName>& cures) = 0;
  /// The step's files are as they were before. An error is told; the other steps' files are
  /// restored all the same.
  virtual Result<void> AfterRollback(const StepWork& step) = 0;

  /// The step is proven: etcd's cluster is told where its member is found. Where it was told
  /// already there is nothing to do.
  virtual Result<void> Announce(const StepWork&) { return {}; }
  /// Whether the cluster may be told as before: no member that lives must lose this one. Nothing is
  /// changed. An error is a refusal.
  virtual Result<void> MayWithdraw(const StepWork&) { return {}; }
  /// Whether the component may restart for its files to be restored: a member of etcd that is well
  /// takes no quorum with it. Asked where nothing has failed. An error is a refusal.
  virtual Result<void> MayRestart(const StepWork&) { return {}; }
  /// Tells it so: before the step's files are restored, or after, when it is the only member.
  virtual Result<void> Withdraw(const StepWork&) { return {}; }
};

struct ApplyOptions {
  int64_t now = 0;
  bool dry_run = false;          ///< everything but the changes and the journal
  StepKeeper* keeper = nullptr;  ///< of a live apply
  std::string plan_text;         ///< kept in the journal; "" leaves it out
  int64_t confirm_seconds = 0;   ///< taken back after so long unless somebody confirms
  /// Whether what has to be there before the first change can be had; nothing was written yet.
  std::function<Result<void>()> check;
  /// Sees to it. The journal is on the disk, and nothing is changed yet; an error stops there. An
  /// apply that was interrupted before it had come through this comes here again.
  std::function<Result<void>(const Journal&)> guard;
  /// Starts what has to run beside it (what waits for a confirmation); also of an apply that is
  /// finished: it may have been killed before it came so far.
  std::function<Result<void>(const Journal&)> begun;
};

enum class Ended : uint8_t {
  kDone,        ///< all changes are made
  kNothing,     ///< there was nothing to do
  kRolledBack,  ///< something failed, everything is as before
  kStuck,       ///< something failed, and so did taking back: the journal says how far
  kPartly,      ///< of a rollback: what others have touched since was left as it is
};

struct Applied {
  Ended ended = Ended::kDone;
  std::string id;               ///< of the journal; "" when there was nothing to do
  int64_t confirm_seconds = 0;  ///< taken back after so long unless somebody confirms
  bool resumed = false;
  std::vector<std::string> changed;  ///< paths
  std::string why;                   ///< of kRolledBack and kStuck
  std::vector<std::string> proofs;   ///< rules whose proofs are still to be made
  std::vector<std::string> left;     ///< of kPartly: paths that were left as they are
  std::vector<std::string> kept;     ///< new folders into which others have written: they stay
  std::vector<std::string> needed;   ///< new ones that a file names which was left: they stay
  std::string not_running;           ///< what did not come back when its files were restored
};

/// Errors are refusals: nothing was changed. kMalformed with the difference when the tree is not
/// the plan's any more.
Result<Applied> ApplyPlan(const std::string& root, const Plan& plan, const std::string& digest,
                          const ApplyOptions& options);

/// The plan of an apply that was interrupted, as its file holds it; nullopt when there is none, or
/// its journal does not have it.
Result<std::optional<std::string>> InterruptedPlan(const std::string& root);

struct RollbackOptions {
  std::string id;            ///< "": the last that is not taken back yet
  bool untouched = false;    ///< leave what others have changed since, and take back the rest
  bool unconfirmed = false;  ///< only if nobody has confirmed it: kNothing otherwise
  int64_t now = 0;
  bool dry_run = false;
  StepKeeper* keeper = nullptr;
};

/// Errors are refusals: nothing was changed. kMalformed when somebody has edited a file since, with
/// the three versions.
Result<Applied> RollBack(const std::string& root, const RollbackOptions& options);

/// Keeps what waits for a confirmation. "": the last one that does. Gives its id.
Result<std::string> Confirm(const std::string& root, const std::string& id, int64_t now);

/// What is wrong with the journals of a root: one sentence each; none when all is well.
Result<std::vector<std::string>> CheckJournals(const std::string& root);

}  // namespace seawall::harden
