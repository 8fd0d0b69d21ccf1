#include "review/stand_ins.h"

#include <algorithm>
#include <set>
#include <utility>

#include "review/review_words.h"

namespace seawall::review {
namespace {

bool Impersonates(const rbac::Policy& policy, const rbac::Rule& rule) {
  const bool verb = std::ranges::any_of(policy.Verbs(rule), [&](rbac::NameId id) {
    return id == rbac::Names::kAll || policy.Text(id).starts_with("impersonate");
  });
  return verb && std::ranges::any_of(policy.Resources(rule), [&](rbac::NameId id) {
           const std::string_view text = policy.Text(id);
           return text == "*" || text == "users" || text == "serviceaccounts";
         });
}

bool IsOwn(std::string_view name) {
  return name.starts_with("system:") && !name.starts_with("system:serviceaccount");
}

}  // namespace

std::vector<StandIn> StandInsLeftOut(
    const rbac::Evaluator& evaluator, const Recorder& recorder,
    const std::function<Requester(const std::string& name, bool group)>& requester_of) {
  const rbac::Policy& policy = evaluator.policy();
  std::vector<StandIn> found;
  std::set<std::pair<bool, std::string>> known;
  for (const rbac::Binding& binding : policy.bindings) {
    const rbac::Role* role = recorder.empty() ? nullptr : evaluator.RoleOf(binding);
    if (!role || !std::ranges::any_of(policy.RulesOf(*role), [&](const rbac::Rule& rule) {
          return Impersonates(policy, rule);
        }))
      continue;
    for (const rbac::Subject& subject : policy.SubjectsOf(binding)) {
      const bool group = subject.kind == rbac::SubjectKind::kGroup;
      if (!group && subject.user == rbac::kNoName) continue;
      std::string name(policy.Text(group ? subject.name : subject.user));
      if (IsOwn(name) || !known.emplace(group, name).second) continue;
      Requester who = requester_of(name, group);
      if (recorder.LeavesOut(who)) found.push_back({SubjectText(policy, subject), std::move(who)});
    }
  }
  return found;
}

}  // namespace seawall::review
