#include "report/read_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "report/json_writer.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

const std::vector<std::string_view> kVerdicts = {"pass",   "fail",    "unknown", "not-applicable",
                                                 "waived", "attested"};  // as rules::Verdict
const std::vector<std::string_view> kSeverities = {"low", "medium", "high",
                                                   "critical"};  // as rules::Severity

const std::vector<std::string_view> kBaselines = {"new", "unchanged"};
const std::vector<std::string_view> kWaiverStates = {"used", "unused", "expired", "too-wide",
                                                     "not-asked"};

Spot ReadSpot(Fields& fields) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  Spot spot;
  spot.file = fields.Text("file");
  spot.line = static_cast<uint32_t>(fields.Number("line", kMost));
  spot.column = static_cast<uint32_t>(fields.Number("column", kMost));
  return spot;
}

std::string Nth(const Fields& fields, const char* list, size_t i) {
  return fmt::format("{}[{}]", fields.Path(list), i);
}

Observation ReadObservation(const JsonValue& value, const std::string& path, bool lenient,
                            Complaint& complaint) {
  Fields fields(value, path, lenient, complaint);
  Observation seen;
  seen.setting = fields.Text("setting");
  seen.value = SafeValue(seen.setting, fields.Text("value"));
  seen.origin = fields.Text("origin");
  seen.place = ReadSpot(fields);
  if (value.Find("node") != nullptr) seen.node = fields.Text("node");
  size_t i = 0;
  for (const JsonValue& item : fields.Array("overrode", false)) {
    Fields lost(item, Nth(fields, "overrode", i++), lenient, complaint);
    std::string text = SafeValue(seen.setting, lost.Text("value"));
    std::string origin = lost.Text("origin");
    seen.overrode.push_back({std::move(text), std::move(origin), ReadSpot(lost)});
  }
  return seen;
}

void ReadReferences(Fields& fields, RuleText& rule) {
  rule.cis = fields.Texts("cis");
  const JsonValue* refs = fields.Object("refs");
  if (refs == nullptr) return;
  for (const auto& [framework, items] : refs->members) {
    if (items.type != JsonValue::Type::kArray)
      fields.complaint().Say(fields.Path("refs") + " holds no list");
    for (const JsonValue& item : items.items) {
      Fields citation(item, fields.Path("refs"), fields.lenient(), fields.complaint());
      std::string edition = citation.Text("edition");
      rule.refs.push_back({Safe(framework), std::move(edition), citation.Text("item")});
    }
  }
  // The order of keys means nothing; ours is by name.
  std::ranges::stable_sort(rule.refs, {}, &Citation::framework);
}

/// The rule of this program that has the id, nullptr when there is none; looked up once a thread,
/// as the table is searched from its beginning.
const rules::Rule* OwnRule(const std::string& id) {
  thread_local const std::unordered_map<std::string_view, const rules::Rule*> own = [] {
    std::unordered_map<std::string_view, const rules::Rule*> all;
    for (const rules::Rule& rule : rules::AllRules()) all.emplace(rule.id, &rule);
    return all;
  }();
  const auto found = own.find(id);
  return found == own.end() ? nullptr : found->second;
}

std::shared_ptr<const RuleText> ReadRule(Fields& fields, RuleTexts& rules) {
  auto rule = std::make_shared<RuleText>();
  rule->id = fields.Text("rule");
  const rules::Rule* own = OwnRule(rule->id);
  rule->title = fields.TextOr("title", own ? own->title : "");
  rule->row = fields.Text("row");
  rule->link = fields.Text("link");
  rule->severity = static_cast<rules::Severity>(fields.Word("severity", kSeverities));
  ReadReferences(fields, *rule);
  std::shared_ptr<const RuleText>& known = rules[rule->id];
  if (known && known->title == rule->title && known->row == rule->row &&
      known->link == rule->link && known->severity == rule->severity && known->cis == rule->cis &&
      known->refs == rule->refs) {
    return known;
  }
  PrepareJson(*rule);
  return known = std::move(rule);
}

Attested ReadAttested(Fields& fields) {
  Attested says;
  says.statement = fields.Text("statement");
  says.who = fields.Text("who");
  says.when = fields.Text("when");
  says.digest = fields.Text("digest");
  says.expires = fields.Text("expires");
  return says;
}

void ReadAttestation(Fields& fields, Record& record, bool lenient, Complaint& complaint) {
  const bool attested = record.verdict == rules::Verdict::kAttested;
  const JsonValue* value = fields.Object("attestation", attested);
  if (value == nullptr) return;
  Fields own(*value, fields.Path("attestation"), lenient, complaint);
  record.attested = std::make_shared<const Attested>(ReadAttested(own));
  if (!attested) complaint.Say(fields.Path("attestation") + " stands with another verdict");
}

