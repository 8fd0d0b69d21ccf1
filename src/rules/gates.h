// Feature gates, as --feature-gates and the field of the same name give them.
#pragma once

#include <optional>
#include <string_view>

#include "rules/rule.h"

namespace seawall::rules {

/// What is said of `gate`; nothing when nobody names it. `where` is then left alone.
std::optional<bool> GateValue(const cluster::Setting& gates, std::string_view gate,
                              const cluster::Item** where);

/// `wanted` is a gate that is on by default: only somebody who switches it off, or all beta gates,
/// takes it away.
Outcome GateNotOff(const Rule& rule, const Context& context);

/// Nobody switches every alpha feature on.
Outcome NoAlphaGates(const Rule& rule, const Context& context);

}  // namespace seawall::rules
