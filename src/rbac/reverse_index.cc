#include "rbac/reverse_index.h"

#include <algorithm>

namespace seawall::rbac {

ReverseIndex::ReverseIndex(const Evaluator& evaluator)
    : evaluator_(evaluator), policy_(evaluator.policy()) {
  IndexRules();
  IndexBindings();
}

/// Counted first, so that each resource's lie side by side.
void ReverseIndex::IndexRules() {
  begin_.assign(policy_.names.size() + 1, 0);
  for (const Role& role : policy_.roles) {
    for (const Rule& rule : policy_.RulesOf(role)) {
      for (const NameId resource : policy_.Resources(rule)) ++begin_[resource + 1];
    }
  }
  for (size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  postings_.resize(begin_.back());
  std::vector<uint32_t> next(begin_.begin(), begin_.end() - 1);
  for (uint32_t i = 0; i < policy_.roles.size(); ++i) {
    const Role& role = policy_.roles[i];
    for (uint32_t r = role.first_rule; r < role.first_rule + role.rules; ++r) {
      const Rule& rule = policy_.rules[r];
      for (const NameId resource : policy_.Resources(rule)) postings_[next[resource]++] = {i, r};
      if (rule.urls > 0) urls_.push_back({i, r});
    }
  }
}

void ReverseIndex::IndexBindings() {
  const auto role_of = [&](const Binding& binding) {
    const Role* role = evaluator_.RoleOf(binding);
    return role ? static_cast<uint32_t>(role - policy_.roles.data()) : kNoName;
  };
  bound_at_.assign(policy_.roles.size() + 1, 0);
  for (const Binding& binding : policy_.bindings) {
    if (const uint32_t role = role_of(binding); role != kNoName) ++bound_at_[role + 1];
  }
  for (size_t i = 1; i < bound_at_.size(); ++i) bound_at_[i] += bound_at_[i - 1];
  bound_.resize(bound_at_.back());
  std::vector<uint32_t> next(bound_at_.begin(), bound_at_.end() - 1);
  for (uint32_t b = 0; b < policy_.bindings.size(); ++b) {
    if (const uint32_t role = role_of(policy_.bindings[b]); role != kNoName)
      bound_[next[role]++] = b;
  }
  // "" is the smallest number: ClusterRoleBindings come first.
  const auto space = [&](uint32_t b) {
    return policy_.bindings[b].cluster ? Names::kEmpty : policy_.bindings[b].space;
  };
  for (size_t i = 0; i + 1 < bound_at_.size(); ++i) {
    std::stable_sort(bound_.begin() + bound_at_[i], bound_.begin() + bound_at_[i + 1],
                     [&](uint32_t a, uint32_t b) { return space(a) < space(b); });
  }
}

std::span<const ReverseIndex::Posting> ReverseIndex::About(NameId resource) const {
  if (resource == kNoName) return {};
  return std::span(postings_).subspan(begin_[resource], begin_[resource + 1] - begin_[resource]);
}

bool ReverseIndex::IsNamed(const Rule& rule, const Words& words) const {
  if (rule.names == 0 || words.name != Names::kEmpty) return false;
  Rule any = rule;  // its URLs lie behind the names, and are none of a resource's
  any.names = 0;
  return evaluator_.Allows(any, words);
}

std::vector<uint32_t> ReverseIndex::RolesFor(const Words& words) const {
  std::vector<uint32_t> roles;
  const auto take = [&](std::span<const Posting> postings) {
    for (const Posting& posting : postings) {
      if (!roles.empty() && roles.back() == posting.role) continue;
      const Rule& rule = policy_.rules[posting.rule];
      if (evaluator_.Allows(rule, words) || (words.resource_request && IsNamed(rule, words)))
        roles.push_back(posting.role);
    }
  };
  if (words.resource_request) {
    take(About(words.resource));
    if (words.resource != Names::kAll) take(About(Names::kAll));
    take(About(words.any_subresource));
  } else {
    take(urls_);
  }
  std::ranges::sort(roles);
  roles.erase(std::ranges::unique(roles).begin(), roles.end());
  return roles;
}

void ReverseIndex::VisitBindings(uint32_t role, const Rule& rule, NameId space, bool any_space,
                                 bool named, const Visit& visit) const {
  const auto visit_one = [&](const Binding& binding) {
    for (const Subject& subject : policy_.SubjectsOf(binding)) {
      const bool group = subject.kind == SubjectKind::kGroup;
      if (!group && subject.user == kNoName) continue;
      visit({&binding, &subject, &policy_.roles[role], &rule}, named);
    }
  };
  const auto begin = bound_.begin() + bound_at_[role];
  const auto end = bound_.begin() + bound_at_[role + 1];
  auto at = begin;
  for (; at != end && policy_.bindings[*at].cluster; ++at) visit_one(policy_.bindings[*at]);
  if (any_space) {
    for (; at != end; ++at) visit_one(policy_.bindings[*at]);
    return;
  }
  if (space == kNoName || space == Names::kEmpty) return;
  at = std::lower_bound(at, end, space,
                        [&](uint32_t b, NameId s) { return policy_.bindings[b].space < s; });
  for (; at != end && policy_.bindings[*at].space == space; ++at) visit_one(policy_.bindings[*at]);
}

void ReverseIndex::WhoCan(const Attributes& attributes, bool any_space, const Visit& visit) const {
  const Words words = evaluator_.Translate(attributes);
  const NameId space = policy_.names.Find(attributes.space);
  // A RoleBinding says nothing about URLs.
  const bool spaces = any_space && attributes.resource_request;
  const NameId in = attributes.resource_request ? space : Names::kEmpty;
  for (const uint32_t role : RolesFor(words)) {
    const auto rules = policy_.RulesOf(policy_.roles[role]);
    const auto first = std::ranges::find_if(
        rules, [&](const Rule& rule) { return evaluator_.Allows(rule, words); });
    if (first != rules.end()) {
      VisitBindings(role, *first, in, spaces, false, visit);
      continue;
    }
    for (const Rule& rule : rules) {
      if (words.resource_request && IsNamed(rule, words))
        VisitBindings(role, rule, in, spaces, true, visit);
    }
  }
}

}  // namespace seawall::rbac
