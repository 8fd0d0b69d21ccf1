// wgpolicyk8s.io/v1alpha2: a ClusterPolicyReport for each node in a List, in JSON, which kubectl
// applies as it is. result: fail, pass; error = unknown (it could not be evaluated); warn = only a
// person can judge it; skip = not applicable, waived or attested.
#include <fmt/format.h>

#include "base/sha256.h"
#include "base/text.h"
#include "report/evidence_text.h"
#include "report/formats/formats.h"
#include "report/json_writer.h"
#include "report/waiver_text.h"

namespace seawall::report {
namespace {

constexpr const char* kResults[] = {"fail", "error", "warn", "skip", "skip", "pass", "skip"};

void PrintableField(JsonWriter& out, const char* key, std::string_view text) {
  OwnField(out, key, Printable(text));
}

/// A name that the API server takes: lower case, digits and '-', at most 253 characters; a digest
/// keeps nodes apart whose names differ only in what had to go.
std::string ObjectName(std::string_view node) {
  std::string name = "seawall-";
  for (const char c : Lower(node)) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    name += fine ? c : '-';
  }
  name.resize(std::min<size_t>(name.size(), 200));
  while (name.ends_with('-')) name.pop_back();
  if (name == fmt::format("seawall-{}", node)) return name;
  const auto digest = Sha256(node);
  return name + "-" + Hex({reinterpret_cast<const char*>(digest.data()), 4});
}

void WriteResult(JsonWriter& out, const Record& record) {
  const RuleText& rule = *record.rule;
  out.StartObject();
  OwnField(out, "source", "seawall");
  PrintableField(out, "policy", rule.id);
  PrintableField(out, "rule", rule.id);
  PrintableField(out, "category", rule.row);
  OwnField(out, "severity", rules::ToString(rule.severity));
  OwnField(out, "result", kResults[Urgency(record)]);
  PrintableField(out, "message", ReasonText(record));
  out.Key("properties");
  out.StartObject();
  OwnField(out, "verdict", VerdictWord(record));
  PrintableField(out, "component", record.component);
  PrintableField(out, "instance", record.instance);
  PrintableField(out, "expected", record.expected());
  if (Urgency(record) == 0) PrintableField(out, "remedy", record.remedy());
  PrintableField(out, "link", rule.link);
  std::string evidence;
  for (const Observation& seen : record.evidence)
    evidence += (evidence.empty() ? "" : "; ") + EvidenceText(seen);
  if (!evidence.empty()) OwnField(out, "evidence", evidence);
  out.EndObject();
  out.EndObject();
}

void WriteScope(JsonWriter& out, const NodeRecord& node) {
  out.Key("scope");
  out.StartObject();
  OwnField(out, "apiVersion", "v1");
  OwnField(out, "kind", "Node");
  PrintableField(out, "name", node.name);
  out.EndObject();
}

class PolicyReport : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    JsonText json;
    JsonWriter& out = json.writer();
    out.StartObject();
    OwnField(out, "apiVersion", "wgpolicyk8s.io/v1alpha2");
    OwnField(out, "kind", "ClusterPolicyReport");
    out.Key("metadata");
    out.StartObject();
    OwnField(out, "name", ObjectName(report.node.name));
    out.Key("labels");
    out.StartObject();
    OwnField(out, "app.kubernetes.io/managed-by", "seawall");
    out.EndObject();
    out.EndObject();
    if (IsMachine(report.node)) WriteScope(out, report.node);
    const Summary counts = Count(report);
    out.Key("summary");
    out.StartObject();
    Field(out, "pass", static_cast<int64_t>(counts.pass));
    Field(out, "fail", static_cast<int64_t>(counts.fail));
    Field(out, "warn", static_cast<int64_t>(counts.manual));
    Field(out, "error", static_cast<int64_t>(counts.unknown));
    Field(out, "skip",
          static_cast<int64_t>(counts.not_applicable + counts.waived + counts.attested));
    out.EndObject();
    out.Key("results");
    out.StartArray();
    for (const Record& record : report.findings) WriteResult(out, record);
    out.EndArray();
    out.EndObject();
    return {json.Take(), {}};
  }
  std::string Begin(const Totals*) const override {
    return "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n";
  }
  std::string_view Between() const override { return ",\n"; }
  std::string End(const Totals&) const override { return "\n]}\n"; }
};

}  // namespace

std::unique_ptr<Format> MakePolicyReport(Options options) {
  return std::make_unique<PolicyReport>(std::move(options));
}

}  // namespace seawall::report
