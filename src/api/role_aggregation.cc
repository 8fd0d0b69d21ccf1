#include "api/role_aggregation.h"

#include <algorithm>

#include "rbac/policy.h"

namespace seawall::api {
namespace {

using cluster::PolicyRule;
using cluster::RbacRole;
using Operator = rbac::Requirement::Operator;

Operator OperatorOf(const std::string& text) {
  if (text == "In") return Operator::kIn;
  if (text == "NotIn") return Operator::kNotIn;
  if (text == "Exists") return Operator::kExists;
  return text == "DoesNotExist" ? Operator::kDoesNotExist : Operator::kInvalid;
}

/// ClusterRoles as a policy, each at its own index.
class AsPolicy {
 public:
  explicit AsPolicy(const std::vector<RbacRole>& roles) {
    for (const RbacRole& role : roles) Add(role);
  }

  rbac::Policy& policy() { return policy_; }

  PolicyRule RuleOf(const rbac::Rule& rule) const {
    const auto texts = [&](std::span<const rbac::NameId> ids) {
      std::vector<std::string> all;
      for (const rbac::NameId id : ids) all.emplace_back(policy_.Text(id));
      return all;
    };
    return {texts(policy_.Verbs(rule)), texts(policy_.Groups(rule)), texts(policy_.Resources(rule)),
            texts(policy_.ResourceNames(rule)), texts(policy_.Urls(rule))};
  }

 private:
  void Add(const RbacRole& from) {
    rbac::Role role;
    role.cluster = true;
    role.name = policy_.names.Add(from.name);
    role.first_rule = static_cast<uint32_t>(policy_.rules.size());
    role.rules = static_cast<uint32_t>(from.rules.size());
    for (const PolicyRule& rule : from.rules) AddRule(rule);
    if (!from.labels.empty()) {
      auto& labels = policy_.labels.emplace_back();
      for (const auto& [key, value] : from.labels)
        labels.emplace_back(policy_.names.Add(key), policy_.names.Add(value));
      role.labels = static_cast<uint32_t>(policy_.labels.size());
    }
    if (!from.takes_in.empty()) {
      auto& selectors = policy_.aggregations.emplace_back();
      for (const auto& selector : from.takes_in) {
        auto& requirements = selectors.emplace_back();
        for (const cluster::LabelRequirement& one : selector)
          requirements.push_back({policy_.names.Add(one.key), OperatorOf(one.op), Ids(one.values)});
      }
      role.selectors = static_cast<uint32_t>(policy_.aggregations.size());
    }
    policy_.roles.push_back(role);
  }

  void AddRule(const PolicyRule& from) {
    rbac::Rule rule;
    rule.begin = static_cast<uint32_t>(policy_.atoms.size());
    const auto add = [&](const std::vector<std::string>& texts) {
      for (const rbac::NameId id : Ids(texts)) policy_.atoms.push_back(id);
      return static_cast<uint32_t>(texts.size());
    };
    rule.verbs = add(from.verbs);
    rule.groups = add(from.groups);
    rule.resources = add(from.resources);
    rule.names = add(from.names);
    rule.urls = add(from.urls);
    policy_.rules.push_back(rule);
  }

  std::vector<rbac::NameId> Ids(const std::vector<std::string>& texts) {
    std::vector<rbac::NameId> ids;
    for (const std::string& text : texts) ids.push_back(policy_.names.Add(text));
    return ids;
  }

  rbac::Policy policy_;
};

}  // namespace

void TakeInRoles(std::vector<RbacRole>& roles) {
  if (std::ranges::all_of(roles, [](const RbacRole& role) { return role.takes_in.empty(); }))
    return;
  AsPolicy as_policy(roles);
  if (!rbac::ExpandAggregation(as_policy.policy())) return;
  for (size_t i = 0; i < roles.size(); ++i) {
    if (!as_policy.policy().roles[i].aggregated) continue;
    for (const rbac::Rule& rule : as_policy.policy().RulesOf(as_policy.policy().roles[i])) {
      PolicyRule taken = as_policy.RuleOf(rule);
      if (std::ranges::find(roles[i].rules, taken) == roles[i].rules.end())
        roles[i].rules.push_back(std::move(taken));
    }
  }
}

}  // namespace seawall::api
