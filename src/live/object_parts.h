// What applying objects and taking them back look at first. Private to this room.
#pragma once

#include "harden/journals.h"
#include "live/object_apply.h"
#include "live/objects.h"

namespace seawall::live {

std::unexpected<Error> ChangedMeanwhile(const ObjectChange& change);

/// Which objects may have been changed by us: those of the log, and the next, before whose line
/// something may have ended it.
std::vector<bool> MayBeOurs(const harden::Journal& journal);

/// kUsage when this is not the cluster of the plan.
Result<void> CheckCluster(Objects& objects, const ObjectPlan& plan, const api::ApiClient& client);

/// Whole, and the journal's.
Result<ObjectPlan> PlanOfJournal(const harden::RootWriter& writer, const harden::Journal& journal);

/// What is to be taken back (into `applied`), and that it can be. kMalformed with the three
/// versions of what somebody has edited since, unless it is to be left `untouched`.
Result<void> CheckBack(Objects& objects, const ObjectPlan& plan, const harden::Journal& journal,
                       bool untouched, harden::Applied& applied);

}  // namespace seawall::live
