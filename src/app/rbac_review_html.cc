// A review as one page: what a cluster and its logs say reaches it only through Markup.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/rbac_review_assets.h"
#include "app/review_report.h"
#include "app/version.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "report/markup.h"
#include "report/page.h"
#include "review/time_line.h"

namespace seawall::app {
namespace {

using auditlog::TimeText;
using report::Markup;
using review::Review;
using review::ReviewedGrant;
using review::ReviewedRow;
using review::ReviewedServer;
using review::ReviewedSubject;
using review::RightState;

constexpr report::Page kPage = {"review of RBAC", "subjects", "Skip to the subjects", kReviewStyle,
                                kReviewScript};
constexpr size_t kTimePoints = 10'000;
constexpr size_t kGapsTold = 100;

struct StateWord {
  RightState state;
  const char* word;
  const char* css;
};
/// In the order in which they matter.
constexpr StateWord kStates[] = {{RightState::kUnused, "unused", "unused"},
                                 {RightState::kWide, "wide", "wide-right"},
                                 {RightState::kUnknown, "unknown", "unknown-right"},
                                 {RightState::kUsed, "used", "used"}};

std::string Head(const Review& review, const ReviewPage& page) {
  std::string html = report::PageBegin(kPage) + "<h1>What RBAC grants, and what was used</h1>\n";
  html += fmt::format("<p class=\"dim\">{} to {} · audit policy: {} · seawall {}</p>\n",
                      TimeText(review.from), TimeText(review.to),
                      review.inferred ? "none was named" : Markup(Join(page.texts.policies, ", ")),
                      Markup(kVersion));
  for (const std::string& why : page.extras.unread)
    html += fmt::format("<p class=\"unknown\">Unknown: {}</p>\n", Markup(why));
  for (const std::string& why : review.doubts)
    html += fmt::format("<p class=\"unknown\">Nothing can be called unused: {}</p>\n", Markup(why));
  if (review.inferred)
    html +=
        "<p class=\"unknown\">Without the audit policy (--audit-policy), what the logs have of a "
        "resource they are taken to have of everybody; what they have of nobody is unknown.</p>\n";
  return html + "<ul class=\"tiles\">" + report::Tile(review.unused, "rights unused") +
         report::Tile(review.wide, "used in part, through a wildcard") +
         report::Tile(review.unknown, "unknown", "odd") +
         report::Tile(review.used, "used", "good") +
         report::Tile(review.fresh_grants, "grants new or changed", "odd") +
         report::Tile(review.dangling, "bindings of roles that are not there") + "</ul>\n";
}

/// The window as a bar, the log's silences in it.
std::string Bar(const Review& review, const ReviewedServer& server) {
  const auto length = static_cast<double>(std::max<int64_t>(review.to - review.from, 1));
  const auto rect = [&](const char* css, int64_t from, int64_t to) {
    from = std::clamp(from, review.from, review.to);
    to = std::clamp(to, review.from, review.to);
    return fmt::format("<rect class=\"{}\" x=\"{:.2f}\" width=\"{:.2f}\" height=\"10\"/>", css,
                       100 * static_cast<double>(from - review.from) / length,
                       100 * static_cast<double>(to - from) / length);
  };
  std::string html =
      "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">";
  html += rect("all", review.from, review.to);
  if (server.first != 0) html += rect("has", server.first, server.last);
  for (const auto& gap : server.gaps) html += rect("gap", gap.from, gap.to);
  return html + "</svg>";
}

std::string Servers(const Review& review) {
  std::string html =
      "<section id=\"coverage\"><h2>Coverage of each API server's log</h2>\n<div class=\"wide\" "
      "tabindex=\"0\" role=\"region\" aria-label=\"Coverage\"><table><thead><tr><th scope=\"col\">"
      "Log of</th><th scope=\"col\">First event</th><th scope=\"col\">Last event</th>"
      "<th scope=\"col\">Silences</th><th scope=\"col\">Damaged lines</th><th scope=\"col\">"
      "The window</th></tr></thead><tbody>\n";
  for (const ReviewedServer& server : review.servers) {
    const bool any = server.first != 0;
    html +=
        fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>", Markup(server.name),
                    any ? TimeText(server.first) : "no event", any ? TimeText(server.last) : "");
    if (server.gaps.empty()) html += any ? "none" : "";
    for (size_t i = 0; i < std::min(server.gaps.size(), kGapsTold); ++i)
      html += fmt::format("<span class=\"unused\">{} to {}</span><br>",
                          TimeText(server.gaps[i].from), TimeText(server.gaps[i].to));
    if (server.gaps.size() > kGapsTold)
      html += fmt::format("and {} more", server.gaps.size() - kGapsTold);
    html += fmt::format("</td><td>{}</td><td>{}</td></tr>\n", server.damaged, Bar(review, server));
  }
  return html + "</tbody></table></div></section>\n";
}

std::string Right(const ReviewedRow& row) {
  const auto* const state = std::ranges::find(kStates, row.state, &StateWord::state);
  std::string what = Join(row.verbs, ", ") + " ";
  what += !row.url.empty() ? row.url : row.resource.empty() ? "\"\"" : row.resource;
  if (row.url.empty() && !row.group.empty()) what += "." + row.group;
  if (!row.names.empty()) what += " named " + Join(row.names, ", ");
  std::string html = fmt::format("<li><b class=\"{}\">{}</b> <code>{}</code>", state->css,
                                 state->word, Markup(what));
  if (row.state == RightState::kUsed) html += " " + UseAsText(row.use);
  if (row.state == RightState::kWide)
    html += " used for " + Markup(Join(row.used_as, ", ")) + " only";
  if (!row.why.empty())
    html += (row.state == RightState::kWide ? "; the rest is unknown: " : ": ") + Markup(row.why);
  return html + fmt::format(" <small>{}</small></li>", Markup(row.where));
}

std::string Grant(const ReviewedGrant& grant) {
  std::string html = fmt::format("<h3>{} <small>of {}{}{}</small></h3><ul class=\"rights\">",
                                 Markup(grant.binding_text), Markup(grant.role_text),
                                 grant.since != 0 ? ", since " + TimeText(grant.since) : "",
                                 grant.fresh ? ", new or changed" : "");
  for (const StateWord& state : kStates) {
    for (const ReviewedRow& row : grant.rows) {
      if (row.state == state.state) html += Right(row);
    }
  }
  return html + "</ul>";
}

uint64_t CountOf(const ReviewedSubject& subject, RightState state) {
  return state == RightState::kUnused    ? subject.unused
         : state == RightState::kWide    ? subject.wide
         : state == RightState::kUnknown ? subject.unknown
                                         : subject.used;
}

std::string Subject(const ReviewedSubject& subject,
                    const std::vector<const ReviewedGrant*>& grants) {
  std::string marks, states;
  for (const StateWord& state : kStates) {
    const uint64_t count = CountOf(subject, state.state);
    if (count == 0) continue;
    marks += fmt::format(" <span class=\"mark {}\">{} {}</span>", state.css, count, state.word);
    states += fmt::format("{}{}", states.empty() ? "" : " ", state.word);
  }
  const bool less = subject.unused + subject.wide > 0;
  std::string html = fmt::format(
      "<details class=\"s{}\" data-came=\"{}\" data-states=\"{}\"><summary><code>{}</code>{}"
      "{}</summary><div>",
      less                  ? " less"
      : subject.unknown > 0 ? " open"
                            : "",
      subject.came ? 1 : 0, states, Markup(subject.who), marks,
      subject.came ? "" : " <small>never came</small>");
  if (subject.came && subject.use.last != 0) {
    html += fmt::format("<p class=\"dim\">{}{}</p>", UseAsText(subject.use),
                        subject.seen.empty() ? "" : ", by " + Markup(Join(subject.seen, ", ")));
  }
  for (const ReviewedGrant* grant : grants) html += Grant(*grant);
  return html + "</div></details>\n";
}

constexpr std::string_view kFilter =
    "<form id=\"filter\" hidden><label for=\"q\">Search</label><input type=\"search\" id=\"q\" "
    "placeholder=\"names, bindings, roles, rights ( / )\" autocomplete=\"off\"><label>Has rights "
    "that are <select id=\"state\"><option value=\"\">anything</option><option>unused</option>"
    "<option>wide</option><option>unknown</option><option>used</option></select></label>"
    "<label><input type=\"checkbox\" id=\"never\"> never came</label><button type=\"reset\">Reset"
    "</button><button type=\"button\" id=\"close\">Close all</button><output id=\"said\" "
    "class=\"dim\" aria-live=\"polite\"></output></form>\n";

std::string Subjects(const Review& review) {
  std::map<std::string_view, std::vector<const ReviewedGrant*>> grants;
  for (const ReviewedGrant& grant : review.grants) {
    if (grant.kept.empty()) grants[grant.who].push_back(&grant);
  }
  std::vector<const ReviewedSubject*> subjects;
  for (const ReviewedSubject& subject : review.subjects) {
    if (grants.contains(subject.who)) subjects.push_back(&subject);
  }
  std::ranges::stable_sort(subjects, std::ranges::greater(), [](const ReviewedSubject* subject) {
    return std::pair(subject->unused + subject->wide, subject->unknown);
  });
  std::string html = "<section id=\"subjects\"><h2>Subjects, by what they never used</h2>\n";
  html += kFilter;
  if (subjects.empty()) html += "<p class=\"dim\">Nobody holds anything but what stays.</p>\n";
  for (const ReviewedSubject* subject : subjects) html += Subject(*subject, grants[subject->who]);
  return html + "</section>\n";
}

std::string Kept(const Review& review) {
  std::string html;
  uint64_t system = 0;
  for (const ReviewedGrant& grant : review.grants) {
    system += grant.kept == "system" ? 1 : 0;
    if (grant.kept != "break-glass") continue;
    html += fmt::format("<li><code>{}</code> of {} to <code>{}</code>: {}</li>",
                        Markup(grant.binding_text), Markup(grant.role_text), Markup(grant.who),
                        KeptUseAsText(review, grant));
  }
  if (html.empty() && system == 0) return "";
  html = html.empty() ? "" : "<p>For emergencies:</p><ul>" + html + "</ul>";
  if (system > 0)
    html += fmt::format(
        "<p class=\"dim\">Left alone: {} of Kubernetes itself, of nodes and of the cluster's "
        "own.</p>\n",
        Plural(system, "grant"));
  return "<section id=\"stays\"><h2>What stays</h2>\n" + html + "</section>\n";
}

/// Lines of a diff, those that come and go marked.
std::string DiffLines(std::string_view diff) {
  std::string html;
  for (const std::string_view line : Split(diff, '\n')) {
    const bool head = line.starts_with("+++") || line.starts_with("---");
    const char* tag = head                    ? "b"
                      : line.starts_with('+') ? "ins"
                      : line.starts_with('-') ? "del"
                                              : nullptr;
    // Between a file and its place stands a tab.
    const size_t tab = head ? line.find('\t') : std::string_view::npos;
    std::string text = Markup(line.substr(0, tab));
    if (tab != std::string_view::npos) text += " " + Markup(line.substr(tab + 1));
    html += tag ? fmt::format("<{0}>{1}</{0}>\n", tag, text) : text + "\n";
  }
  return html;
}

std::string Proposed(const ReviewPage& page) {
  std::string html = "<section id=\"proposal\"><h2>The proposal</h2>\n";
  if (page.diff.empty()) return html + "<p>There is nothing to take away.</p></section>\n";
  html +=
      "<p class=\"dim\">Nobody gains a right by it, and every request of the logs that was allowed "
      "is allowed still.</p>\n";
  return html + fmt::format(
                    "<pre tabindex=\"0\" role=\"region\" aria-label=\"What changes\">{}</pre>\n"
                    "<details class=\"p\"><summary><b>As objects, for kubectl apply</b></summary>"
                    "<div><pre tabindex=\"0\">{}</pre></div></details></section>\n",
                    DiffLines(page.diff), report::MarkupLines(page.extras.yaml));
}

std::string Line(const Review& review, const auditlog::ReviewState& state) {
  const auto points = review::TimeLine(state, review);
  const size_t skip = points.size() > kTimePoints ? points.size() - kTimePoints : 0;
  std::string html = "<section id=\"line\"><h2>Time line</h2>\n";
  if (skip > 0) html += fmt::format("<p class=\"dim\">without {} earlier ones</p>\n", skip);
  html += "<ol class=\"line\">\n";
  for (size_t i = skip; i < points.size(); ++i) {
    html += fmt::format("<li><time>{}</time>{}</li>\n", TimeText(points[i].when),
                        Markup(points[i].text));
  }
  return html + "</ol></section>\n";
}

}  // namespace

std::string ReviewAsHtml(const Review& review, const auditlog::ReviewState& state,
                         const ReviewPage& page) {
  return Head(review, page) + Servers(review) + Subjects(review) + Proposed(page) + Kept(review) +
         Line(review, state) + report::PageEnd(kPage);
}

}  // namespace seawall::app
