// What a review proposes: the objects with which nobody has what was unused, and everybody what was
// used.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "review/unused.h"

namespace seawall::review {

/// One object that is made or changed.
struct ProposedObject {
  std::string kind, name;     ///< "Role", "shop/deployer"
  std::string where;          ///< FILE:LINE of what it changes; "": it is new
  std::string before, after;  ///< YAML documents
};

/// Objects that belong together: each unit can be applied without the others.
struct ProposedUnit {
  std::vector<size_t> objects;               ///< what is new before what is changed
  std::vector<const ReviewedGrant*> grants;  ///< that become less by it
};

struct Proposal {
  std::vector<ProposedObject> objects;  ///< in the order in which they are to be applied
  std::vector<std::string> empty;       ///< bindings that bind nobody afterwards
  std::vector<ProposedUnit> units;      ///< point into the review
};

/// A role that all who hold it need less of becomes smaller; where they need different things, each
/// is taken out of the binding and gets a role of its own. Roles of Kubernetes itself and of
/// kubeadm, aggregated ones, those that are aggregated and those of which not every binding could
/// be read stay as they are. The proposal is checked before it comes back: nobody gains a right,
/// and every request that logs show is allowed still. Errors: what that check finds.
Result<Proposal> MakeProposal(const rbac::Evaluator& evaluator, const auditlog::ReviewState& state,
                              const Review& review);

/// The proposal with these of its units only, by number.
Proposal PartOf(const Proposal& proposal, const std::vector<size_t>& units);
/// The whole policy as it would be, YAML.
std::string PolicyWith(const rbac::Policy& policy, const Proposal& proposal);
/// Whether nobody gains a right by it, and all that logs show is allowed still.
Result<void> CheckProposal(const rbac::Evaluator& evaluator, const auditlog::ReviewState& state,
                           const Proposal& proposal);

/// Objects to apply, with what is not needed any more as comments.
std::string ProposalYaml(const Proposal& proposal);
/// A unified diff, each object a file with all of its lines.
std::string ProposalDiff(const Proposal& proposal);

}  // namespace seawall::review
