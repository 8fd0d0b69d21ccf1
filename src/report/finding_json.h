// Findings as JSON objects: docs/schema/audit.schema.json.
#pragma once

#include "report/json_writer.h"
#include "report/record.h"
#include "report/run_evidence.h"

namespace seawall::report {

/// The version of the JSON report that this program writes. A minor version adds fields.
inline constexpr int kSchemaMajor = 1;
inline constexpr int kSchemaMinor = 0;

/// "cis": [...] and "refs": {framework: [{edition, item}]}.
void WriteReferences(JsonWriter& out, const RuleText& rule);
/// A whole finding, appended.
void WriteFinding(JsonText& out, const Record& record);
/// A list.
void WriteEvidence(JsonWriter& out, const std::vector<Observation>& evidence);
/// A node with its components and what was read.
void WriteNode(JsonWriter& out, const NodeRecord& node);
/// A list.
void WriteWaivers(JsonWriter& out, const std::vector<WaiverUse>& uses);
/// A list.
void WriteAttestations(JsonWriter& out, const std::vector<AttestationUse>& uses);
/// A list.
void WriteRunEvidence(JsonWriter& out, const std::vector<RunEvidence>& runs);
/// The counts and the exit status.
void WriteSummary(JsonWriter& out, const Summary& summary, int exit_status);

}  // namespace seawall::report
