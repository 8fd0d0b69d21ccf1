#include "app/kept_proofs.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>

#include "app/prove_targets.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "report/prove_report.h"

namespace seawall::app {
namespace {

using rapidjson::Value;
using rules::Verdict;

constexpr unsigned kParsing =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
constexpr Verdict kVerdicts[] = {Verdict::kPass, Verdict::kFail, Verdict::kUnknown,
                                 Verdict::kNotApplicable};

void WriteEvidence(report::JsonWriter& out, const rules::Evidence& evidence) {
  out.StartObject();
  report::Field(out, "setting", evidence.setting);
  report::Field(out, "value", evidence.value);
  report::Field(out, "origin", evidence.origin);
  report::Field(out, "file", evidence.place.file);
  report::Field(out, "line", int64_t{evidence.place.line});
  report::Field(out, "column", int64_t{evidence.place.column});
  out.EndObject();
}

void WriteFinding(report::JsonWriter& out, const rules::Finding& finding) {
  out.StartObject();
  report::Field(out, "rule", finding.rule->id);
  report::Field(out, "component", finding.component);
  report::Field(out, "instance", finding.instance);
  report::Field(out, "verdict", rules::ToString(finding.outcome.verdict));
  report::Field(out, "manual", finding.manual);
  report::Field(out, "reason", finding.outcome.reason);
  report::Field(out, "expected", finding.outcome.expected);
  report::Field(out, "remedy", finding.outcome.remedy);
  out.Key("evidence");
  out.StartArray();
  for (const rules::Evidence& evidence : finding.outcome.evidence) WriteEvidence(out, evidence);
  out.EndArray();
  out.EndObject();
}

void WriteProven(report::JsonWriter& out, const proofs::Proven& proven, const std::string& shown) {
  out.StartObject();
  report::Field(out, "instance", proven.component == nullptr ? "" : proven.component->instance);
  report::Field(out, "component", proven.endpoint.component);
  report::Field(out, "host", proven.endpoint.host);
  report::Field(out, "port", int64_t{proven.endpoint.port});
  report::Field(out, "role", proven.endpoint.role);
  report::Field(out, "why", proven.endpoint.why);
  report::OwnField(out, "report", shown);
  out.Key("findings");
  out.StartArray();
  for (const rules::Finding& finding : proven.findings) WriteFinding(out, finding);
  out.EndArray();
  out.EndObject();
}

/// Reads members; `good` ends false when one is missing or of another type.
class Reader {
 public:
  explicit Reader(const cluster::Node& node) : node_(node) {}
  bool good() const { return good_; }
  /// The first rule that this program does not have; "" for none.
  const std::string& unknown_rule() const { return unknown_rule_; }

  void Read(const Value& asked, KeptProofs& out) {
    for (const Value& one : Items(asked)) {
      proofs::Proven proven;
      const std::string instance = Text(one, "instance");
      proven.endpoint.component = Text(one, "component");
      proven.endpoint.host = Text(one, "host");
      proven.endpoint.port = static_cast<uint16_t>(Number(one, "port"));
      proven.endpoint.role = Text(one, "role");
      proven.endpoint.why = Text(one, "why");
      for (const cluster::Component& component : node_.components) {
        if (component.instance == instance &&
            cluster::ToString(component.kind) == proven.endpoint.component)
          proven.component = &component;
      }
      for (const Value& finding : Items(Member(one, "findings")))
        ReadFinding(finding, proven.findings);
      out.endpoints.push_back(Report(one));
      out.proven.push_back(std::move(proven));
    }
  }

 private:
  const Value& Member(const Value& object, const char* key) {
    static const Value kNothing;
    if (object.IsObject()) {
      const auto found = object.FindMember(key);
      if (found != object.MemberEnd()) return found->value;
    }
    good_ = false;
    return kNothing;
  }
  Value::ConstArray Items(const Value& value) {
    static const Value kEmpty(rapidjson::kArrayType);
    if (!value.IsArray()) good_ = false;
    return value.IsArray() ? value.GetArray() : kEmpty.GetArray();
  }
  std::string Text(const Value& object, const char* key) {
    const Value& value = Member(object, key);
    if (!value.IsString()) good_ = false;
    return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : "";
  }
  int64_t Number(const Value& object, const char* key) {
    const Value& value = Member(object, key);
    if (!value.IsInt64()) good_ = false;
    return value.IsInt64() ? value.GetInt64() : 0;
  }

