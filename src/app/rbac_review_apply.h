// `seawall rbac review --apply`: takes away from a cluster what a review proposes, with a journal,
// so that it can be taken back.
#pragma once

#include <optional>

#include "app/command.h"
#include "app/rbac_inputs.h"
#include "auditlog/review_state.h"
#include "harden/apply.h"
#include "review/unused.h"

namespace seawall::app {

/// Whether --apply and what belongs to it were given rightly.
Result<void> CheckApplyOptions(const Arguments& arguments);
/// What was interrupted is finished, as it was planned: its exit status; nullopt where nothing was.
Result<std::optional<int>> FinishReviewApply(const Arguments& arguments);
/// Shows what is taken away, asks, and takes it away.
Result<int> ApplyReview(const Arguments& arguments, LoadedPolicy& loaded,
                        const auditlog::ReviewState& state, const review::Review& review);

/// `seawall harden rollback` of what was changed so: its exit status; nullopt where the journal is
/// one of files.
Result<std::optional<int>> RollBackReview(const Arguments& arguments);

}  // namespace seawall::app
