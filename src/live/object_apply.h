// Applies a plan of objects to a cluster's API, and takes it back: with the journal, the lock and
// the Lease of everything else that is changed. The journal is on the disk before the first change;
// each object is changed by itself, as it was seen, and after each the API server is asked whether
// those who used a right have it still.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/client.h"
#include "harden/apply.h"
#include "live/cluster_lock.h"
#include "live/object_plan.h"

namespace seawall::live {

struct ObjectRun {
  std::string root;  ///< below which the journal lies
  std::shared_ptr<api::ApiClient> client;
  LockWanted lock;
  int64_t now = 0;
  bool dry_run = false;
  bool untouched = false;  ///< of a rollback: leave what others have changed since
  std::function<void(const std::string&)> say = {};
  std::function<bool()> interrupted = {};
};

struct ObjectsApplied {
  harden::Applied applied;            ///< its paths are names of objects
  std::vector<std::string> unproven;  ///< what was done and could not be proven
};

/// Everything that can be found out before the first change: that each object is as it was seen,
/// that the API server would take each change and store what is meant, and that each could be taken
/// back. Of the questions those stay that are answered now as they have to be. Errors are refusals.
Result<void> CheckObjects(api::ApiClient& client, ObjectPlan& plan);

/// Errors are refusals: nothing was changed.
Result<ObjectsApplied> ApplyObjects(const ObjectPlan& plan, const ObjectRun& run);

/// The plan of an apply to the API that was interrupted; nullopt when nothing is open. An Error for
/// what is open and is to be finished otherwise.
Result<std::optional<ObjectPlan>> InterruptedObjects(const std::string& root);
Result<ObjectsApplied> FinishObjects(const ObjectRun& run);

/// The plan of a journal of objects; "": of the last that is not taken back. nullopt: it is one of
/// files.
Result<std::optional<ObjectPlan>> ObjectsOfJournal(const std::string& root, const std::string& id);
Result<ObjectsApplied> RollBackObjects(const std::string& id, const ObjectRun& run);

}  // namespace seawall::live
