// Findings as JSON objects: docs/schema/audit.schema.json.
#pragma once

#include "report/json_writer.h"
#include "report/record.h"

namespace seawall::report {

/// "cis": [...] and "refs": {framework: [{edition, item}]}.
void WriteReferences(JsonWriter& out, const RuleText& rule);
/// A whole finding, appended.
void WriteFinding(JsonText& out, const Record& record);
/// A node with its components and what was read.
void WriteNode(JsonWriter& out, const NodeRecord& node);
/// The counts and the exit status.
void WriteSummary(JsonWriter& out, const Summary& summary, int exit_status);

}  // namespace seawall::report
