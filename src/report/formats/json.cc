// docs/formats/audit-report.md: the report for programs, and the one that `seawall report` and
// `seawall diff` read. And the same with a finding in each line.
#include <fmt/format.h>

#include "report/finding_json.h"
#include "report/formats/formats.h"
#include "report/json_writer.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

std::string Findings(const NodeReport& report, std::string_view between) {
  JsonText json;
  for (const Record& record : report.findings) {
    if (&record != &report.findings.front()) json.Append(between);
    WriteFinding(json, record);
  }
  return json.Take();
}

std::string NodeObject(const NodeReport& report) {
  JsonText json;
  WriteNode(json.writer(), report.node);
  return json.Take();
}

std::string Head(const Options& options) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  OwnField(out, "name", "seawall");
  OwnField(out, "version", options.version);
  out.EndObject();
  std::string head = fmt::format("{{\"schemaVersion\":\"{}.{}\",\n\"tool\":{}", kSchemaMajor,
                                 kSchemaMinor, json.Take());
  if (options.at_given && options.at)
    head += fmt::format(",\n\"at\":\"{}\"", TimeText(*options.at));
  return head;
}

std::string Tail(const Totals& totals, std::string_view line) {
  std::string text = fmt::format("\"nodes\":[{}", line);
  bool first = true;
  for (const std::vector<std::string>& kept : totals.kept) {
    if (!first) text += fmt::format(",{}", line);
    first = false;
    text += kept[0];
  }
  text += fmt::format("{0}],{0}", line);
  if (!totals.waivers.empty()) {
    JsonText waivers;
    WriteWaivers(waivers.writer(), totals.waivers);
    text += fmt::format("\"waivers\":{},{}", waivers.Take(), line);
  }
  if (!totals.attestations.empty()) {
    JsonText attestations;
    WriteAttestations(attestations.writer(), totals.attestations);
    text += fmt::format("\"attestations\":{},{}", attestations.Take(), line);
  }
  if (!totals.evidence.empty()) {
    JsonText evidence;
    WriteRunEvidence(evidence.writer(), totals.evidence);
    text += fmt::format("\"evidence\":{},{}", evidence.Take(), line);
  }
  JsonText json;
  WriteSummary(json.writer(), totals.summary, totals.exit_status);
  return text + fmt::format("\"summary\":{}}}\n", json.Take());
}

class Json : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    return {Findings(report, ",\n"), {NodeObject(report)}};
  }
  std::string Begin(const Totals*) const override {
    return Head(options()) + ",\n\"findings\":[\n";
  }
  std::string_view Between() const override { return ",\n"; }
  std::string End(const Totals& totals) const override { return "\n],\n" + Tail(totals, "\n"); }
};

class JsonLines : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    std::string lines = Findings(report, "\n");
    if (!lines.empty()) lines += '\n';
    return {std::move(lines), {NodeObject(report)}};
  }
  std::string Begin(const Totals*) const override { return ""; }
  std::string End(const Totals& totals) const override {
    std::string head = Head(options());
    std::erase(head, '\n');  // none but its own: JSON writes those of a text as \n
    return head + "," + Tail(totals, "");
  }
};

}  // namespace

std::unique_ptr<Format> MakeJson(Options options) {
  return std::make_unique<Json>(std::move(options));
}
std::unique_ptr<Format> MakeJsonLines(Options options) {
  return std::make_unique<JsonLines>(std::move(options));
}

}  // namespace seawall::report
