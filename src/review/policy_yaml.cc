#include "review/policy_yaml.h"

#include <fmt/format.h>

namespace seawall::review {
namespace {

using rbac::NameId;
using rbac::Policy;
using rbac::Requirement;

constexpr const char* kGroup = "rbac.authorization.k8s.io";

std::string Head(const Policy& policy, const char* kind, NameId name, NameId space, bool cluster) {
  std::string text = fmt::format("---\napiVersion: {}/v1\nkind: {}\nmetadata:\n  name: {}\n",
                                 kGroup, kind, YamlText(policy.Text(name)));
  if (!cluster) text += fmt::format("  namespace: {}\n", YamlText(policy.Text(space)));
  return text;
}

std::vector<std::string> Texts(const Policy& policy, std::span<const NameId> ids) {
  std::vector<std::string> texts;
  for (const NameId id : ids) texts.emplace_back(policy.Text(id));
  return texts;
}

const char* OperatorName(Requirement::Operator op) {
  switch (op) {
    case Requirement::Operator::kIn:
      return "In";
    case Requirement::Operator::kNotIn:
      return "NotIn";
    case Requirement::Operator::kExists:
      return "Exists";
    case Requirement::Operator::kDoesNotExist:
      return "DoesNotExist";
    case Requirement::Operator::kInvalid:
      break;
  }
  return "Invalid";
}

std::string AggregationYaml(const Policy& policy, const rbac::Role& role) {
  if (role.selectors == 0) return "";
  std::string text = "aggregationRule:\n  clusterRoleSelectors:\n";
  for (const auto& selector : policy.aggregations[role.selectors - 1]) {
    text += selector.empty() ? "  - {}\n" : "  - matchExpressions:\n";
    for (const Requirement& one : selector) {
      text += fmt::format("    - key: {}\n      operator: {}\n", YamlText(policy.Text(one.key)),
                          OperatorName(one.op));
      if (!one.values.empty())
        text += fmt::format("      values: {}\n", YamlList(Texts(policy, one.values)));
    }
  }
  return text;
}

std::string SubjectYaml(const Policy& policy, const rbac::Subject& subject) {
  std::string text =
      fmt::format("- kind: {}\n  name: {}\n", YamlText(policy.Text(subject.kind_name)),
                  YamlText(policy.Text(subject.name)));
  const bool account = subject.kind == rbac::SubjectKind::kServiceAccount;
  if (account) text += fmt::format("  namespace: {}\n", YamlText(policy.Text(subject.space)));
  if (!account) text += fmt::format("  apiGroup: {}\n", kGroup);
  return text;
}

}  // namespace

std::vector<RuleSpec> RulesOf(const Policy& policy, const rbac::Role& role) {
  std::vector<RuleSpec> rules;
  for (const rbac::Rule& rule : policy.RulesOf(role)) {
    rules.push_back({.verbs = Texts(policy, policy.Verbs(rule)),
                     .groups = Texts(policy, policy.Groups(rule)),
                     .resources = Texts(policy, policy.Resources(rule)),
                     .names = Texts(policy, policy.ResourceNames(rule)),
                     .urls = Texts(policy, policy.Urls(rule)),
                     .comment = ""});
  }
  return rules;
}

std::string RoleYaml(const Policy& policy, const rbac::Role& role,
                     const std::vector<RuleSpec>& rules) {
  std::string text =
      Head(policy, role.cluster ? "ClusterRole" : "Role", role.name, role.space, role.cluster);
  if (role.labels != 0) {
    text += "  labels:\n";
    for (const auto& [key, value] : policy.labels[role.labels - 1]) {
      text += fmt::format("    {}: {}\n", YamlText(policy.Text(key)), YamlText(policy.Text(value)));
    }
  }
  return text + AggregationYaml(policy, role) + RulesYaml(rules);
}

std::string BindingYaml(const Policy& policy, const rbac::Binding& binding,
                        const std::set<const rbac::Subject*>& without) {
  std::string text = Head(policy, binding.cluster ? "ClusterRoleBinding" : "RoleBinding",
                          binding.name, binding.space, binding.cluster);
  text += fmt::format("roleRef:\n  apiGroup: {}\n  kind: {}\n  name: {}\n", kGroup,
                      YamlText(policy.Text(binding.role_kind)),
                      YamlText(policy.Text(binding.role_name)));
  std::string subjects;
  for (const rbac::Subject& subject : policy.SubjectsOf(binding)) {
    if (!without.contains(&subject)) subjects += SubjectYaml(policy, subject);
  }
  return text + (subjects.empty() ? "subjects: []\n" : "subjects:\n" + subjects);
}

}  // namespace seawall::review
