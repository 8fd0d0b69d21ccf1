#include "rules/api_grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace seawall::rules {

using cluster::ApiFacts;
using cluster::PolicyRule;
using cluster::RbacBinding;
using cluster::RbacRole;

namespace {

using RolesByName = std::map<std::pair<std::string_view, std::string_view>, const RbacRole*>;

RolesByName ByName(const std::vector<RbacRole>& roles) {
  RolesByName by_name;
  for (const RbacRole& role : roles) by_name[{role.space, role.name}] = &role;
  return by_name;
}

std::string Some(const std::vector<std::string>& list) {
  constexpr size_t kMost = 4;
  std::vector<std::string> some(
      list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), kMost)));
  return Join(some, ",") + (list.size() > kMost ? ",…" : "");
}

}  // namespace

std::string Grant::Binding() const {
  return binding.space.empty() ? "ClusterRoleBinding " + binding.name
                               : fmt::format("RoleBinding {}/{}", binding.space, binding.name);
}

std::string Grant::Subject() const {
  if (subject.kind != "ServiceAccount") return subject.kind + " " + subject.name;
  return fmt::format("ServiceAccount {}/{}", subject.space, subject.name);
}

Evidence Grant::Seen() const {
  return OfApi(Binding(), Subject(), fmt::format("{} {}", binding.role_kind, binding.role));
}

Evidence OfApi(std::string object, std::string setting, std::string value) {
  Evidence evidence;
  evidence.setting = std::move(setting);
  evidence.value = std::move(value);
  evidence.origin = "api";
  evidence.place.file = std::move(object);
  return evidence;
}

void EachGrant(const ApiFacts& facts,
               const std::function<bool(const RbacBinding&, const cluster::RbacSubject&)>& wanted,
               Tally& tally, const std::function<void(const Grant&)>& take) {
  const RolesByName cluster_roles = ByName(facts.cluster_roles.value);
  const RolesByName roles = ByName(facts.roles.value);
  for (const auto* list : {&facts.cluster_bindings, &facts.bindings}) {
    if (!Known(*list, tally)) continue;
    for (const RbacBinding& binding : list->value) {
      const bool of_cluster = binding.role_kind == "ClusterRole";
      for (const cluster::RbacSubject& subject : binding.subjects) {
        if (!wanted(binding, subject)) continue;
        if (!Known(of_cluster ? facts.cluster_roles : facts.roles, tally)) continue;
        const RolesByName& by_name = of_cluster ? cluster_roles : roles;
        const auto role = by_name.find(
            {of_cluster ? std::string_view() : binding.space, std::string_view(binding.role)});
        if (role != by_name.end()) take({binding, subject, *role->second});
      }
    }
  }
}

bool Allows(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::any_of(list,
                             [&](const std::string& one) { return one == word || one == "*"; });
}

bool Gives(const RbacRole& role, const Power& power) {
  const auto gives = [&](const PolicyRule& rule) {
    if (!rule.names.empty() || !Allows(rule.groups, power.group)) return false;
    const size_t slash = power.resource.find('/');
    bool resource = Allows(rule.resources, power.resource);
    if (slash != power.resource.npos) {
      const std::string every = "*" + std::string(power.resource.substr(slash));
      resource = resource || Allows(rule.resources, every);
    }
    if (!resource) return false;
    return std::ranges::any_of(Split(power.verbs, ' '),
                               [&](std::string_view verb) { return Allows(rule.verbs, verb); });
  };
  return std::ranges::any_of(role.rules, gives);
}

bool GivesAll(const RbacRole& role) {
  return std::ranges::any_of(role.rules, [](const PolicyRule& rule) {
    const auto has = [](const std::vector<std::string>& list) {
      return std::ranges::find(list, "*") != list.end();
    };
    return rule.names.empty() && has(rule.verbs) && has(rule.groups) && has(rule.resources);
  });
}

std::string RuleText(const PolicyRule& rule) {
  if (!rule.urls.empty()) return fmt::format("{} {}", Some(rule.verbs), Some(rule.urls));
  std::string text = fmt::format("{} {}", Some(rule.verbs), Some(rule.resources));
  if (!rule.groups.empty() && !(rule.groups.size() == 1 && rule.groups[0].empty()))
    text += " of " + Some(rule.groups);
  if (!rule.names.empty()) text += " called " + Some(rule.names);
  return text;
}

}  // namespace seawall::rules
