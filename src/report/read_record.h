// Findings, nodes and counts from their JSON: the reverse of finding_json.h.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "report/json_fields.h"
#include "report/record.h"
#include "report/run_evidence.h"

namespace seawall::report {

/// The words of rules, each kept once.
using RuleTexts = std::map<std::string, std::shared_ptr<const RuleText>, std::less<>>;

Record ReadRecord(const JsonValue& value, const std::string& path, bool lenient,
                  Complaint& complaint, RuleTexts& rules);
NodeRecord ReadNodeRecord(const JsonValue& value, const std::string& path, bool lenient,
                          Complaint& complaint);
WaiverUse ReadWaiverUse(const JsonValue& value, const std::string& path, bool lenient,
                        Complaint& complaint);
AttestationUse ReadAttestationUse(const JsonValue& value, const std::string& path, bool lenient,
                                  Complaint& complaint);
RunEvidence ReadRunEvidence(const JsonValue& value, const std::string& path, bool lenient,
                            Complaint& complaint);
Summary ReadSummary(const JsonValue& value, bool lenient, Complaint& complaint, int& exit_status);

}  // namespace seawall::report
