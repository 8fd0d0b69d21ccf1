#include "review/risk_teller.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rbac/why_not.h"

namespace seawall::review {

using rbac::NameId;
using rbac::Names;
using rules::Evidence;
using rules::Hop;

std::string RiskTeller::NodeText(uint32_t node) const {
  if (!graph_.IsSubject(node)) return "somebody";
  const RiskNode& who = graph_.nodes()[node];
  if (who.account)
    return Printable(
        fmt::format("ServiceAccount {}/{}", policy_.Text(who.space), policy_.Text(who.name)));
  return Printable(fmt::format("{} {}", who.group ? "Group" : "User", policy_.Text(who.holder)));
}

std::string RiskTeller::BindingName(const rbac::Binding& binding) const {
  const std::string_view space = policy_.Text(binding.space);
  return Printable(fmt::format("{} {}{}{}", binding.cluster ? "ClusterRoleBinding" : "RoleBinding",
                               space, space.empty() ? "" : "/", policy_.Text(binding.name)));
}

std::string RiskTeller::RoleName(const rbac::Role& role) const {
  const std::string_view space = policy_.Text(role.space);
  return Printable(fmt::format("{} {}{}{}", role.cluster ? "ClusterRole" : "Role", space,
                               space.empty() ? "" : "/", policy_.Text(role.name)));
}

std::string RiskTeller::RuleName(const rbac::Role& role, const rbac::Rule& rule) const {
  return fmt::format("rule {} of {} ({}): {}", &rule - policy_.RulesOf(role).data() + 1,
                     RoleName(role), Printable(policy_.Where(role, rule)),
                     rbac::RuleText(policy_, rule));
}

Evidence RiskTeller::Seen(std::string setting, std::string value, const rbac::Spot& spot) const {
  Evidence evidence;
  evidence.setting = std::move(setting);
  evidence.value = std::move(value);
  evidence.origin = spot.line == 0 ? "api" : "file";
  evidence.place.file = policy_.files[spot.file];
  evidence.place.line = spot.line;
  evidence.place.column = spot.line > 0 ? 1 : 0;
  return evidence;
}

std::vector<Witness> RiskTeller::WitnessesOf(uint32_t node, NameId space, Bits bits) const {
  std::vector<Witness> found;
  const RiskNode& who = graph_.nodes()[node];
  for (const Given& given : graph_.GivenTo(who)) {
    if (bits == 0) break;
    if (given.space != Names::kEmpty && given.space != space) continue;
    if ((graph_.RoleBits(given.role) & bits) == 0) continue;
    for (const rbac::Rule& rule : policy_.RulesOf(policy_.roles[given.role])) {
      const Bits own = bits_.Of(rule) & bits;
      if (own == 0) continue;
      bits &= ~own;
      found.push_back({&given, &rule});
    }
  }
  return found;
}

Evidence RiskTeller::SeenOf(const Witness& witness) const {
  const rbac::Role& role = policy_.roles[witness.given->role];
  const rbac::Binding& binding = policy_.bindings[witness.given->binding];
  return Seen(BindingName(binding), RuleName(role, *witness.rule), binding.spot);
}

Hop RiskTeller::HopOf(const std::string& from, std::string to,
                      const std::vector<Witness>& by) const {
  std::vector<std::string> bindings, rules;
  for (const Witness& witness : by) {
    const std::string binding = BindingName(policy_.bindings[witness.given->binding]);
    if (std::ranges::find(bindings, binding) == bindings.end()) bindings.push_back(binding);
    rules.push_back(RuleName(policy_.roles[witness.given->role], *witness.rule));
  }
  return {from, std::move(to), Join(bindings, " and "), Join(rules, " and ")};
}

}  // namespace seawall::review
