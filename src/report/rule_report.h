// The rules themselves for people and programs: `seawall rules`, `seawall explain`.
#pragma once

#include <string>
#include <vector>

#include "rules/frameworks.h"
#include "rules/rule.h"

namespace seawall::report {

/// A line each: id, severity, row, CIS items, title.
std::string RulesAsText(const std::vector<const rules::Rule*>& rules);
/// docs/schema/rules.schema.json
std::string RulesAsJson(const std::vector<const rules::Rule*>& rules);
/// The items of a framework with those of `rules` that speak of them, then the items of none.
std::string FrameworkAsText(const rules::Framework& framework,
                            const std::vector<const rules::Rule*>& rules, size_t width);
/// docs/schema/framework.schema.json
std::string FrameworkAsJson(const rules::Framework& framework,
                            const std::vector<const rules::Rule*>& rules);
/// One rule in full.
std::string ExplainAsText(const rules::Rule& rule, size_t width);

}  // namespace seawall::report
