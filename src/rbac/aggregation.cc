#include <algorithm>
#include <map>
#include <utility>

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

/// What expanding may cost: rules that are looked at, and rules that roles have afterwards. Roles
/// that all select one another have the square of their number of them.
constexpr uint64_t kMostSteps = 200'000'000;
constexpr uint64_t kMostRules = 20'000'000;

class Expander {
 public:
  Expander(Policy& policy, Aggregation how)
      : policy_(policy), how_(how), selected_(policy.roles.size()), held_(policy.roles.size()) {
    for (size_t i = 0; i < policy.roles.size(); ++i) {
      if (policy.roles[i].cluster) by_name_.emplace(policy.Text(policy.roles[i].name), i);
    }
  }

  bool Run() {
    for (size_t i = 0; i < policy_.roles.size(); ++i) {
      if (policy_.roles[i].selectors == 0) continue;
      SelectFor(i);
      if (steps_ > kMostSteps) return false;
    }
    if (chain_.empty()) return true;
    for (const size_t role : chain_) {
      Hold(role);
      for (const size_t other : selected_[role]) Hold(other);
    }
    // Rules travel along a chain of aggregated roles one step a round.
    for (size_t round = 0; round <= chain_.size(); ++round) {
      bool changed = false;
      for (const size_t role : chain_) {
        changed = Union(role) || changed;
        if (steps_ > kMostSteps || rules_ > kMostRules) return false;
      }
      if (!changed) break;
    }
    for (const size_t role : chain_) Store(role);
    return true;
  }

 private:
  using Content = std::vector<NameId>;

  /// Rules by their numbers in Policy::rules, where those that roles share stand once.
  struct Held {
    bool known = false, changed = false;
    uint64_t at = 0;    ///< when it changed last
    uint64_t seen = 0;  ///< up to when what it selects was looked at
    std::vector<uint32_t> rules;
  };

  void SelectFor(size_t index) {
    const auto& selectors = policy_.aggregations[policy_.roles[index].selectors - 1];
    for (const auto& selector : selectors) {  // the controller gives up at one that is invalid
      if (std::ranges::any_of(selector, [](const Requirement& r) {
            return r.op == Requirement::Operator::kInvalid;
          }))
        return;
    }
    std::vector<bool> taken(policy_.roles.size());
    for (const auto& selector : selectors) {
      steps_ += by_name_.size() * (1 + selector.size());
      if (steps_ > kMostSteps) return;
      // In the order of names, as the controller lists them.
      for (const auto& [name, other] : by_name_) {
        static const Labels kNone;
        const Role& role = policy_.roles[other];
        const Labels& labels = role.labels == 0 ? kNone : policy_.labels[role.labels - 1];
        const bool selected =
            std::ranges::all_of(selector, [&](const Requirement& r) { return Matches(r, labels); });
        if (!selected || other == index || taken[other]) continue;
        taken[other] = true;
        selected_[index].push_back(other);
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

  /// What a role has before anything is expanded.
  void Hold(size_t index) {
    Held& held = held_[index];
    if (held.known) return;
    held.known = true;
    const Role& role = policy_.roles[index];
    if (content_.size() < policy_.rules.size()) content_.resize(policy_.rules.size());
    for (uint32_t i = role.first_rule; i < role.first_rule + role.rules; ++i) {
      held.rules.push_back(i);
      const auto number = static_cast<uint32_t>(contents_.size());
      content_[i] = contents_.try_emplace(ContentOf(policy_.rules[i]), number).first->second;
    }
    if (met_.size() < contents_.size()) met_.resize(contents_.size());
    rules_ += held.rules.size();
  }

  bool Union(size_t index) {
    Held& held = held_[index];
    steps_ += selected_[index].size();
    const bool news = std::ranges::any_of(
        selected_[index], [&](size_t other) { return held_[other].at >= held.seen; });
    if (!news) return false;
    held.seen = ++now_;
    ++mark_;
    std::vector<uint32_t> rules;
    for (const size_t other : selected_[index]) {
      steps_ += held_[other].rules.size();
      if (steps_ > kMostSteps) return false;
      for (const uint32_t rule : held_[other].rules) {
        if (std::exchange(met_[content_[rule]], mark_) != mark_) rules.push_back(rule);
      }
    }
    if (rules.empty()) return false;  // nothing is applied then, and what is there stays
    const auto begin = [&](uint32_t rule) { return policy_.rules[rule].begin; };
    const auto content = [&](uint32_t rule) { return content_[rule]; };
    const bool same = std::ranges::equal(held.rules, rules, {}, content, content);
    if (same && std::ranges::equal(held.rules, rules, {}, begin, begin)) return false;
    if (how_ == Aggregation::kLink && !same) return false;
    rules_ += rules.size() - held.rules.size();
    held.rules = std::move(rules);
    held.changed = true;
    held.at = ++now_;
    return true;
  }

  void Store(size_t index) {
    const Held& held = held_[index];
    if (!held.changed) return;
    Role& role = policy_.roles[index];
    role.first_rule = static_cast<uint32_t>(policy_.rules.size());
    role.rules = static_cast<uint32_t>(held.rules.size());
    role.aggregated = true;
    for (const uint32_t number : held.rules) {
      const Rule rule = policy_.rules[number];
      policy_.rules.push_back(rule);
    }
  }

  Policy& policy_;
  const Aggregation how_;
  std::map<std::string_view, size_t> by_name_;
  std::vector<std::vector<size_t>> selected_;
  std::vector<size_t> chain_;
  std::vector<Held> held_;                ///< by role
  std::map<Content, uint32_t> contents_;  ///< numbers of what rules say
  std::vector<uint32_t> content_;         ///< by rule
  std::vector<uint32_t> met_;             ///< by content: the last union that had it
  uint32_t mark_ = 0;
  uint64_t now_ = 0, steps_ = 0, rules_ = 0;
};

}  // namespace

Result<void> ExpandAggregation(Policy& policy, Aggregation how) {
  if (Expander(policy, how).Run()) return {};
  return Fail(ErrorCode::kLimit, "expand aggregated ClusterRoles", "",
              "they select too many rules of one another",
              "narrow the clusterRoleSelectors of their aggregationRule");
}

}  // namespace seawall::rbac
