// Roles and bindings.
#include "api/facts_parts.h"
#include "api/role_aggregation.h"

namespace seawall::api {

using cluster::PolicyRule;
using cluster::RbacBinding;
using cluster::RbacRole;
using cluster::RbacSubject;

namespace {

constexpr const char* kGroup = "/apis/rbac.authorization.k8s.io/v1/";

std::vector<cluster::LabelRequirement> ReadSelector(const yaml::Value& selector) {
  std::vector<cluster::LabelRequirement> all;
  for (const auto& label : selector["matchLabels"].Pairs())
    all.push_back({label.key.KeyText(), "In", {label.value.text()}});
  for (const yaml::Value& one : selector["matchExpressions"].Items())
    all.push_back({one["key"].text(), one["operator"].text(), Texts(one["values"])});
  return all;
}

std::optional<RbacRole> ReadRole(const yaml::Value& item) {
  RbacRole role;
  role.space = item.Path("metadata.namespace").text();
  role.name = item.Path("metadata.name").text();
  for (const auto& label : item.Path("metadata.labels").Pairs())
    role.labels.emplace_back(label.key.KeyText(), label.value.text());
  for (const yaml::Value& one : item.Path("aggregationRule.clusterRoleSelectors").Items())
    role.takes_in.push_back(ReadSelector(one));
  for (const yaml::Value& one : item["rules"].Items()) {
    PolicyRule rule;
    rule.verbs = Texts(one["verbs"]);
    rule.groups = Texts(one["apiGroups"]);
    rule.resources = Texts(one["resources"]);
    rule.names = Texts(one["resourceNames"]);
    rule.urls = Texts(one["nonResourceURLs"]);
    role.rules.push_back(std::move(rule));
  }
  return role;
}

std::optional<RbacBinding> ReadBinding(const yaml::Value& item) {
  RbacBinding binding;
  binding.space = item.Path("metadata.namespace").text();
  binding.name = item.Path("metadata.name").text();
  binding.role_kind = item.Path("roleRef.kind").text();
  binding.role = item.Path("roleRef.name").text();
  for (const yaml::Value& one : item["subjects"].Items()) {
    RbacSubject subject;
    subject.kind = one["kind"].text();
    subject.name = one["name"].text();
    subject.space = one["namespace"].text();
    binding.subjects.push_back(std::move(subject));
  }
  return binding;
}

}  // namespace

std::vector<std::string> Texts(const yaml::Value& list) {
  std::vector<std::string> texts;
  for (const yaml::Value& one : list.Items()) texts.push_back(one.text());
  return texts;
}

void ReadRbac(Asker& ask, cluster::ApiFacts& facts) {
  const std::string group = kGroup;
  ask.List<RbacRole>({.path = group + "clusterroles"}, facts.cluster_roles, ReadRole);
  TakeInRoles(facts.cluster_roles.value);
  ask.List<RbacRole>({.path = group + "roles"}, facts.roles, ReadRole);
  ask.List<RbacBinding>({.path = group + "clusterrolebindings"}, facts.cluster_bindings,
                        ReadBinding);
  ask.List<RbacBinding>({.path = group + "rolebindings"}, facts.bindings, ReadBinding);
}

}  // namespace seawall::api
