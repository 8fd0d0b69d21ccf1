#include "review/risks.h"

#include <algorithm>

#include "base/text.h"
#include "review/risk_finder.h"
#include "rules/risk_table.h"

namespace seawall::review {

using rules::Evidence;
using rules::Finding;
using rules::Hop;
using rules::Outcome;
using rules::Verdict;

namespace {

constexpr const char* kNode = "rbac";

}  // namespace

RiskFinder::RiskFinder(const rbac::Evaluator& evaluator,
                       const std::vector<const rules::Rule*>& wanted,
                       const std::optional<rbac::Workloads>& workloads)
    : evaluator_(evaluator),
      policy_(evaluator.policy()),
      workloads_(workloads),
      mounts_(policy_, workloads),
      graph_(evaluator, atoms_, mounts_),
      bits_(atoms_, policy_),
      tell_(policy_, graph_, bits_),
      paths_(atoms_, graph_, tell_),
      findings_(rules::AllRiskRows().size()),
      wanted_(rules::AllRiskRows().size(), false) {
  const auto rows = rules::AllRiskRows();
  for (size_t i = 0; i < rows.size(); ++i) {
    row_of_[rows[i].rule.id] = i;
    wanted_[i] = std::ranges::find(wanted, &rows[i].rule) != wanted.end();
  }
}

std::vector<Finding> RiskFinder::Run() {
  FindRights();
  FindWildcards();
  FindPublic();
  FindBindings();
  FindRoles();
  FindPaths();
  FindMounted();
  TellMounts();
  std::vector<Finding> all;
  const auto rows = rules::AllRiskRows();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!wanted_[i]) continue;
    if (findings_[i].empty()) all.push_back(Make(i, "", NothingFound(rows[i].rule.id)));
    for (Finding& finding : findings_[i]) all.push_back(std::move(finding));
  }
  return all;
}

Finding RiskFinder::Make(size_t row, std::string instance, Outcome outcome) {
  Finding finding;
  finding.rule = &rules::AllRiskRows()[row].rule;
  finding.node = kNode;
  finding.component = "cluster";
  finding.instance = std::move(instance);
  finding.outcome = std::move(outcome);
  return finding;
}

/// What could not be read may hold what was looked for.
Outcome RiskFinder::NothingFound(std::string_view id) const {
  Outcome outcome;
  outcome.verdict = Verdict::kPass;
  outcome.reason = "there is none";
  std::vector<std::string> why;
  for (const rbac::UnreadList& list : policy_.unread) why.push_back(list.why);
  const bool of_pods = id == "risk-mounted-account";
  if (of_pods || id == "risk-missing-account") {
    const bool given = workloads_ && (of_pods ? workloads_->has_pods : workloads_->has_accounts);
    const std::string unread = !workloads_ ? ""
                               : of_pods   ? workloads_->pods_unread
                                           : workloads_->accounts_unread;
    if (!unread.empty()) {
      why.push_back(unread);
    } else if (!given) {
      outcome.verdict = Verdict::kNotApplicable;
      outcome.reason = of_pods ? "no pods are given" : "no service accounts are given";
      return outcome;
    }
  }
  if (why.empty()) return outcome;
  outcome.verdict = Verdict::kUnknown;
  outcome.reason += " in what could be read; " + Printable(Join(why, "; "));
  return outcome;
}

bool RiskFinder::Wants(std::string_view id) const { return wanted_[row_of_.at(id)]; }

void RiskFinder::Add(std::string_view id, std::string subject, std::string reason,
                     std::vector<Evidence> evidence, std::vector<Hop> path) {
  const size_t row = row_of_.at(id);
  if (!wanted_[row]) return;
  Outcome outcome;
  outcome.verdict = Verdict::kFail;
  outcome.reason = std::move(reason);
  outcome.evidence = std::move(evidence);
  outcome.subject = subject;
  outcome.path = std::move(path);
  findings_[row].push_back(Make(row, std::move(subject), std::move(outcome)));
}

std::vector<Finding> FindRisks(const rbac::Evaluator& evaluator,
                               const std::vector<const rules::Rule*>& wanted,
                               const std::optional<rbac::Workloads>& workloads) {
  return RiskFinder(evaluator, wanted, workloads).Run();
}

}  // namespace seawall::review
