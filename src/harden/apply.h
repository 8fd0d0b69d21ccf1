// Applies a plan to a root, and takes it back. docs/harden-invariants.md says what holds at every
// moment; the order of writes here is that page's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harden/journal.h"

namespace seawall::harden {

/// What a live apply does between the steps: restarts and proofs. An offline one has none.
class StepKeeper {
 public:
  virtual ~StepKeeper() = default;
  /// Before the first change of a step; an error stops there, with nothing of the step changed.
  virtual Result<void> BeforeStep(const Plan& plan, const Step& step) = 0;
  /// The step's changes are on the disk. An error takes the whole apply back.
  virtual Result<void> AfterStep(const Plan& plan, const Step& step) = 0;
  /// The step's files are as they were before.
  virtual Result<void> AfterRollback(const std::string& component, const std::string& instance) = 0;
};

struct ApplyOptions {
  int64_t now = 0;
  bool dry_run = false;  ///< everything but the changes and the journal
  StepKeeper* keeper = nullptr;
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
  std::string id;  ///< of the journal; "" when there was nothing to do
  bool resumed = false;
  std::vector<std::string> changed;  ///< paths
  std::string why;                   ///< of kRolledBack and kStuck
  std::vector<std::string> proofs;   ///< rules whose proofs are still to be made
  std::vector<std::string> left;     ///< of kPartly: paths that were left as they are
};

/// Errors are refusals: nothing was changed. kMalformed with the difference when the tree is not
/// the plan's any more.
Result<Applied> ApplyPlan(const std::string& root, const Plan& plan, const std::string& digest,
                          const ApplyOptions& options);

struct RollbackOptions {
  std::string id;          ///< "": the last that is not taken back yet
  bool untouched = false;  ///< leave what others have changed since, and take back the rest
  int64_t now = 0;
  bool dry_run = false;
  StepKeeper* keeper = nullptr;
};

/// Errors are refusals: nothing was changed. kMalformed when somebody has edited a file since, with
/// the three versions.
Result<Applied> RollBack(const std::string& root, const RollbackOptions& options);

/// What is wrong with the journals of a root: one sentence each; none when all is well.
Result<std::vector<std::string>> CheckJournals(const std::string& root);

/// Every journal of a root, the oldest first.
Result<std::vector<Journal>> History(const std::string& root);

}  // namespace seawall::harden