/// Null where it is not known.
std::string TextOrNull(Fields& fields, const JsonValue& value, const char* key) {
  const JsonValue* found = value.Find(key);
  if (found != nullptr && found->type == JsonValue::Type::kNull) {
    fields.ObjectOrNull(key);
    return "";
  }
  return fields.Text(key);
}

int64_t ReadMoment(Fields& fields, const char* key) {
  const auto moment = ParseTimeText(fields.Text(key));
  if (!moment) fields.complaint().Say(fields.Path(key) + " is no time");
  return moment.value_or(0);
}

}  // namespace

Record ReadRecord(const JsonValue& value, const std::string& path, bool lenient,
                  Complaint& complaint, RuleTexts& rules) {
  Fields fields(value, path, lenient, complaint);
  Record record;
  record.rule = ReadRule(fields, rules);
  record.verdict = static_cast<rules::Verdict>(fields.Word("verdict", kVerdicts));
  record.manual = fields.Bool("manual");
  record.node = fields.Text("node");
  record.component = fields.Text("component");
  record.instance = fields.Text("instance");
  const rules::Rule* own = OwnRule(record.rule->id);
  record.own_expected = fields.TextOr("expected", own ? own->expected : "");
  record.reason = fields.Text("reason");
  record.own_remedy = fields.TextOr("remedy", (own ? rules::GeneralRemedy(*own) : "").c_str());
  size_t i = 0;
  for (const JsonValue& item : fields.Array("evidence"))
    record.evidence.push_back(
        ReadObservation(item, Nth(fields, "evidence", i++), lenient, complaint));
  if (const JsonValue* waiver =
          fields.Object("waiver", record.verdict == rules::Verdict::kWaived)) {
    Fields terms(*waiver, fields.Path("waiver"), lenient, complaint);
    Waived waived;
    waived.was = terms.Text("was");
    waived.reason = terms.Text("reason");
    waived.expires = terms.Text("expires");
    waived.who = terms.Text("who");
    record.waived = std::make_shared<const Waived>(std::move(waived));
    if (record.verdict != rules::Verdict::kWaived)
      complaint.Say(fields.Path("waiver") + " stands with another verdict");
  }
  ReadAttestation(fields, record, lenient, complaint);
  if (value.Find("subject") != nullptr) {
    record.subject = fields.Text("subject");
    i = 0;
    for (const JsonValue& item : fields.Array("path")) {
      Fields hop(item, Nth(fields, "path", i++), lenient, complaint);
      std::string from = hop.Text("from");
      std::string to = hop.Text("to");
      std::string binding = hop.Text("binding");
      record.path.push_back({std::move(from), std::move(to), std::move(binding), hop.Text("rule")});
    }
  }
  if (value.Find("baseline") != nullptr)
    record.baseline = kBaselines[fields.Word("baseline", kBaselines)];
  if (record.rule->id.empty()) complaint.Say(fields.Path("rule") + " is empty");
  return record;
}

namespace {

/// What this program keeps and does not look at.
void WriteAgain(JsonWriter& out, const JsonValue& value) {
  using Type = JsonValue::Type;
  switch (value.type) {
    case Type::kNull:
      out.Null();
      return;
    case Type::kBool:
      out.Bool(value.boolean);
      return;
    case Type::kInteger:
      out.Int64(value.integer);
      return;
    case Type::kNumber:
    case Type::kString:
      return Text(out, value.text);
    case Type::kArray:
      out.StartArray();
      for (const JsonValue& item : value.items) WriteAgain(out, item);
      out.EndArray();
      return;
    case Type::kObject:
      out.StartObject();
      for (const auto& [key, item] : value.members) {
        out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
        WriteAgain(out, item);
      }
      out.EndObject();
      return;
  }
}

}  // namespace

