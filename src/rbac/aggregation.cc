#include <algorithm>
#include <map>

#include "rbac/policy.h"

namespace seawall::rbac {
namespace {

using Labels = std::vector<std::pair<NameId, NameId>>;

/// k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelectorAsSelector and labels.Requirement.Matches.
bool Matches(const Requirement& requirement, const Labels& labels) {
  const auto at = std::ranges::find(labels, requirement.key, &Labels::value_type::first);
  const bool has = at != labels.end();
  const bool among =
      has && std::ranges::find(requirement.values, at->second) != requirement.values.end();
  switch (requirement.op) {
    case Requirement::Operator::kIn:
      return among;
    case Requirement::Operator::kNotIn:
      return !among;
    case Requirement::Operator::kExists:
      return has;
    case Requirement::Operator::kDoesNotExist:
      return !has;
    case Requirement::Operator::kInvalid:
      break;
  }
  return false;
}

class Expander {
 public:
  Expander(Policy& policy, Aggregation how)
      : policy_(policy), how_(how), selected_(policy.roles.size()) {
    for (size_t i = 0; i < policy.roles.size(); ++i) {
      if (policy.roles[i].cluster) by_name_.emplace(policy.Text(policy.roles[i].name), i);
    }
  }

  void Run() {
    for (size_t i = 0; i < policy_.roles.size(); ++i) {
      if (policy_.roles[i].selectors == 0) continue;
      SelectFor(i);
    }
    // Rules travel along a chain of aggregated roles one step a round.
    for (size_t round = 0; round <= chain_.size(); ++round) {
      bool changed = false;
      for (size_t role : chain_) changed = Union(role) || changed;
      if (!changed) break;
    }
  }

 private:
  using Content = std::vector<NameId>;

  void SelectFor(size_t index) {
    const auto& selectors = policy_.aggregations[policy_.roles[index].selectors - 1];
    for (const auto& selector : selectors) {  // the controller gives up at one that is invalid
      if (std::ranges::any_of(selector, [](const Requirement& r) {
            return r.op == Requirement::Operator::kInvalid;
          }))
        return;
    }
    for (const auto& selector : selectors) {
      // In the order of names, as the controller lists them.
      for (const auto& [name, other] : by_name_) {
        static const Labels kNone;
        const Role& role = policy_.roles[other];
        const Labels& labels = role.labels == 0 ? kNone : policy_.labels[role.labels - 1];
        const bool selected =
            std::ranges::all_of(selector, [&](const Requirement& r) { return Matches(r, labels); });
        if (!selected || other == index) continue;
        if (std::ranges::find(selected_[index], other) == selected_[index].end()) {
          selected_[index].push_back(other);
        }
      }
    }
    if (!selected_[index].empty()) chain_.push_back(index);
  }

  /// Verbs, groups …: what makes two rules the same.
  Content ContentOf(const Rule& rule) const {
    const auto all = std::span(policy_.atoms)
                         .subspan(rule.begin, rule.verbs + rule.groups + rule.resources +
                                                  rule.names + rule.urls);
    Content content = {rule.verbs, rule.groups, rule.resources, rule.names};
    content.insert(content.end(), all.begin(), all.end());
    return content;
  }

  bool Union(size_t index) {
    std::vector<Rule> rules;
    std::map<Content, bool> seen;
    for (size_t other : selected_[index]) {
      for (const Rule& rule : policy_.RulesOf(policy_.roles[other])) {
        if (seen.emplace(ContentOf(rule), true).second) rules.push_back(rule);
      }
    }
    if (rules.empty()) return false;  // nothing is applied then, and what is there stays
    Role& role = policy_.roles[index];
    const auto have = policy_.RulesOf(role);
    const auto content = [&](const Rule& rule) { return ContentOf(rule); };
    const bool same = std::ranges::equal(have, rules, [&](const Rule& a, const Rule& b) {
      return a.begin == b.begin && ContentOf(a) == ContentOf(b);
    });
    if (same) return false;
    if (how_ == Aggregation::kLink && !std::ranges::equal(have, rules, {}, content, content))
      return false;
    role.first_rule = static_cast<uint32_t>(policy_.rules.size());
    role.rules = static_cast<uint32_t>(rules.size());
    role.aggregated = true;
    policy_.rules.insert(policy_.rules.end(), rules.begin(), rules.end());
    return true;
  }

  Policy& policy_;
  const Aggregation how_;
  std::map<std::string_view, size_t> by_name_;
  std::vector<std::vector<size_t>> selected_;
  std::vector<size_t> chain_;
};

}  // namespace

void ExpandAggregation(Policy& policy, Aggregation how) { Expander(policy, how).Run(); }

}  // namespace seawall::rbac
