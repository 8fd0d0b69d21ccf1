#include "rules/gates.h"

#include <fmt/format.h>

#include "cluster/values.h"
#include "rules/checks.h"

namespace seawall::rules {

using cluster::Item;
using cluster::Setting;

std::optional<bool> GateValue(const Setting& gates, std::string_view gate, const Item** where) {
  std::optional<bool> value;
  for (const Item& item : gates.items) {
    size_t equals = item.text.find('=');
    if (equals == std::string::npos || std::string_view(item.text).substr(0, equals) != gate)
      continue;
    value = cluster::ParseBool(std::string_view(item.text).substr(equals + 1));
    *where = &item;
  }
  return value;
}

Outcome GateNotOff(const Rule& rule, const Context& context) {
  Setting gates = context.component->Get(rule.setting);
  if (!gates.known()) return UnknownSetting(*context.component, gates);
  const Item* where = nullptr;
  auto value = GateValue(gates, rule.wanted, &where);
  std::string_view gate = rule.wanted;
  if (!value) {
    gate = "AllBeta";
    value = GateValue(gates, gate, &where);
  }
  if (value && !*value)
    return Fails(fmt::format("the feature gate {} is false", gate), {EvidenceOf(gates, *where)});
  return Pass(fmt::format("nobody switches {} off, which is on by default", rule.wanted),
              {EvidenceOf(gates)});
}

Outcome NoAlphaGates(const Rule& rule, const Context& context) {
  Setting gates = context.component->Get(rule.setting);
  if (!gates.known()) return UnknownSetting(*context.component, gates);
  const Item* where = nullptr;
  auto value = GateValue(gates, "AllAlpha", &where);
  if (value && *value)
    return Fails("the feature gate AllAlpha is true", {EvidenceOf(gates, *where)});
  return Pass("AllAlpha is not on", {EvidenceOf(gates)});
}

}  // namespace seawall::rules
