// SARIF 2.1.0 (OASIS). kind: fail, pass, notApplicable; open = it could not be evaluated; review =
// only a person can judge it; what is waived is a fail with an accepted suppression. A place is
// given by its path below the node's root, which originalUriBaseIds names.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/evidence_text.h"
#include "report/fingerprint.h"
#include "report/formats/formats.h"
#include "report/json_writer.h"

namespace seawall::report {
namespace {

// By Urgency.
constexpr const char* kKinds[] = {"fail",   "open", "review",       "fail",
                                  "review", "pass", "notApplicable"};
// By rules::Severity; the numbers are what code scanning services sort by.
constexpr const char* kLevels[] = {"note", "warning", "error", "error"};
constexpr const char* kSecuritySeverity[] = {"2.5", "5.5", "8.0", "9.5"};

void Message(JsonWriter& out, const char* key, std::string_view text) {
  out.Key(key);
  out.StartObject();
  OwnField(out, "text", text.empty() ? std::string("–") : Printable(text));
  out.EndObject();
}

/// Percent-encoded as a path of a URI reference.
std::string UriPath(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/!$&'()*+,;=@").contains(c);
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

std::string BaseOf(const std::string& node) { return "NODE:" + node; }

/// `owner`: the node whose file it is, where the finding is about the whole cluster.
void WriteArtifact(JsonWriter& out, const NodeRecord& node, const std::string& owner,
                   std::string_view file) {
  out.Key("artifactLocation");
  out.StartObject();
  if (node.machine || !owner.empty()) {
    while (file.starts_with('/')) file.remove_prefix(1);
    OwnField(out, "uri", UriPath(file));
    OwnField(out, "uriBaseId", BaseOf(owner.empty() ? node.name : owner));
  } else {
    // What -f was given: relative to where it was called, as code scanning services want it.
    while (file.starts_with("./")) file.remove_prefix(2);
    OwnField(out, "uri", (file.starts_with('/') ? "file://" : "") + UriPath(file));
  }
  out.EndObject();
}

void WritePhysical(JsonWriter& out, const NodeRecord& node, const Observation& seen) {
  const Spot& place = seen.place;
  out.Key("physicalLocation");
  out.StartObject();
  WriteArtifact(out, node, seen.node, place.file);
  if (place.line > 0) {
    out.Key("region");
    out.StartObject();
    Field(out, "startLine", static_cast<int64_t>(place.line));
    if (place.column > 0) Field(out, "startColumn", static_cast<int64_t>(place.column));
    out.EndObject();
  }
  out.EndObject();
}

void WriteLogical(JsonWriter& out, const Record& record) {
  std::string name = Printable(record.node) + "/" + Printable(record.component);
  if (!record.instance.empty()) name += "/" + Printable(record.instance);
  out.Key("logicalLocations");
  out.StartArray();
  out.StartObject();
  OwnField(out, "name", Printable(record.component));
  OwnField(out, "fullyQualifiedName", name);
  OwnField(out, "kind", "resource");
  out.EndObject();
  out.EndArray();
}

void WriteLocations(JsonWriter& out, const NodeRecord& node, const Record& record) {
  const auto placed = std::ranges::find_if(
      record.evidence, [](const Observation& seen) { return !seen.place.file.empty(); });
  const Observation* main = placed == record.evidence.end() ? nullptr : &*placed;
  out.Key("locations");
  out.StartArray();
  out.StartObject();
  if (main != nullptr) WritePhysical(out, node, *main);
  WriteLogical(out, record);
  out.EndObject();
  out.EndArray();
  bool any = false;
  for (const Observation& seen : record.evidence) {
    if (seen.place.file.empty() || &seen == main) continue;
    if (!any) {
      out.Key("relatedLocations");
      out.StartArray();
      any = true;
    }
    out.StartObject();
    WritePhysical(out, node, seen);
    Message(out, "message", EvidenceText(seen));
    out.EndObject();
  }
  if (any) out.EndArray();
}

void WriteProperties(JsonWriter& out, const Record& record) {
  out.Key("properties");
  out.StartObject();
  OwnField(out, "verdict", VerdictWord(record));
  OwnField(out, "severity", rules::ToString(record.rule->severity));
  OwnField(out, "node", Printable(record.node));
  OwnField(out, "component", Printable(record.component));
  OwnField(out, "instance", Printable(record.instance));
  OwnField(out, "expected", Printable(record.expected()));
  if (Urgency(record) == 0) OwnField(out, "remedy", Printable(record.remedy()));
  out.Key("evidence");
  out.StartArray();
  for (const Observation& seen : record.evidence) {
    const std::string text = EvidenceText(seen);
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  out.EndArray();
  out.EndObject();
}

void WriteSuppression(JsonWriter& out, const Waived& waived) {
  out.Key("suppressions");
  out.StartArray();
  out.StartObject();
  OwnField(out, "kind", "external");
  OwnField(out, "status", "accepted");
  OwnField(out, "justification",
           fmt::format("{} (until {}{}{}; {} without it)", Printable(waived.reason),
                       Printable(waived.expires), waived.who.empty() ? "" : ", by ",
                       Printable(waived.who), Printable(waived.was)));
  out.EndObject();
  out.EndArray();
}

void WriteResult(JsonWriter& out, const NodeRecord& node, const Record& record) {
  const int urgency = Urgency(record);
  const std::string_view kind = kKinds[urgency];
  out.StartObject();
  OwnField(out, "ruleId", Printable(record.rule->id));
  OwnField(out, "kind", kind);
  OwnField(out, "level",
           kind == "fail" ? kLevels[static_cast<size_t>(record.rule->severity)] : "none");
  Message(out, "message", record.reason);
  WriteLocations(out, node, record);
  out.Key("partialFingerprints");
  out.StartObject();
  OwnField(out, "seawallFinding/v1", Fingerprint(record));
  out.EndObject();
  if (record.waived) WriteSuppression(out, *record.waived);
  if (!record.baseline.empty()) OwnField(out, "baselineState", record.baseline);
  WriteProperties(out, record);
  out.EndObject();
}

void WriteRule(JsonWriter& out, const RuleText& rule) {
  out.StartObject();
  OwnField(out, "id", Printable(rule.id));
  Message(out, "shortDescription", rule.title);
  if (rule.link.starts_with("https://")) OwnField(out, "helpUri", rule.link);
  out.Key("defaultConfiguration");
  out.StartObject();
  OwnField(out, "level", kLevels[static_cast<size_t>(rule.severity)]);
  out.EndObject();
  out.Key("properties");
  out.StartObject();
  OwnField(out, "security-severity", kSecuritySeverity[static_cast<size_t>(rule.severity)]);
  out.Key("tags");
  out.StartArray();
  const auto tag = [&out](const std::string& text) {
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  };
  tag("security");
  tag("row-" + Printable(rule.row));
  for (const std::string& item : rule.cis) tag("cis-" + Printable(item));
  out.EndArray();
  out.EndObject();
  out.EndObject();
}

/// `"NODE:cp-0":{…}`, where its root may be told as a URI.
std::string BaseEntry(const NodeRecord& node) {
  JsonText json;
  JsonWriter& out = json.writer();
  out.StartObject();
  if (node.root.starts_with('/')) {
    std::string uri = "file://" + UriPath(node.root);
    if (!uri.ends_with('/')) uri += '/';
    OwnField(out, "uri", uri);
  }
  Message(out, "description", "the root folder of node " + node.name);
  out.EndObject();
  JsonText key;
  OwnString(key.writer(), BaseOf(node.name));
  return key.Take() + ":" + json.Take();
}

/// What could not be read, as notifications of the run.
std::string Notifications(const NodeRecord& node) {
  std::string all;
  for (const NotRead& spot : node.not_read) {
    JsonText json;
    JsonWriter& out = json.writer();
    out.StartObject();
    OwnField(out, "level", "warning");
    Message(out, "message",
            fmt::format("{}: not read: {}: {}{}", node.name, spot.where, spot.why,
                        spot.todo.empty() ? "" : " (" + spot.todo + ")"));
    out.EndObject();
    all += (all.empty() ? "" : ",\n") + json.Take();
  }
  return all;
}

class Sarif : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    Part part;
    for (const Record& record : report.findings) {
      JsonText json;
      WriteResult(json.writer(), report.node, record);
      if (!part.body.empty()) part.body += ",\n";
      part.body += json.Take();
    }
    part.kept = {report.node.machine ? BaseEntry(report.node) : "", Notifications(report.node)};
    return part;
  }

  std::string Begin(const Totals*) const override {
    return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
           "\"runs\":[{\"columnKind\":\"unicodeCodePoints\",\"results\":[\n";
  }
  std::string_view Between() const override { return ",\n"; }

  std::string End(const Totals& totals) const override {
    JsonText json;
    JsonWriter& out = json.writer();
    out.StartObject();
    out.Key("driver");
    out.StartObject();
    OwnField(out, "name", "seawall");
    OwnField(out, "version", Printable(options().version));
    out.Key("rules");
    out.StartArray();
    for (const auto& rule : totals.rules) WriteRule(out, *rule);
    out.EndArray();
    out.EndObject();
    out.EndObject();
    return fmt::format(
        "\n],\n\"originalUriBaseIds\":{{{}}},\n\"invocations\":[{{\"executionSuccessful\":{},"
        "\"exitCode\":{},\"toolExecutionNotifications\":[{}]}}],\n\"tool\":{}}}]}}\n",
        Kept(totals, 0), totals.exit_status == 2 ? "false" : "true", totals.exit_status,
        Kept(totals, 1), json.Take());
  }

  bool WantsRules() const override { return true; }

 private:
  static std::string Kept(const Totals& totals, size_t which) {
    std::string all;
    for (const std::vector<std::string>& kept : totals.kept) {
      if (!kept[which].empty()) all += (all.empty() ? "" : ",\n") + kept[which];
    }
    return all;
  }
};

}  // namespace

std::unique_ptr<Format> MakeSarif(Options options) {
  return std::make_unique<Sarif>(std::move(options));
}

}  // namespace seawall::report
