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
  /// CAs that the cluster's clients have, where its files are not known; nullptr: nobody named any.
  const std::vector<x509::Certificate>* cas = nullptr;
  bool only_cas = false;  ///< somebody said that this listener's clients have these and no others
};

struct ProofRule {
  rules::Rule rule;
  /// Components that it is asked of, separated by spaces; "" for every endpoint.
  const char* components = "";
  rules::Outcome (*check)(const Subject&) = nullptr;
  /// Rules of the audit that say the same of the component's files, separated by spaces: where they
  /// disagree with the proof, the finding says so, and the proof wins. "ID@ROLE": of listeners of
  /// this role only. "!ID": the file's rule asks for more than the proof can show; what fails here
  /// refutes it, and what passes here says nothing of it.
  const char* files = "";
  bool of_login = false;  ///< only where a login was tried
  /// What has to be asked for it, at least.
  probe::Scope scope = probe::Scope::kEverything;
};

/// What a login is tried at, as (name, request target): GETs that change and start nothing.
std::vector<std::pair<std::string, std::string>> LoginPaths(std::string_view component);

/// One of them, if it is for the listener.
struct FileRule {
  const rules::Rule* rule = nullptr;
  bool only_refutes = false;
};
std::vector<FileRule> FileRulesOf(const ProofRule& proof, const probe::Endpoint& endpoint);

std::span<const ProofRule> AllProofRules();
/// nullptr when there is none of this id.
const rules::Rule* FindProofRule(std::string_view id);

/// Whether --rules, --row, --cis and --severity leave it.
bool Selected(const rules::Selection& selection, const rules::Rule& rule);

/// The findings of one endpoint, in the table's order. `node`: the name that reports give its node.
std::vector<rules::Finding> Judge(const Subject& subject, const std::string& node);

/// What was proven of one listener of a component.
struct Proven {
  const cluster::Component* component = nullptr;
  probe::Endpoint endpoint;
  std::vector<rules::Finding> findings;
};

/// Where proofs say something else than the findings of the files of the same node, the files'
/// findings get the proofs' verdict and say so. One listener that fails is enough; for a pass each
/// listener that the rule speaks of has to pass.
void LetProofsWin(const std::vector<Proven>& proven, std::vector<rules::Finding>& files);

}  // namespace seawall::proofs
