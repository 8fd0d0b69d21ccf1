#include "report/fleet.h"
#include "report/json_writer.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

void Number(JsonWriter& out, const char* key, uint64_t value) {
  out.Key(key);
  out.Uint64(value);
}

constexpr const char* kKeys[] = {"fail",     "unknown", "manual",       "waived",
                                 "attested", "pass",    "notApplicable"};

void WriteResult(JsonWriter& out, const char* key, const std::optional<FleetResult>& result) {
  out.Key(key);
  if (!result) {
    out.Null();
    return;
  }
  out.StartObject();
  OwnField(out, "file", result->file);
  OwnField(out, "time", TimeText(result->time));
  OwnField(out, "timeSource", result->time_source);
  OwnField(out, "toolVersion", result->tool_version);
  Number(out, "nodes", result->nodes);
  Number(out, "exitStatus", static_cast<uint64_t>(result->exit_status));
  out.EndObject();
}

void WriteCluster(JsonWriter& out, const Fleet& fleet, const FleetCluster& cluster) {
  out.StartObject();
  OwnField(out, "cluster", cluster.name);
  OwnField(out, "state", cluster.newest ? "result" : "no-result");
  WriteResult(out, "result", cluster.newest);
  WriteResult(out, "previous", cluster.previous);
  out.Key("notRead");
  out.StartArray();
  for (const FleetGap& gap : cluster.gaps) {
    out.StartObject();
    OwnField(out, "file", gap.file);
    OwnField(out, "why", gap.why);
    out.EndObject();
  }
  out.EndArray();
  const FleetTotals totals = fleet.TotalsOf(cluster);
  out.Key("controls");
  out.StartObject();
  for (size_t i = 0; i < totals.controls.size(); ++i) Number(out, kKeys[i], totals.controls[i]);
  Number(out, "better", totals.better);
  Number(out, "worse", totals.worse);
  out.EndObject();
  out.EndObject();
}

void WriteControl(JsonWriter& out, const Fleet& fleet, const FleetControl& control) {
  out.StartObject();
  OwnField(out, "control", control.id);
  OwnField(out, "title", control.title);
  OwnField(out, "severity", rules::ToString(control.severity));
  out.Key("clusters");
  out.StartArray();
  for (const FleetCluster& cluster : fleet.clusters()) {
    const FleetCell cell = Fleet::Cell(cluster, control.id);
    out.StartObject();
    OwnField(out, "cluster", cluster.name);
    OwnField(out, "verdict", cell.verdict);
    OwnField(out, "trend", cell.trend);
    for (size_t i = 0; i < cell.counts.by_urgency.size(); ++i)
      Number(out, kKeys[i], cell.counts.by_urgency[i]);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

}  // namespace

std::string FleetJson(const Fleet& fleet, const FleetOptions& options, int exit_status) {
  JsonText json;
  JsonWriter& out = json.writer();
  out.StartObject();
  OwnField(out, "schemaVersion", "1.0");
  out.Key("tool");
  out.StartObject();
  OwnField(out, "name", "seawall");
  OwnField(out, "version", options.version);
  out.EndObject();
  out.Key("clusters");
  out.StartArray();
  for (const FleetCluster& cluster : fleet.clusters()) WriteCluster(out, fleet, cluster);
  out.EndArray();
  out.Key("controls");
  out.StartArray();
  for (const FleetControl& control : fleet.controls()) WriteControl(out, fleet, control);
  out.EndArray();
  out.Key("summary");
  out.StartObject();
  Number(out, "clusters", fleet.clusters().size());
  Number(out, "withoutResult", fleet.without_result());
  Number(out, "controls", fleet.controls().size());
  Number(out, "exitStatus", static_cast<uint64_t>(exit_status));
  out.EndObject();
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace seawall::report
