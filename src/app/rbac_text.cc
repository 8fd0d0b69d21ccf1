#include "app/rbac_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rbac/why_not.h"

namespace seawall::app {
namespace {

size_t NumberOf(const rbac::Policy& policy, const rbac::Grant& grant) {
  return static_cast<size_t>(grant.rule - policy.RulesOf(*grant.role).data()) + 1;
}

void PlaceJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Spot& spot) {
  report::Field(out, "file", policy.files[spot.file]);
  report::Field(out, "line", static_cast<int64_t>(spot.line));
}

void ObjectJson(report::JsonWriter& out, const rbac::Policy& policy, const char* kind,
                rbac::NameId space, rbac::NameId name, const rbac::Spot& spot) {
  out.StartObject();
  report::Field(out, "kind", kind);
  report::Field(out, "namespace", policy.Text(space));
  report::Field(out, "name", policy.Text(name));
  PlaceJson(out, policy, spot);
  out.EndObject();
}

}  // namespace

std::string BindingText(const rbac::Policy& policy, const rbac::Grant& grant) {
  return fmt::format("{} ({})", Printable(rbac::Describe(policy, *grant.binding, *grant.subject)),
                     Printable(policy.Where(grant.binding->spot)));
}

std::string RuleLine(const rbac::Policy& policy, const rbac::Grant& grant) {
  return fmt::format("rule {} ({}): {}", NumberOf(policy, grant),
                     Printable(policy.Where(*grant.role, *grant.rule)),
                     rbac::RuleText(policy, *grant.rule));
}

rbac::NameId SpaceOfSubject(const rbac::Binding& binding, const rbac::Subject& subject) {
  if (subject.kind != rbac::SubjectKind::kServiceAccount) return rbac::Names::kEmpty;
  return subject.space != rbac::Names::kEmpty ? subject.space : binding.space;
}

std::string SubjectText(const rbac::Policy& policy, const rbac::Binding& binding,
                        const rbac::Subject& subject) {
  const std::string_view space = policy.Text(SpaceOfSubject(binding, subject));
  return Printable(fmt::format("{} {}{}{}", policy.Text(subject.kind_name), space,
                               space.empty() ? "" : "/", policy.Text(subject.name)));
}

void BindingJson(report::JsonWriter& out, const rbac::Policy& policy,
                 const rbac::Binding& binding) {
  ObjectJson(out, policy, binding.cluster ? "ClusterRoleBinding" : "RoleBinding", binding.space,
             binding.name, binding.spot);
}

void RoleJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Role& role) {
  ObjectJson(out, policy, role.cluster ? "ClusterRole" : "Role", role.space, role.name, role.spot);
}

void SubjectJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Binding& binding,
                 const rbac::Subject& subject) {
  out.StartObject();
  report::Field(out, "kind", policy.Text(subject.kind_name));
  report::Field(out, "namespace", policy.Text(SpaceOfSubject(binding, subject)));
  report::Field(out, "name", policy.Text(subject.name));
  out.EndObject();
}

void GrantJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Grant& grant) {
  out.StartObject();
  report::Field(out, "text", rbac::Describe(policy, *grant.binding, *grant.subject));
  out.Key("binding");
  BindingJson(out, policy, *grant.binding);
  out.Key("role");
  RoleJson(out, policy, *grant.role);
  out.Key("rule");
  out.StartObject();
  report::Field(out, "number", static_cast<int64_t>(NumberOf(policy, grant)));
  report::Field(out, "text", rbac::RuleText(policy, *grant.rule));
  PlaceJson(out, policy, {grant.role->spot.file, grant.rule->line});
  out.EndObject();
  out.EndObject();
}

}  // namespace seawall::app
