#include "report/finding_json.h"

#include <unordered_map>

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

/// What every finding of a rule says with the same words, written once: of the hundreds of
/// kilobytes of a node's report most are these.
struct RuleJson {
  std::string begin;  ///< {"rule":…,"title":…,"verdict":"
  std::string classes, expected, remedy, link;
};

std::string OwnText(const char* key, std::string_view value) {
  JsonText json;
  json.writer().String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  return key + json.Take();
}

RuleJson Prepare(const rules::Rule& rule) {
  RuleJson json;
  json.begin =
      OwnText("{\"rule\":", rule.id) + OwnText(",\"title\":", rule.title) + ",\"verdict\":\"";
  JsonText references;
  references.writer().StartObject();
  WriteReferences(references.writer(), rule);
  references.writer().EndObject();
  const std::string object = references.Take();
  json.classes = OwnText(",\"severity\":", rules::ToString(rule.severity)) +
                 OwnText(",\"row\":", rule.row) + "," + object.substr(1, object.size() - 2);
  json.expected = OwnText(",\"expected\":", rule.expected);
  json.remedy = OwnText(",\"remedy\":", rule.remedy);
  json.link = OwnText(",\"link\":", rule.link) + "}";
  return json;
}

const RuleJson& JsonOf(const rules::Rule& rule) {
  thread_local std::unordered_map<const rules::Rule*, RuleJson> prepared;
  const auto found = prepared.find(&rule);
  return found != prepared.end() ? found->second
                                 : prepared.emplace(&rule, Prepare(rule)).first->second;
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

void WriteFinding(JsonText& out, const rules::Finding& finding) {
  const rules::Rule& rule = *finding.rule;
  const rules::Outcome& outcome = finding.outcome;
  const RuleJson& own = JsonOf(rule);
  const auto value = [&out](const char* key, std::string_view text) {
    out.Append(key);
    Text(out.writer(), text);
  };
  out.Append(own.begin);
  out.Append(rules::ToString(outcome.verdict));
  out.Append(finding.manual ? "\",\"manual\":true" : "\",\"manual\":false");
  out.Append(own.classes);
  value(",\"node\":", finding.node);
  value(",\"component\":", finding.component);
  value(",\"instance\":", finding.instance);
  if (outcome.expected.empty() || outcome.expected == rule.expected) {
    out.Append(own.expected);
  } else {
    value(",\"expected\":", outcome.expected);
  }
  value(",\"reason\":", outcome.reason);
  out.Append(",\"evidence\":");
  out.writer().StartArray();
  for (const rules::Evidence& evidence : outcome.evidence) WriteEvidence(out.writer(), evidence);
  out.writer().EndArray();
  if (outcome.remedy.empty()) {
    out.Append(own.remedy);
  } else {
    value(",\"remedy\":", outcome.remedy);
  }
  out.Append(own.link);
}

}  // namespace seawall::report
