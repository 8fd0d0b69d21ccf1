// The page: what a cluster says reaches it only through Markup.
#include <fmt/format.h>

#include <algorithm>

#include "app/rbac_graph_assets.h"
#include "app/rbac_graph_formats.h"
#include "app/version.h"
#include "base/text.h"
#include "report/markup.h"
#include "report/page.h"

namespace seawall::app {
namespace {

using report::Markup;
using review::AccessGraph;

constexpr report::Page kPage = {"who reaches what", "subjects", "Skip to the subjects", kGraphStyle,
                                kGraphScript};
constexpr size_t kPictured = 30;  ///< subjects in the picture at the top
constexpr size_t kPodsTold = 5;
constexpr size_t kSubjectsTold = 50;  ///< of a role

std::string NameOf(const std::string& space, const std::string& name) {
  return Markup(space.empty() ? name : space + "/" + name);
}

size_t SinkIndex(const char* sink) {
  const auto names = review::SinkNames();
  return static_cast<size_t>(std::ranges::find(names, std::string_view(sink)) - names.begin());
}

std::string Tiles(const AccessGraph& graph) {
  std::string html = "<ul class=\"tiles\">";
  for (const char* sink : review::SinkNames()) {
    const auto count = std::ranges::count_if(graph.subjects, [&](const auto& subject) {
      return std::ranges::any_of(subject.reaches, [&](const auto& r) { return r.sink == sink; });
    });
    html += report::Tile(static_cast<size_t>(count), std::string("reach ") + sink);
  }
  return html + "</ul>\n";
}

/// The nearest subjects, and a line to each sink that they reach.
std::string Picture(const AccessGraph& graph) {
  std::vector<const AccessGraph::Subject*> near;
  for (const auto& subject : graph.subjects) {
    if (!subject.reaches.empty() && near.size() < kPictured) near.push_back(&subject);
  }
  if (near.empty()) return "";
  const auto sinks = review::SinkNames();
  const size_t height = std::max(near.size() * 24, sinks.size() * 40) + 10;
  const auto sink_y = [&](size_t sink) { return 20 + sink * (height - 20) / sinks.size(); };
  std::string html = fmt::format(
      "<h2>Who is nearest</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Picture\"><svg width=\"860\" height=\"{0}\" viewBox=\"0 0 860 {0}\" "
      "role=\"img\"><title>The subjects nearest to a sink; the list of subjects has them all"
      "</title>",
      height);
  for (size_t i = 0; i < near.size(); ++i) {
    const size_t y = 8 + i * 24;
    for (const auto& reach : near[i]->reaches) {
      html += fmt::format(
          "<path class=\"edge\" stroke-width=\"{}\" d=\"M330 {}C480 {} 500 {} 640 {}\"/>",
          reach.path.size() == 1 ? "2.5" : "1", y + 10, y + 10, sink_y(SinkIndex(reach.sink)) + 10,
          sink_y(SinkIndex(reach.sink)) + 10);
    }
    html += fmt::format(
        "<a href=\"#s{}\"><rect class=\"box\" x=\"0\" y=\"{}\" width=\"330\" height=\"20\" "
        "rx=\"4\"/><text x=\"6\" y=\"{}\">{}</text></a>",
        near[i] - graph.subjects.data(), y, y + 14, Markup(PrintableShort(near[i]->text, 46)));
  }
  for (size_t sink = 0; sink < sinks.size(); ++sink) {
    html += fmt::format(
        "<rect class=\"box end\" x=\"640\" y=\"{}\" width=\"200\" height=\"24\" rx=\"6\"/><text "
        "x=\"650\" y=\"{}\">{}</text>",
        sink_y(sink), sink_y(sink) + 16, Markup(sinks[sink]));
  }
  return html + "</svg></div>\n";
}

std::string Filter(const AccessGraph& graph) {
  std::string html =
      "<form id=\"filter\" hidden><label for=\"q\">Search</label><input type=\"search\" id=\"q\" "
      "placeholder=\"names, bindings, roles, rights ( / )\" autocomplete=\"off\">"
      "<label>Reaches <select id=\"sink\"><option value=\"\">anything or nothing</option><option "
      "value=\"any\">a sink</option>";
  const auto sinks = review::SinkNames();
  for (size_t i = 0; i < sinks.size(); ++i)
    html += fmt::format("<option value=\"{}\">{}</option>", i, Markup(sinks[i]));
  html +=
      "</select></label><label>Kind <select id=\"kind\"><option value=\"\">all</option>"
      "<option>User</option><option>Group</option><option>ServiceAccount</option></select></label>";
  if (graph.pods_known)
    html += "<label><input type=\"checkbox\" id=\"pods\"> carried by pods</label>";
  return html +
         "<button type=\"reset\">Reset</button><button type=\"button\" id=\"close\">Close "
         "all</button><output id=\"said\" class=\"dim\" aria-live=\"polite\"></output></form>\n";
}

std::string WayHtml(const AccessGraph::Reach& reach) {
  std::string html = fmt::format("<h3>To {}: {}</h3><ol class=\"way\">", Markup(reach.sink),
                                 Plural(reach.path.size(), "step"));
  for (const rules::Hop& hop : reach.path) {
    html += fmt::format("<li><span class=\"f\">{}</span> → <span class=\"t\">{}</span> <small>",
                        Markup(hop.from), Markup(hop.to));
    if (!hop.binding.empty())
      html += fmt::format("by <span class=\"b\">{}</span>: ", Markup(hop.binding));
    html += Markup(hop.rule) + "</small></li>";
  }
  return html + "</ol>";
}

std::string PodsHtml(const AccessGraph& graph, const AccessGraph::Subject& subject) {
  if (!graph.pods_known || subject.kind != "ServiceAccount") return "";
  if (subject.pods.empty()) return "<p class=\"dim\">No pod carries its token.</p>";
  std::vector<std::string> told;
  for (const std::string& pod : subject.pods) {
    if (told.size() < kPodsTold) told.push_back(Markup(pod));
  }
  if (subject.pods.size() > kPodsTold)
    told.push_back(fmt::format("{} more", subject.pods.size() - kPodsTold));
  return "<p>Its token is carried by " + Join(told, ", ") + ".</p>";
}

std::string SubjectHtml(const AccessGraph& graph, size_t index) {
  const AccessGraph::Subject& subject = graph.subjects[index];
  std::vector<std::string> sinks;
  std::string marks;
  for (const auto& reach : subject.reaches) {
    sinks.push_back(std::to_string(SinkIndex(reach.sink)));
    marks +=
        fmt::format(" <span class=\"sink\">{} · {}</span>", Markup(reach.sink), reach.path.size());
  }
  std::string html = fmt::format(
      "<details class=\"s{}\" id=\"s{}\" data-kind=\"{}\" data-sinks=\"{}\" data-pods=\"{}\">"
      "<summary><b>{}</b> <code>{}</code>{}{}</summary><div>{}",
      subject.reaches.empty() ? "" : " reaches", index, Markup(subject.kind), Join(sinks, " "),
      subject.pods.empty() ? 0 : 1, Markup(subject.kind), NameOf(subject.space, subject.name),
      marks, subject.own ? " <small>Kubernetes' own</small>" : "", PodsHtml(graph, subject));
  for (const auto& reach : subject.reaches) html += WayHtml(reach);
  html += "<h3>Bindings</h3><ul>";
  for (const uint32_t number : subject.bindings) {
    const AccessGraph::Binding& binding = graph.bindings[number];
    html += fmt::format("<li>{} <code>{}</code> → ", Markup(binding.kind),
                        NameOf(binding.space, binding.name));
    html += binding.role ? fmt::format("<a href=\"#r{}\">{} {}</a>", *binding.role,
                                       Markup(binding.role_kind), Markup(binding.role_name))
                         : fmt::format("{} {}, which is not there", Markup(binding.role_kind),
                                       Markup(binding.role_name));
    html += fmt::format(" <small>{}</small></li>", Markup(binding.where));
  }
  return html + "</ul></div></details>\n";
}

std::string RoleHtml(const AccessGraph& graph, size_t index) {
  const AccessGraph::Role& role = graph.roles[index];
  std::string html = fmt::format(
      "<details class=\"r\" id=\"r{}\"><summary><b>{}</b> <code>{}</code> <small>{}</small>"
      "</summary><div><ol>",
      index, Markup(role.kind), NameOf(role.space, role.name), Markup(role.where));
  for (const std::string& rule : role.rules)
    html += fmt::format("<li><code>{}</code></li>", Markup(rule));
  html += "</ol><h3>Given to</h3><ul>";
  size_t told = 0;
  size_t more = 0;
  for (const uint32_t number : role.bindings) {
    const AccessGraph::Binding& binding = graph.bindings[number];
    for (const uint32_t subject : binding.subjects) {
      if (told == kSubjectsTold) {
        ++more;
        continue;
      }
      ++told;
      html += fmt::format("<li><a href=\"#s{}\">{}</a> <small>by {} {}</small></li>", subject,
                          Markup(graph.subjects[subject].text), Markup(binding.kind),
                          NameOf(binding.space, binding.name));
    }
  }
  if (more > 0) html += fmt::format("<li>and {} more</li>", more);
  return html + "</ul></div></details>\n";
}

std::string Head(const AccessGraph& graph, const std::vector<std::string>& open) {
  std::string html = report::PageBegin(kPage) + "<h1>Who reaches what</h1>\n";
  html += fmt::format("<p class=\"dim\">{} · {} · {} · seawall {}</p>\n",
                      Plural(graph.subjects.size(), "subject"),
                      Plural(graph.bindings.size(), "binding"), Plural(graph.roles.size(), "role"),
                      Markup(kVersion));
  if (graph.left_out > 0)
    html += fmt::format("<p class=\"dim\">{} left out (--all, --subject)</p>\n",
                        Plural(graph.left_out, "subject"));
  for (const std::string& why : open)
    html += fmt::format("<p class=\"unknown\">Unknown: {}</p>\n", Markup(why));
  return html;
}

}  // namespace

std::string GraphHtml(const AccessGraph& graph, const std::vector<std::string>& open) {
  std::string html = Head(graph, open) + Tiles(graph) + Picture(graph) + Filter(graph);
  html += "<section id=\"subjects\"><h2>Subjects</h2>\n";
  for (size_t i = 0; i < graph.subjects.size(); ++i) html += SubjectHtml(graph, i);
  html += "</section>\n<section id=\"roles\"><h2>Roles</h2>\n";
  for (size_t i = 0; i < graph.roles.size(); ++i) html += RoleHtml(graph, i);
  return html + "</section>" + report::PageEnd(kPage);
}

}  // namespace seawall::app
