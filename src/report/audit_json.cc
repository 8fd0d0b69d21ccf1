// The JSON report of an audit: docs/schema/audit.schema.json.
#include "report/audit_report.h"
#include "report/finding_json.h"
#include "report/json_writer.h"

namespace seawall::report {
namespace {

void WriteVersion(JsonWriter& out, const cluster::Component& component) {
  out.Key("version");
  if (!component.version) {
    out.Null();
    return;
  }
  out.StartObject();
  Field(out, "version", component.version->ToString());
  Field(out, "source", component.version->source);
  out.EndObject();
}

void WriteComponent(JsonWriter& out, const cluster::Component& component) {
  out.StartObject();
  Field(out, "component", cluster::ToString(component.kind));
  Field(out, "instance", component.instance);
  Field(out, "runBy", cluster::ToString(component.run_by));
  WriteVersion(out, component);
  Field(out, "file", component.where.file);
  Field(out, "line", static_cast<int64_t>(component.where.line));
  Field(out, "column", static_cast<int64_t>(component.where.column));
  if (component.process) Field(out, "pid", static_cast<int64_t>(component.process->pid));
  if (!component.unknown.empty()) Field(out, "unknown", component.unknown);
  out.EndObject();
}

std::string NodeObject(const cluster::Node& node, const ReportOptions& options) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "name", node.name);
  Field(out, "root", node.root);
  Field(out, "live", node.live);
  Field(out, "machine", node.is_machine);
  Field(out, "readAsRoot", options.as_root);
  out.Key("roles");
  out.StartArray();
  for (cluster::Role role : node.roles) Text(out, cluster::ToString(role));
  out.EndArray();
  out.Key("components");
  out.StartArray();
  for (const cluster::Component& component : node.components) WriteComponent(out, component);
  out.EndArray();
  out.Key("notRead");
  out.StartArray();
  for (const cluster::BlindSpot& spot : node.blind_spots) {
    out.StartObject();
    Field(out, "where", spot.error.where);
    Field(out, "code", ToString(spot.error.code));
    Field(out, "why", spot.error.why);
    Field(out, "todo", spot.error.todo);
    out.EndObject();
  }
  out.EndArray();
  out.Key("read");
  out.StartArray();
  for (const std::string& path : node.read) Text(out, path);
  out.EndArray();
  out.EndObject();
  return json.Take();
}

}  // namespace

NodePart JsonPart(const cluster::Node& node, const std::vector<rules::Finding>& findings,
                  const ReportOptions& options) {
  NodePart part;
  part.summary.nodes = 1;
  part.summary.blind_spots = node.blind_spots.size();
  JsonText json;
  for (const rules::Finding& finding : findings) {
    if (&finding != &findings.front()) json.Append(",\n");
    WriteFinding(json, finding);
    part.summary.Add(finding);
  }
  part.findings = json.Take();
  part.node = NodeObject(node, options);
  return part;
}

std::string JsonBegin(const ReportOptions& options) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "name", "seawall");
  Field(out, "version", options.version);
  out.EndObject();
  return "{\"schemaVersion\":\"1.0\",\n\"tool\":" + json.Take() + ",\n\"findings\":[\n";
}

std::string JsonEnd(const Summary& summary, const std::vector<std::string>& nodes,
                    int exit_status) {
  std::string text = "\n],\n\"nodes\":[\n";
  for (size_t i = 0; i < nodes.size(); ++i) text += (i ? ",\n" : "") + nodes[i];
  JsonText json;
  auto& out = json.writer();
  auto count = [&](const char* key, size_t n) { Field(out, key, static_cast<int64_t>(n)); };
  out.StartObject();
  count("nodes", summary.nodes);
  count("pass", summary.pass);
  count("fail", summary.fail);
  count("unknown", summary.unknown);
  count("manual", summary.manual);
  count("notApplicable", summary.not_applicable);
  count("waived", summary.waived);
  count("notRead", summary.blind_spots);
  out.Key("failBySeverity");
  out.StartObject();
  for (int s = 3; s >= 0; --s)
    count(rules::ToString(static_cast<rules::Severity>(s)), summary.fail_by_severity[s]);
  out.EndObject();
  Field(out, "exitStatus", static_cast<int64_t>(exit_status));
  out.EndObject();
  return text + "\n],\n\"summary\":" + json.Take() + "}\n";
}

}  // namespace seawall::report