  /// It goes into a report as it is: JSON, and nothing behind it.
  std::string Report(const Value& one) {
    std::string text = Text(one, "report");
    rapidjson::Document document;
    document.Parse<kParsing>(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject()) good_ = false;
    return text;
  }

  void ReadFinding(const Value& value, std::vector<rules::Finding>& findings) {
    rules::Finding finding;
    const std::string rule = Text(value, "rule");
    finding.rule = proofs::FindProofRule(rule);
    if (finding.rule == nullptr && unknown_rule_.empty()) unknown_rule_ = rule;
    finding.node = node_.name;
    finding.component = Text(value, "component");
    finding.instance = Text(value, "instance");
    const Value& manual = Member(value, "manual");
    if (!manual.IsBool()) good_ = false;
    finding.manual = manual.IsBool() && manual.GetBool();
    const std::string verdict = Text(value, "verdict");
    const auto* known =
        std::ranges::find_if(kVerdicts, [&](Verdict v) { return rules::ToString(v) == verdict; });
    if (known == std::end(kVerdicts)) {
      good_ = false;
    } else {
      finding.outcome.verdict = *known;
    }
    finding.outcome.reason = Text(value, "reason");
    finding.outcome.expected = Text(value, "expected");
    finding.outcome.remedy = Text(value, "remedy");
    for (const Value& item : Items(Member(value, "evidence"))) {
      rules::Evidence evidence;
      evidence.setting = Text(item, "setting");
      evidence.value = Text(item, "value");
      evidence.origin = Text(item, "origin");
      evidence.place.file = Text(item, "file");
      evidence.place.line = static_cast<uint32_t>(Number(item, "line"));
      evidence.place.column = static_cast<uint32_t>(Number(item, "column"));
      finding.outcome.evidence.push_back(std::move(evidence));
    }
    if (finding.rule != nullptr) findings.push_back(std::move(finding));
  }

  const cluster::Node& node_;
  bool good_ = true;
  std::string unknown_rule_;
};

}  // namespace

Result<KeptProofs> AskNode(const cluster::Node& node, bool loopback,
                           const probe::ProbeOptions& options, int64_t now) {
  std::vector<ProveTarget> targets;
  AddListeners(node, loopback, targets);
  KeptProofs kept;
  kept.proven.resize(targets.size());
  kept.endpoints.resize(targets.size());
  auto ok = AskTargets(targets, options, [&](size_t i, const probe::Observation& seen) {
    const ProveTarget& target = targets[i];
    kept.proven[i] = {
        target.component, seen.endpoint,
        proofs::Judge(
            {.seen = seen, .node = target.node, .component = target.component, .now = now},
            target.node_name)};
    kept.endpoints[i] = report::EndpointJson(seen);
  });
  if (!ok) return std::unexpected(ok.error());
  return kept;
}

std::string WriteProofs(const KeptProofs& proofs) {
  report::JsonText text;
  report::JsonWriter& out = text.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  out.Key("asked");
  out.StartArray();
  for (size_t i = 0; i < proofs.proven.size(); ++i)
    WriteProven(out, proofs.proven[i], proofs.endpoints[i]);
  out.EndArray();
  out.EndObject();
  return text.Take() + "\n";
}

Result<KeptProofs> ReadProofs(std::string_view json, const cluster::Node& node) {
  const auto bad = [&](const char* why) {
    return Fail(ErrorCode::kMalformed, "read the bundle",
                fmt::format("{}: entry proofs.json", node.root), why,
                "collect the node again, or copy the file again");
  };
  rapidjson::Document document;
  document.Parse<kParsing>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return bad("it is no JSON object");
  const auto version = document.FindMember("schemaVersion");
  if (version == document.MemberEnd() || !version->value.IsString() ||
      !std::string_view(version->value.GetString()).starts_with("1."))
    return bad("its schemaVersion is none that this seawall reads");
  const auto asked = document.FindMember("asked");
  if (asked == document.MemberEnd()) return bad("\"asked\" is missing");
  KeptProofs kept;
  Reader reader(node);
  reader.Read(asked->value, kept);
  if (!reader.good()) return bad("something in it is missing or of another type");
  if (!reader.unknown_rule().empty()) {
    return Fail(ErrorCode::kUnsupported, "read the bundle",
                fmt::format("{}: entry proofs.json", node.root),
                fmt::format("this seawall has no rule '{}', of which it holds findings",
                            PrintableShort(reader.unknown_rule(), 80)),
                "read it with the seawall that made it, or collect the node again");
  }
  return kept;
}

}  // namespace seawall::app
