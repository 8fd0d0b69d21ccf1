// `seawall rbac graph`: who reaches what, as a page, for Graphviz, for programs.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/app.h"
#include "app/rbac_graph_formats.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/unread.h"
#include "report/json_writer.h"

namespace seawall::app {
namespace {

using review::AccessGraph;

/// A text in quotes, as Graphviz reads it.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : Printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string NameOf(const std::string& space, const std::string& name) {
  return space.empty() ? name : space + "/" + name;
}

void Numbers(report::JsonWriter& out, const char* key, const std::vector<uint32_t>& numbers) {
  out.Key(key);
  out.StartArray();
  for (const uint32_t number : numbers) out.Uint(number);
  out.EndArray();
}

void Texts(report::JsonWriter& out, const char* key, const std::vector<std::string>& texts) {
  out.Key(key);
  out.StartArray();
  for (const std::string& text : texts) report::Text(out, text);
  out.EndArray();
}

template <typename Object>
void BeginObject(report::JsonWriter& out, const Object& object) {
  out.StartObject();
  report::Field(out, "kind", object.kind);
  report::Field(out, "namespace", object.space);
  report::Field(out, "name", object.name);
}

void ReachJson(report::JsonWriter& out, const AccessGraph::Reach& reach) {
  out.StartObject();
  report::Field(out, "sink", reach.sink);
  out.Key("path");
  out.StartArray();
  for (const rules::Hop& hop : reach.path) {
    out.StartObject();
    report::Field(out, "from", hop.from);
    report::Field(out, "to", hop.to);
    report::Field(out, "binding", hop.binding);
    report::Field(out, "rule", hop.rule);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

/// --subject as `what-can` takes it, as paths have it.
Result<std::string> ReadSubject(const std::string& word) {
  if (word.empty()) return std::string();
  const size_t colon = word.find(':');
  const std::string kind = colon == std::string::npos ? "" : Lower(word.substr(0, colon));
  const std::string name = colon == std::string::npos ? word : word.substr(colon + 1);
  if (kind == "group") return Printable("Group " + name);
  if (kind == "user") return Printable("User " + name);
  const bool whole = word.starts_with("system:serviceaccount:");
  if (kind == "sa" || kind == "serviceaccount" || whole) {
    std::string account = whole ? word.substr(std::string("system:serviceaccount:").size()) : name;
    std::ranges::replace(account, ':', '/');
    if (account.find('/') != std::string::npos) return Printable("ServiceAccount " + account);
    return Fail(ErrorCode::kUsage, "read --subject", "", "that names no service account",
                "as in sa:NAMESPACE/NAME");
  }
  return Printable("User " + word);
}

}  // namespace

std::string GraphJson(const AccessGraph& graph, const std::vector<std::string>& open) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  UnknownJson(out, open);
  report::Field(out, "podsKnown", graph.pods_known);
  report::Field(out, "leftOut", static_cast<int64_t>(graph.left_out));
  out.Key("subjects");
  out.StartArray();
  for (const auto& subject : graph.subjects) {
    BeginObject(out, subject);
    report::Field(out, "text", subject.text);
    report::Field(out, "own", subject.own);
    Numbers(out, "bindings", subject.bindings);
    Texts(out, "pods", subject.pods);
    out.Key("reaches");
    out.StartArray();
    for (const auto& reach : subject.reaches) ReachJson(out, reach);
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
  out.Key("bindings");
  out.StartArray();
  for (const auto& binding : graph.bindings) {
    BeginObject(out, binding);
    report::Field(out, "where", binding.where);
    report::Field(out, "roleKind", binding.role_kind);
    report::Field(out, "roleName", binding.role_name);
    out.Key("role");
    if (binding.role) {
      out.Uint(*binding.role);
    } else {
      out.Null();
    }
    Numbers(out, "subjects", binding.subjects);
    out.EndObject();
  }
  out.EndArray();
  out.Key("roles");
  out.StartArray();
  for (const auto& role : graph.roles) {
    BeginObject(out, role);
    report::Field(out, "where", role.where);
    Texts(out, "rules", role.rules);
    Numbers(out, "bindings", role.bindings);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return json.Take() + "\n";
}

std::string GraphDot(const AccessGraph& graph, const std::vector<std::string>& open) {
  std::string dot;
  for (const std::string& why : open) dot += fmt::format("// unknown: {}\n", Printable(why));
  dot += "digraph rbac {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  std::map<std::string, std::string> ids;  // of what a hop ends at
  for (size_t i = 0; i < graph.subjects.size(); ++i) {
    ids.emplace(graph.subjects[i].text, fmt::format("s{}", i));
    dot += fmt::format("  s{} [label={}, shape=ellipse];\n", i, Quoted(graph.subjects[i].text));
  }
  for (size_t i = 0; i < graph.roles.size(); ++i) {
    const auto& role = graph.roles[i];
    dot += fmt::format("  r{} [label={}];\n", i,
                       Quoted(role.kind + " " + NameOf(role.space, role.name)));
  }
  for (size_t i = 0; i < graph.bindings.size(); ++i) {
    const auto& binding = graph.bindings[i];
    dot += fmt::format("  b{} [label={}, style=dashed];\n", i,
                       Quoted(binding.kind + " " + NameOf(binding.space, binding.name)));
    for (const uint32_t subject : binding.subjects)
      dot += fmt::format("  s{} -> b{};\n", subject, i);
    if (binding.role) dot += fmt::format("  b{} -> r{};\n", i, *binding.role);
  }
  std::set<std::pair<std::string, std::string>> steps;
  for (const auto& subject : graph.subjects) {
    for (const auto& reach : subject.reaches) {
      for (const rules::Hop& hop : reach.path) steps.emplace(hop.from, hop.to);
    }
  }
  const auto id = [&](const std::string& text) {
    const auto at = ids.find(text);
    return at != ids.end() ? at->second : Quoted(text);
  };
  for (const char* sink : review::SinkNames())
    dot += fmt::format("  {} [shape=octagon, color=red];\n", Quoted(sink));
  for (const auto& [from, to] : steps)
    dot += fmt::format("  {} -> {} [color=red, penwidth=2];\n", id(from), id(to));
  return dot + "}\n";
}

Result<int> RunRbacGraph(const Arguments& arguments) {
  auto subject = ReadSubject(arguments.Get("subject"));
  if (!subject) return std::unexpected(subject.error());
  auto loaded = LoadPolicy(arguments, {.workloads = true});
  if (!loaded) return std::unexpected(loaded.error());
  std::vector<std::string> open = rbac::LeftOpen(*(*loaded)->evaluator, rbac::Reach::kNamespaces);
  const auto& workloads = (*loaded)->workloads;
  if (workloads && !workloads->pods_unread.empty()) open.push_back(workloads->pods_unread);
  const AccessGraph graph = review::MakeAccessGraph(
      *(*loaded)->evaluator, workloads, {.own = arguments.Has("all"), .subject = *subject});
  if (!subject->empty() && graph.subjects.empty() && open.empty()) {
    return Fail(ErrorCode::kNotFound, "draw " + *subject, "", "no binding names it",
                "write it as user:NAME, group:NAME or sa:NAMESPACE/NAME");
  }
  const std::string format = arguments.Get("output", "dot");
  auto ok = WriteOut(format == "html"   ? GraphHtml(graph, open)
                     : format == "json" ? GraphJson(graph, open)
                                        : GraphDot(graph, open));
  if (!ok) return std::unexpected(ok.error());
  return open.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
