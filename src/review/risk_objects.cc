#include "review/risk_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "rbac/why_not.h"
#include "review/kubernetes_own.h"
#include "review/risk_known.h"

namespace seawall::review {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;
using rbac::SubjectKind;
using rules::Evidence;

/// A binding to an account that is not there waits for who makes it.
void RiskFinder::FindMissingAccount(const rbac::Binding& binding, const rbac::Subject& subject,
                                    const std::string& name) {
  if (!workloads_ || subject.kind != SubjectKind::kServiceAccount || subject.user == kNoName ||
      IsKnownGrant(policy_, binding, subject))
    return;
  const NameId space = subject.space != Names::kEmpty ? subject.space : binding.space;
  if (workloads_->HasAccount(policy_.Text(space), policy_.Text(subject.name)).value_or(true))
    return;
  Add("risk-missing-account", name,
      Printable(fmt::format("{} names ServiceAccount {}/{}, which is not there", name,
                            policy_.Text(space), policy_.Text(subject.name))),
      {tell_.Seen(name, "subjects", binding.spot)});
}

void RiskFinder::FindBindings() {
  const bool missing = Wants("risk-missing-role");
  const bool nobody = Wants("risk-subject-of-nobody");
  std::map<std::tuple<bool, NameId, NameId, uint32_t, NameId>, const rbac::Binding*> seen;
  for (const rbac::Binding& binding : policy_.bindings) {
    const rbac::Role* role = evaluator_.RoleOf(binding);
    const std::string name = tell_.BindingName(binding);
    if (!role && missing && !policy_.MayBeUnread(binding)) {
      Add("risk-missing-role", name,
          fmt::format("{} is of {} {}, which is not there", name,
                      Printable(policy_.Text(binding.role_kind)),
                      Printable(policy_.Text(binding.role_name))),
          {tell_.Seen(name, "roleRef", binding.spot)});
    }
    for (const rbac::Subject& subject : policy_.SubjectsOf(binding)) {
      const bool group = subject.kind == SubjectKind::kGroup;
      FindMissingAccount(binding, subject, name);
      if (nobody && !group && subject.user == kNoName) {
        Add("risk-subject-of-nobody", name,
            fmt::format("{} names {} {}, which nobody can be", name,
                        Printable(policy_.Text(subject.kind_name)),
                        Printable(policy_.Text(subject.name))),
            {tell_.Seen(name, "subjects", binding.spot)});
      }
      if (!role || (!group && subject.user == kNoName)) continue;
      const auto [at, fresh] = seen.try_emplace(
          std::tuple(group, group ? subject.name : subject.user,
                     binding.cluster ? Names::kEmpty : binding.space,
                     static_cast<uint32_t>(role - policy_.roles.data()), NameId{0}),
          &binding);
      if (fresh || at->second == &binding) continue;
      Add("risk-duplicate-grants", name,
          fmt::format("{} gives {} {} what {} gives", name,
                      Printable(policy_.Text(subject.kind_name)),
                      Printable(policy_.Text(subject.name)), tell_.BindingName(*at->second)),
          {tell_.Seen(name, "subjects", binding.spot),
           tell_.Seen(tell_.BindingName(*at->second), "subjects", at->second->spot)});
    }
  }
}

void RiskFinder::FindRoles() {
  std::vector<bool> used(policy_.roles.size(), false);
  for (const rbac::Binding& binding : policy_.bindings) {
    if (const rbac::Role* role = evaluator_.RoleOf(binding))
      used[static_cast<size_t>(role - policy_.roles.data())] = true;
  }
  const bool bindings_read = !policy_.Unread(rbac::UnreadList::What::kBindings) &&
                             !policy_.Unread(rbac::UnreadList::What::kClusterBindings);
  for (size_t i = 0; i < policy_.roles.size(); ++i) {
    const rbac::Role& role = policy_.roles[i];
    // The cluster's own wait for whoever needs them, and those with labels for being aggregated.
    const bool own = IsOwnRole(policy_, role) || role.labels != 0;
    if (!used[i] && !own && bindings_read) {
      Add("risk-unused-roles", tell_.RoleName(role),
          fmt::format("{} is bound to nobody", tell_.RoleName(role)),
          {tell_.Seen(tell_.RoleName(role), "metadata.name", role.spot)});
    }
    if (role.aggregated) FindAggregated(role);
  }
}

/// Rules that stand in another role than Kubernetes' own ones, by their file and line.
void RiskFinder::FindAggregated(const rbac::Role& role) {
  if (!Wants("risk-aggregation")) return;
  std::vector<Evidence> evidence;
  for (const rbac::Rule& rule : policy_.RulesOf(role)) {
    const rbac::Role* from = OwnerOf(rule);
    if (!from || from == &role || IsOwnRole(policy_, *from)) continue;
    if (!IsEverything(policy_, rule) && bits_.Of(rule) == 0) continue;
    if (evidence.size() < kRiskEvidence)
      evidence.push_back(
          tell_.Seen(tell_.RoleName(*from), rbac::RuleText(policy_, rule), from->spot));
  }
  if (evidence.empty()) return;
  Add("risk-aggregation", tell_.RoleName(role),
      fmt::format("{} takes in rules that let one escalate", tell_.RoleName(role)),
      std::move(evidence));
}

/// The role in whose text a rule stands.
const rbac::Role* RiskFinder::OwnerOf(const rbac::Rule& rule) {
  if (owner_.empty()) {
    for (const rbac::Role& role : policy_.roles) {
      if (role.aggregated) continue;
      for (const rbac::Rule& own : policy_.RulesOf(role)) owner_[own.begin] = &role;
    }
  }
  const auto at = owner_.find(rule.begin);
  return at == owner_.end() ? nullptr : at->second;
}

}  // namespace seawall::review
