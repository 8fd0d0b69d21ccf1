// Files and proofs in one report: where they disagree, the proof wins.
#include <fmt/format.h>

#include <map>

#include "proofs/proof.h"

namespace seawall::proofs {
namespace {

using rules::Finding;
using rules::Outcome;
using rules::Verdict;

/// What the listeners of one component show of one rule of its files.
struct Shown {
  const Finding* fails = nullptr;
  const Finding* passes = nullptr;
  bool doubt = false;  ///< of one of them it is not known
};

using ShownOf = std::map<std::pair<std::string, const rules::Rule*>, Shown>;

const ProofRule* ProofOf(const Finding& finding) {
  for (const ProofRule& proof : AllProofRules()) {
    if (&proof.rule == finding.rule) return &proof;
  }
  return nullptr;
}

void Add(const Finding& finding, bool only_refutes, Shown& shown) {
  switch (finding.outcome.verdict) {
    case Verdict::kFail:
      if (shown.fails == nullptr) shown.fails = &finding;
      break;
    case Verdict::kPass:
      if (!only_refutes && shown.passes == nullptr) shown.passes = &finding;
      break;
    case Verdict::kUnknown:
      shown.doubt = true;
      break;
    default:
      break;
  }
}

ShownOf Collect(const std::vector<Proven>& proven) {
  ShownOf all;
  for (const Proven& one : proven) {
    if (one.component == nullptr) continue;
    for (const Finding& finding : one.findings) {
      const ProofRule* proof = ProofOf(finding);
      if (proof == nullptr) continue;
      for (const FileRule& file : FileRulesOf(*proof, one.endpoint))
        Add(finding, file.only_refutes, all[{one.component->instance, file.rule}]);
    }
  }
  return all;
}

void Overrule(const Finding& proof, Finding& file) {
  const bool passes = proof.outcome.verdict == Verdict::kPass;
  Outcome& outcome = file.outcome;
  const char* files =
      outcome.verdict == Verdict::kUnknown ? "its files do not tell" : "its files say otherwise";
  // The proof's own finding may have said so already.
  const std::string& said = proof.outcome.reason;
  outcome.reason = fmt::format("{} ({} at {}); {} ({}), and what it does counts{}",
                               said.substr(0, said.find("; its files say otherwise")),
                               proof.rule->id, proof.instance, files, outcome.reason,
                               passes && outcome.verdict == Verdict::kFail
                                   ? "; what they say holds from its next start on"
                                   : "");
  for (const rules::Evidence& evidence : proof.outcome.evidence) {
    if (evidence.origin == "proof") outcome.evidence.push_back(evidence);
  }
  outcome.verdict = proof.outcome.verdict;
  outcome.remedy = passes ? "" : proof.outcome.remedy;
}

}  // namespace

void LetProofsWin(const std::vector<Proven>& proven, std::vector<Finding>& files) {
  const ShownOf shown = Collect(proven);
  for (Finding& file : files) {
    const auto found = shown.find({file.instance, file.rule});
    if (found == shown.end() || file.manual) continue;
    const Shown& what = found->second;
    const Verdict verdict = file.outcome.verdict;
    if (what.fails != nullptr && (verdict == Verdict::kPass || verdict == Verdict::kUnknown)) {
      Overrule(*what.fails, file);
    } else if (what.fails == nullptr && what.passes != nullptr && !what.doubt &&
               (verdict == Verdict::kFail || verdict == Verdict::kUnknown)) {
      Overrule(*what.passes, file);
    }
  }
}

}  // namespace seawall::proofs
