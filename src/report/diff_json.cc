#include "report/diff.h"
#include "report/finding_json.h"
#include "report/json_writer.h"

namespace seawall::report {
namespace {

void WriteChanges(JsonWriter& out, const char* key, const std::vector<Change>& changes) {
  out.Key(key);
  out.StartArray();
  for (const Change& change : changes) {
    out.StartObject();
    OwnField(out, "rule", change.rule->id);
    OwnField(out, "title", change.rule->title);
    OwnField(out, "severity", rules::ToString(change.rule->severity));
    OwnField(out, "row", change.rule->row);
    OwnField(out, "node", change.node);
    OwnField(out, "component", change.component);
    OwnField(out, "instance", change.instance);
    OwnField(out, "before", change.before);
    OwnField(out, "after", change.after);
    OwnField(out, "cause", change.cause);
    OwnField(out, "reasonBefore", change.reason_before);
    OwnField(out, "reason", change.reason);
    out.Key("evidence");
    WriteEvidence(out, change.evidence);
    out.EndObject();
  }
  out.EndArray();
}

void WriteNames(JsonWriter& out, const char* key, const std::vector<std::string>& names) {
  out.Key(key);
  out.StartArray();
  for (const std::string& name : names) OwnString(out, name);
  out.EndArray();
}

void WriteSide(JsonWriter& out, const char* key, const std::string& name, const std::string& tool) {
  out.Key(key);
  out.StartObject();
  OwnField(out, "name", name);
  OwnField(out, "toolVersion", tool);
  out.EndObject();
}

void Count(JsonWriter& out, const char* key, size_t n) { Field(out, key, static_cast<int64_t>(n)); }

}  // namespace

std::string DiffJson(const Diff& diff) {
  JsonText json;
  JsonWriter& out = json.writer();
  out.StartObject();
  OwnField(out, "schemaVersion", "1.0");
  WriteSide(out, "before", diff.name_before, diff.tool_before);
  WriteSide(out, "after", diff.name_after, diff.tool_after);
  Field(out, "afterIsWhole", diff.whole);
  WriteNames(out, "nodesAdded", diff.nodes_added);
  WriteNames(out, "nodesRemoved", diff.nodes_removed);
  out.Key("versions");
  out.StartArray();
  for (const VersionChange& change : diff.versions) {
    out.StartObject();
    OwnField(out, "node", change.node);
    OwnField(out, "component", change.component);
    OwnField(out, "instance", change.instance);
    OwnField(out, "before", change.before);
    OwnField(out, "after", change.after);
    out.EndObject();
  }
  out.EndArray();
  WriteChanges(out, "new", diff.fresh);
  WriteChanges(out, "fixed", diff.fixed);
  WriteChanges(out, "changed", diff.changed);
  WriteChanges(out, "gone", diff.gone);
  out.Key("summary");
  out.StartObject();
  Count(out, "new", diff.fresh.size());
  Count(out, "fixed", diff.fixed.size());
  Count(out, "changed", diff.changed.size());
  Count(out, "newlyUnknown", diff.newly_unknown);
  Count(out, "gone", diff.gone.size());
  Count(out, "same", diff.same);
  Count(out, "exitStatus", static_cast<size_t>(diff.ExitStatus()));
  out.EndObject();
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace seawall::report
