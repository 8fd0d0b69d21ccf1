// The rules themselves for people and programs: `seawall rules`, `seawall explain`.
#pragma once

#include <string>
#include <vector>

#include "rules/rule.h"

namespace seawall::report {

/// A line each: id, severity, row, CIS items, title.
std::string RulesAsText(const std::vector<const rules::Rule*>& rules);
/// docs/schema/rules.schema.json
std::string RulesAsJson(const std::vector<const rules::Rule*>& rules);
/// One rule in full.
std::string ExplainAsText(const rules::Rule& rule, size_t width);

}  // namespace seawall::report
