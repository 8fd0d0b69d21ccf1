// Findings as JSON objects: docs/schema/audit.schema.json.
#pragma once

#include "report/json_writer.h"
#include "rules/finding.h"
#include "rules/rule.h"

namespace seawall::report {

/// "cis": [...] and "refs": {framework: [{edition, item}]}.
void WriteReferences(JsonWriter& out, const rules::Rule& rule);
/// A whole finding, appended.
void WriteFinding(JsonText& out, const rules::Finding& finding);

}  // namespace seawall::report
