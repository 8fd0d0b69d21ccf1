#include "report/finding_json.h"

#include "base/text.h"
#include "report/redact.h"

namespace seawall::report {
namespace {

void WritePlace(JsonWriter& out, const Place& place) {
  Field(out, "file", place.file);
  Field(out, "line", static_cast<int64_t>(place.line));
  Field(out, "column", static_cast<int64_t>(place.column));
}

std::string_view Shown(std::string_view setting, std::string_view value) {
  return HoldsSecret(setting) && !value.empty() ? std::string_view("(hidden)") : value;
}

void WriteEvidence(JsonWriter& out, const rules::Evidence& evidence) {
  out.StartObject();
  Field(out, "setting", evidence.setting);
  Field(out, "value", Shown(evidence.setting, evidence.value));
  Field(out, "origin", evidence.origin);
  WritePlace(out, evidence.place);
  if (!evidence.overrode.empty()) {
    out.Key("overrode");
    out.StartArray();
    for (const cluster::Overridden& lost : evidence.overrode) {
      out.StartObject();
      Field(out, "value", Shown(evidence.setting, lost.text));
      Field(out, "origin", cluster::ToString(lost.origin.kind));
      WritePlace(out, lost.origin.place);
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

}  // namespace

void WriteReferences(JsonWriter& out, const rules::Rule& rule) {
  std::vector<std::string> items = SplitWords(rule.cis);
  out.Key("cis");
  out.StartArray();
  for (const std::string& item : items) Text(out, item);
  out.EndArray();
  out.Key("refs");
  out.StartObject();
  if (!items.empty()) {
    out.Key("CIS Kubernetes Benchmark");
    out.StartArray();
    for (const std::string& item : items) {
      out.StartObject();
      OwnField(out, "edition", "1.12");
      Field(out, "item", item);
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

void WriteFinding(JsonWriter& out, const rules::Finding& finding) {
  const rules::Rule& rule = *finding.rule;
  const rules::Outcome& outcome = finding.outcome;
  out.StartObject();
  OwnField(out, "rule", rule.id);
  OwnField(out, "title", rule.title);
  OwnField(out, "verdict", rules::ToString(outcome.verdict));
  Field(out, "manual", finding.manual);
  OwnField(out, "severity", rules::ToString(rule.severity));
  OwnField(out, "row", rule.row);
  WriteReferences(out, rule);
  Field(out, "node", finding.node);
  OwnField(out, "component", finding.component);
  Field(out, "instance", finding.instance);
  if (outcome.expected.empty()) {
    OwnField(out, "expected", rule.expected);
  } else {
    Field(out, "expected", outcome.expected);
  }
  Field(out, "reason", outcome.reason);
  out.Key("evidence");
  out.StartArray();
  for (const rules::Evidence& evidence : outcome.evidence) WriteEvidence(out, evidence);
  out.EndArray();
  if (outcome.remedy.empty()) {
    OwnField(out, "remedy", rule.remedy);
  } else {
    Field(out, "remedy", outcome.remedy);
  }
  OwnField(out, "link", rule.link);
  out.EndObject();
}

}  // namespace seawall::report
