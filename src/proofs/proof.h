// The room proofs/: what an observation of a live component proves. A proof is a row of a table
// like a rule's, and gives findings of the same shape; but it believes no file, only what the
// component did. What it did not show is unknown.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cluster/component.h"
#include "probe/observation.h"
#include "rules/finding.h"
#include "rules/rule.h"

namespace seawall::proofs {

struct Subject {
  const probe::Observation& seen;
  /// Whose files imply the endpoint; both nullptr when nobody but the command line names it.
  const cluster::Node* node = nullptr;
  const cluster::Component* component = nullptr;
  int64_t now = 0;  ///< seconds since the epoch
};

struct ProofRule {
  rules::Rule rule;
  /// Components that it is asked of, separated by spaces; "" for every endpoint.
  const char* components = "";
  rules::Outcome (*check)(const Subject&) = nullptr;
  /// Rules of the audit that say the same of the component's files, separated by spaces: where they
  /// disagree with the proof, the finding says so, and the proof wins.
  const char* files = "";
};

std::span<const ProofRule> AllProofRules();
/// nullptr when there is none of this id.
const rules::Rule* FindProofRule(std::string_view id);

/// The findings of one endpoint, in the table's order. `node`: the name that reports give its node.
std::vector<rules::Finding> Judge(const Subject& subject, const std::string& node);

}  // namespace seawall::proofs
