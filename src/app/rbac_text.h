// How the rbac commands write a grant, for people and for programs.
#pragma once

#include <string>

#include "rbac/evaluator.h"
#include "report/json_writer.h"

namespace seawall::app {

/// `RoleBinding "b/shop" of ClusterRole "r" to Group "devs" (rbac/r.yaml:9)`.
std::string BindingText(const rbac::Policy& policy, const rbac::Grant& grant);
/// `rule 1 (rbac/r.yaml:5): verbs [get], …`.
std::string RuleLine(const rbac::Policy& policy, const rbac::Grant& grant);
/// "Group devs", "ServiceAccount shop/ci"; printable.
std::string SubjectText(const rbac::Policy& policy, const rbac::Binding& binding,
                        const rbac::Subject& subject);
/// The namespace of a service account: the binding's where the subject names none.
rbac::NameId SpaceOfSubject(const rbac::Binding& binding, const rbac::Subject& subject);

/// `{"text":…,"binding":…,"role":…,"rule":…}`, as docs/schema/rbac-can-i.schema.json has it.
void GrantJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Grant& grant);
/// `{"kind":…,"namespace":…,"name":…,"file":…,"line":…}`.
void BindingJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Binding& binding);
void RoleJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Role& role);
/// `{"kind":…,"namespace":…,"name":…}`.
void SubjectJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Binding& binding,
                 const rbac::Subject& subject);

}  // namespace seawall::app