NodeRecord ReadNodeRecord(const JsonValue& value, const std::string& path, bool lenient,
                          Complaint& complaint) {
  Fields fields(value, path, lenient, complaint);
  NodeRecord node;
  node.name = fields.Text("name");
  node.root = fields.Text("root");
  node.live = fields.Bool("live");
  node.machine = fields.Bool("machine");
  if (value.Find("cluster") != nullptr) node.cluster = fields.Bool("cluster");
  node.as_root = fields.Bool("readAsRoot");
  node.roles = fields.Texts("roles");
  size_t i = 0;
  for (const JsonValue& item : fields.Array("components")) {
    Fields own(item, Nth(fields, "components", i++), lenient, complaint);
    ComponentRecord component;
    component.component = own.Text("component");
    component.instance = own.Text("instance");
    component.run_by = own.Text("runBy");
    if (const JsonValue* version = own.ObjectOrNull("version")) {
      Fields parts(*version, own.Path("version"), lenient, complaint);
      component.version = parts.Text("version");
      component.version_source = parts.Text("source");
    }
    component.where = ReadSpot(own);
    if (item.Find("pid") != nullptr) component.pid = static_cast<int64_t>(own.Number("pid"));
    component.unknown = own.MaybeText("unknown").value_or("");
    size_t n = 0;
    for (const JsonValue& setting : own.Array("settings", false))
      component.settings.push_back(
          ReadObservation(setting, Nth(own, "settings", n++), lenient, complaint));
    node.components.push_back(std::move(component));
  }
  i = 0;
  for (const JsonValue& item : fields.Array("notRead")) {
    Fields own(item, Nth(fields, "notRead", i++), lenient, complaint);
    std::string where = own.Text("where");
    std::string code = own.Text("code");
    std::string why = own.Text("why");
    node.not_read.push_back({std::move(where), std::move(code), std::move(why), own.Text("todo")});
  }
  node.read = fields.Texts("read");
  for (const JsonValue& item : fields.Array("endpoints", false)) {
    JsonText json;
    WriteAgain(json.writer(), item);
    node.endpoints.push_back(json.Take());
  }
  return node;
}

namespace {

/// What waivers and attestations of a run have in common.
template <typename Use>
void ReadUse(Fields& fields, Use& use) {
  use.rule = fields.Text("rule");
  use.node = fields.Text("node");
  use.component = fields.Text("component");
  use.path = fields.Text("path");
  use.place = ReadSpot(fields);
  use.state = kWaiverStates[fields.Word("state", kWaiverStates)];
  use.findings = fields.Number("findings");
}

}  // namespace

WaiverUse ReadWaiverUse(const JsonValue& value, const std::string& path, bool lenient,
                        Complaint& complaint) {
  Fields fields(value, path, lenient, complaint);
  WaiverUse use;
  ReadUse(fields, use);
  use.reason = fields.Text("reason");
  use.expires = fields.Text("expires");
  use.who = fields.Text("who");
  return use;
}

AttestationUse ReadAttestationUse(const JsonValue& value, const std::string& path, bool lenient,
                                  Complaint& complaint) {
  Fields fields(value, path, lenient, complaint);
  AttestationUse use;
  ReadUse(fields, use);
  use.says = ReadAttested(fields);
  return use;
}

RunEvidence ReadRunEvidence(const JsonValue& value, const std::string& path, bool lenient,
                            Complaint& complaint) {
  Fields fields(value, path, lenient, complaint);
  RunEvidence run;
  run.cluster_uid = TextOrNull(fields, value, "clusterUid");
  run.who = fields.Text("operator");
  run.begin = ReadMoment(fields, "begin");
  run.end = ReadMoment(fields, "end");
  run.tool_version = fields.Text("toolVersion");
  run.tool_digest = TextOrNull(fields, value, "toolSha256");
  run.rules_digest = TextOrNull(fields, value, "rulesSha256");
  run.rules = fields.Number("rules");
  run.asked = fields.Number("asked");
  run.seen = fields.Texts("seen");
  size_t i = 0;
  for (const JsonValue& item : fields.Array("notSeen")) {
    Fields own(item, Nth(fields, "notSeen", i++), lenient, complaint);
    std::string name = own.Text("name");
    run.not_seen.push_back({std::move(name), own.Text("why")});
  }
  return run;
}

Summary ReadSummary(const JsonValue& value, bool lenient, Complaint& complaint, int& exit_status) {
  Fields fields(value, "summary", lenient, complaint);
  Summary summary;
  summary.nodes = fields.Number("nodes");
  summary.pass = fields.Number("pass");
  summary.fail = fields.Number("fail");
  summary.unknown = fields.Number("unknown");
  summary.manual = fields.Number("manual");
  summary.not_applicable = fields.Number("notApplicable");
  summary.waived = fields.Number("waived");
  summary.attested = fields.Number("attested");
  summary.blind_spots = fields.Number("notRead");
  if (const JsonValue* severities = fields.Object("failBySeverity")) {
    Fields own(*severities, "summary.failBySeverity", lenient, complaint);
    for (size_t s = 0; s < 4; ++s)
      summary.fail_by_severity[s] = own.Number(rules::ToString(static_cast<rules::Severity>(s)));
  }
  exit_status = static_cast<int>(fields.Number("exitStatus", 3));
  return summary;
}

}  // namespace seawall::report
