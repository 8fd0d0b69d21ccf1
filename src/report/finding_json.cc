#include "report/finding_json.h"

#include <array>
#include <charconv>

#include "report/time_text.h"

namespace seawall::report {
namespace {

void Number(JsonWriter& out, const char* key, uint64_t value) {
  out.Key(key);
  out.Uint64(value);
}

void WriteSpot(JsonWriter& out, const Spot& place) {
  OwnField(out, "file", place.file);
  Number(out, "line", place.line);
  Number(out, "column", place.column);
}

void WriteObservation(JsonWriter& out, const Observation& seen) {
  out.StartObject();
  OwnField(out, "setting", seen.setting);
  OwnField(out, "value", seen.value);
  OwnField(out, "origin", seen.origin);
  WriteSpot(out, seen.place);
  if (!seen.node.empty()) OwnField(out, "node", seen.node);
  if (!seen.overrode.empty()) {
    out.Key("overrode");
    out.StartArray();
    for (const Lost& lost : seen.overrode) {
      out.StartObject();
      OwnField(out, "value", lost.value);
      OwnField(out, "origin", lost.origin);
      WriteSpot(out, lost.place);
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

// The same as text, without a writer that keeps count of levels: most bytes of a report are these.
void AppendSpot(JsonText& out, const Spot& place) {
  const auto number = [&out](std::string_view key, uint32_t value) {
    std::array<char, 12> digits;
    const char* end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    out.Append(key);
    out.Append({digits.data(), static_cast<size_t>(end - digits.data())});
  };
  out.Append(",\"file\":");
  out.Quote(place.file);
  number(",\"line\":", place.line);
  number(",\"column\":", place.column);
}

void AppendObservation(JsonText& out, const Observation& seen) {
  out.Append("{\"setting\":");
  out.Quote(seen.setting);
  out.Append(",\"value\":");
  out.Quote(seen.value);
  out.Append(",\"origin\":");
  out.Quote(seen.origin);
  AppendSpot(out, seen.place);
  if (!seen.node.empty()) {
    out.Append(",\"node\":");
    out.Quote(seen.node);
  }
  if (!seen.overrode.empty()) {
    const char* before = ",\"overrode\":[{\"value\":";
    for (const Lost& lost : seen.overrode) {
      out.Append(before);
      out.Quote(lost.value);
      out.Append(",\"origin\":");
      out.Quote(lost.origin);
      AppendSpot(out, lost.place);
      before = "},{\"value\":";
    }
    out.Append("}]");
  }
  out.Append("}");
}

void AppendPath(JsonText& out, const Record& record) {
  out.Append(",\"subject\":");
  out.Quote(record.subject);
  out.Append(",\"path\":[");
  for (const rules::Hop& hop : record.path) {
    out.Append(&hop == &record.path.front() ? "{\"from\":" : ",{\"from\":");
    out.Quote(hop.from);
    out.Append(",\"to\":");
    out.Quote(hop.to);
    out.Append(",\"binding\":");
    out.Quote(hop.binding);
    out.Append(",\"rule\":");
    out.Quote(hop.rule);
    out.Append("}");
  }
  out.Append("]");
}

std::string OwnText(const char* key, std::string_view value) {
  JsonText json;
  json.writer().String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  return key + json.Take();
}

void WriteComponent(JsonWriter& out, const ComponentRecord& component) {
  out.StartObject();
  OwnField(out, "component", component.component);
  OwnField(out, "instance", component.instance);
  OwnField(out, "runBy", component.run_by);
  out.Key("version");
  if (component.version) {
    out.StartObject();
    OwnField(out, "version", *component.version);
    OwnField(out, "source", component.version_source);
    out.EndObject();
  } else {
    out.Null();
  }
  WriteSpot(out, component.where);
  if (component.pid) Field(out, "pid", *component.pid);
  if (!component.unknown.empty()) OwnField(out, "unknown", component.unknown);
  if (!component.settings.empty()) {
    out.Key("settings");
    WriteEvidence(out, component.settings);
  }
  out.EndObject();
}

void WriteTexts(JsonWriter& out, const char* key, const std::vector<std::string>& texts) {
  out.Key(key);
  out.StartArray();
  for (const std::string& text : texts)
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  out.EndArray();
}

void WriteAttested(JsonWriter& out, const Attested& says) {
  OwnField(out, "statement", says.statement);
  OwnField(out, "who", says.who);
  OwnField(out, "when", says.when);
  OwnField(out, "digest", says.digest);
  OwnField(out, "expires", says.expires);
}

void TextOrNull(JsonWriter& out, const char* key, const std::string& text) {
  if (!text.empty()) return OwnField(out, key, text);
  out.Key(key);
  out.Null();
}

}  // namespace

void PrepareJson(RuleText& text) {
  text.json.begin =
      OwnText("{\"rule\":", text.id) + OwnText(",\"title\":", text.title) + ",\"verdict\":\"";
  JsonText references;
  references.writer().StartObject();
  WriteReferences(references.writer(), text);
  references.writer().EndObject();
  const std::string object = references.Take();
  text.json.classes = OwnText(",\"severity\":", rules::ToString(text.severity)) +
                      OwnText(",\"row\":", text.row) + "," + object.substr(1, object.size() - 2);
  text.json.expected = OwnText(",\"expected\":", text.expected);
  text.json.remedy = OwnText(",\"remedy\":", text.remedy);
  text.json.link = OwnText(",\"link\":", text.link);
}

void WriteReferences(JsonWriter& out, const RuleText& rule) {
  WriteTexts(out, "cis", rule.cis);
  out.Key("refs");
  out.StartObject();
  for (size_t i = 0; i < rule.refs.size();) {
    const std::string& framework = rule.refs[i].framework;
    out.Key(framework.data(), static_cast<rapidjson::SizeType>(framework.size()));
    out.StartArray();
    for (; i < rule.refs.size() && rule.refs[i].framework == framework; ++i) {
      out.StartObject();
      OwnField(out, "edition", rule.refs[i].edition);
      OwnField(out, "item", rule.refs[i].item);
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

void WriteEvidence(JsonWriter& out, const std::vector<Observation>& evidence) {
  out.StartArray();
  for (const Observation& seen : evidence) WriteObservation(out, seen);
  out.EndArray();
}

void WriteFinding(JsonText& out, const Record& record) {
  const auto& words = record.rule->json;
  const auto value = [&out](std::string_view key, std::string_view text) {
    out.Append(key);
    out.Quote(text);
  };
  out.Append(words.begin);
  out.Append(rules::ToString(record.verdict));
  out.Append(record.manual ? "\",\"manual\":true" : "\",\"manual\":false");
  out.Append(words.classes);
  value(",\"node\":", record.node);
  value(",\"component\":", record.component);
  value(",\"instance\":", record.instance);
  if (record.own_expected.empty()) {
    out.Append(words.expected);
  } else {
    value(",\"expected\":", record.own_expected);
  }
  value(",\"reason\":", record.reason);
  out.Append(",\"evidence\":[");
  for (const Observation& seen : record.evidence) {
    if (&seen != &record.evidence.front()) out.Append(",");
    AppendObservation(out, seen);
  }
  out.Append("]");
  if (!record.subject.empty()) AppendPath(out, record);
  if (record.own_remedy.empty()) {
    out.Append(words.remedy);
  } else {
    value(",\"remedy\":", record.own_remedy);
  }
  out.Append(words.link);
  if (record.waived) {
    out.Append(",\"waiver\":");
    out.writer().StartObject();
    OwnField(out.writer(), "was", record.waived->was);
    OwnField(out.writer(), "reason", record.waived->reason);
    OwnField(out.writer(), "expires", record.waived->expires);
    OwnField(out.writer(), "who", record.waived->who);
    out.writer().EndObject();
  }
  if (record.attested) {
    out.Append(",\"attestation\":");
    out.writer().StartObject();
    WriteAttested(out.writer(), *record.attested);
    out.writer().EndObject();
  }
  if (!record.baseline.empty()) value(",\"baseline\":", record.baseline);
  out.Append("}");
}

void WriteWaivers(JsonWriter& out, const std::vector<WaiverUse>& uses) {
  out.StartArray();
  for (const WaiverUse& use : uses) {
    out.StartObject();
    OwnField(out, "rule", use.rule);
    OwnField(out, "node", use.node);
    OwnField(out, "component", use.component);
    OwnField(out, "path", use.path);
    OwnField(out, "reason", use.reason);
    OwnField(out, "expires", use.expires);
    OwnField(out, "who", use.who);
    WriteSpot(out, use.place);
    OwnField(out, "state", use.state);
    Number(out, "findings", use.findings);
    out.EndObject();
  }
  out.EndArray();
}

void WriteAttestations(JsonWriter& out, const std::vector<AttestationUse>& uses) {
  out.StartArray();
  for (const AttestationUse& use : uses) {
    out.StartObject();
    OwnField(out, "rule", use.rule);
    OwnField(out, "node", use.node);
    OwnField(out, "component", use.component);
    OwnField(out, "path", use.path);
    WriteAttested(out, use.says);
    WriteSpot(out, use.place);
    OwnField(out, "state", use.state);
    Number(out, "findings", use.findings);
    out.EndObject();
  }
  out.EndArray();
}

void WriteRunEvidence(JsonWriter& out, const std::vector<RunEvidence>& runs) {
  out.StartArray();
  for (const RunEvidence& run : runs) {
    out.StartObject();
    TextOrNull(out, "clusterUid", run.cluster_uid);
    OwnField(out, "operator", run.who);
    OwnField(out, "begin", TimeText(run.begin));
    OwnField(out, "end", TimeText(run.end));
    OwnField(out, "toolVersion", run.tool_version);
    TextOrNull(out, "toolSha256", run.tool_digest);
    TextOrNull(out, "rulesSha256", run.rules_digest);
    Number(out, "rules", run.rules);
    Number(out, "asked", run.asked);
    WriteTexts(out, "seen", run.seen);
    out.Key("notSeen");
    out.StartArray();
    for (const NotSeen& node : run.not_seen) {
      out.StartObject();
      OwnField(out, "name", node.name);
      OwnField(out, "why", node.why);
      out.EndObject();
    }
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
}

void WriteNode(JsonWriter& out, const NodeRecord& node) {
  out.StartObject();
  OwnField(out, "name", node.name);
  OwnField(out, "root", node.root);
  Field(out, "live", node.live);
  Field(out, "machine", node.machine);
  if (node.cluster) Field(out, "cluster", true);
  Field(out, "readAsRoot", node.as_root);
  WriteTexts(out, "roles", node.roles);
  out.Key("components");
  out.StartArray();
  for (const ComponentRecord& component : node.components) WriteComponent(out, component);
  out.EndArray();
  out.Key("notRead");
  out.StartArray();
  for (const NotRead& spot : node.not_read) {
    out.StartObject();
    OwnField(out, "where", spot.where);
    OwnField(out, "code", spot.code);
    OwnField(out, "why", spot.why);
    OwnField(out, "todo", spot.todo);
    out.EndObject();
  }
  out.EndArray();
  WriteTexts(out, "read", node.read);
  if (!node.endpoints.empty()) {
    out.Key("endpoints");
    out.StartArray();
    for (const std::string& endpoint : node.endpoints)
      out.RawValue(endpoint.data(), endpoint.size(), rapidjson::kObjectType);
    out.EndArray();
  }
  out.EndObject();
}

void WriteSummary(JsonWriter& out, const Summary& summary, int exit_status) {
  out.StartObject();
  Number(out, "nodes", summary.nodes);
  Number(out, "pass", summary.pass);
  Number(out, "fail", summary.fail);
  Number(out, "unknown", summary.unknown);
  Number(out, "manual", summary.manual);
  Number(out, "notApplicable", summary.not_applicable);
  Number(out, "waived", summary.waived);
  Number(out, "attested", summary.attested);
  Number(out, "notRead", summary.blind_spots);
  out.Key("failBySeverity");
  out.StartObject();
  for (int s = 3; s >= 0; --s)
    Number(out, rules::ToString(static_cast<rules::Severity>(s)), summary.fail_by_severity[s]);
  out.EndObject();
  Number(out, "exitStatus", static_cast<uint64_t>(exit_status));
  out.EndObject();
}

}  // namespace seawall::report
