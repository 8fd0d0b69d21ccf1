// The objects of a policy as YAML again, each a document that begins with "---".
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rbac/policy.h"
#include "review/objects.h"

namespace seawall::review {

/// The rules as they stand.
std::vector<RuleSpec> RulesOf(const rbac::Policy& policy, const rbac::Role& role);
/// With its labels and what it aggregates; annotations are not kept.
std::string RoleYaml(const rbac::Policy& policy, const rbac::Role& role,
                     const std::vector<RuleSpec>& rules);
/// Without the subjects of `without`.
std::string BindingYaml(const rbac::Policy& policy, const rbac::Binding& binding,
                        const std::set<const rbac::Subject*>& without = {});

}  // namespace seawall::review
