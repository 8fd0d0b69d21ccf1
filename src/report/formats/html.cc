// One page without a network: everything is in the markup and can be read, printed and searched
// without scripts; the script adds filters. What a node says reaches the page only through Markup.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <span>
#include <sstream>

#include "base/sha256.h"
#include "base/text.h"
#include "report/evidence_text.h"
#include "report/formats/formats.h"
#include "report/formats/html_assets.h"
#include "report/formats/picture.h"
#include "report/markup.h"
#include "report/waiver_text.h"
#include "rules/recipe.h"

namespace seawall::report {
namespace {

constexpr size_t kKinds = kUrgencies;
// By Urgency.
constexpr const char* kWords[kKinds] = {"fail",     "unknown", "manual",        "waived",
                                        "attested", "pass",    "not-applicable"};
constexpr const char* kHeads[kKinds] = {"Fail",     "Unknown", "For a person",  "Waived",
                                        "Attested", "Pass",    "Not applicable"};
using Counts = std::array<size_t, kKinds>;

std::string Anchor(std::string_view node) {
  const auto digest = Sha256(node);
  return "n" + Hex({reinterpret_cast<const char*>(digest.data()), 6});
}

std::string Count(size_t n, const char* word) {
  return fmt::format("<td class=\"n{}{}\">{}</td>", n ? " " : "", n ? word : "", n);
}

/// The shares of the verdicts as a bar; the numbers stand beside it.
std::string Bar(const Counts& counts) {
  size_t all = 0;
  for (size_t n : counts) all += n;
  if (all == 0) return "<td></td>";
  std::string rects;
  size_t at = 0;
  for (size_t k = 0; k < kKinds; ++k) {
    if (counts[k] == 0) continue;
    rects += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" width=\"{:.2f}\" height=\"10\"/>",
                         kWords[k], 100.0 * static_cast<double>(at) / static_cast<double>(all),
                         100.0 * static_cast<double>(counts[k]) / static_cast<double>(all));
    at += counts[k];
  }
  return fmt::format(
      "<td><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}</svg>"
      "</td>",
      rects);
}

std::string EvidenceList(const std::vector<Observation>& evidence) {
  if (evidence.empty()) return "";
  std::string list = "<ul>";
  for (const Observation& seen : evidence) {
    const std::string where = PlaceText(seen.place);
    list += fmt::format("<li>{}{}<code>{} = {}</code> {}{}{}", Markup(seen.node),
                        seen.node.empty() ? "" : ": ", Markup(seen.setting),
                        seen.value.empty() ? "(empty)" : Markup(seen.value), Markup(seen.origin),
                        where.empty() ? "" : " ", Markup(where));
    for (const Lost& lost : seen.overrode) {
      list += fmt::format("<br>overrides <code>{}</code> {} {}", Markup(lost.value),
                          Markup(lost.origin), Markup(PlaceText(lost.place)));
    }
    list += "</li>";
  }
  return list + "</ul>";
}

/// The same in lines of text.
std::string EvidenceLinesOf(const std::vector<Observation>& evidence) {
  std::string lines;
  for (const Observation& seen : evidence) {
    const auto add = [&](const std::string& what, const std::string& origin, const Spot& place) {
      const std::string where = PlaceText(place);
      lines += fmt::format("{}{}  {}{}{}", lines.empty() ? "" : "\n", Markup(what), Markup(origin),
                           where.empty() ? "" : " ", Markup(where));
    };
    add(fmt::format("{}{}{} = {}", seen.node, seen.node.empty() ? "" : ": ", seen.setting,
                    seen.value.empty() ? "(empty)" : seen.value),
        seen.origin, seen.place);
    for (const Lost& lost : seen.overrode) add("overrides " + lost.value, lost.origin, lost.place);
  }
  return lines.empty() ? "" : "<pre>" + lines + "</pre>";
}

std::string Subject(const Record& record) {
  if (record.component == "node") return "";
  return record.instance.empty() ? record.component
                                 : fmt::format("{} {}", record.component, record.instance);
}

std::string LinkBegin(const RuleText& rule) {
  if (!rule.link.starts_with("https://")) return "";
  return fmt::format("<a href=\"{}\" rel=\"noreferrer noopener\">", Markup(rule.link));
}

std::string CisText(const RuleText& rule) {
  return rule.cis.empty() ? "" : fmt::format("CIS {}", Markup(Join(rule.cis, " ")));
}

std::string FindingHtml(const Record& record) {
  const RuleText& rule = *record.rule;
  const int urgency = Urgency(record);
  std::string html = fmt::format(
      "<details class=\"{0}\" data-s=\"{1}\"{2}><summary><b class=\"{0}\">{0}</b> <i>{1}</i> "
      "<code>{3}</code> <span>{4}</span> <small>{5}{8}</small></summary><div><p>{6}</p>{7}",
      kWords[urgency], rules::ToString(rule.severity), urgency == 0 ? " open" : "", Markup(rule.id),
      Markup(rule.title), Markup(Subject(record)), Markup(ReasonText(record)),
      EvidenceList(record.evidence), record.baseline == "new" ? " · new" : "");
  if (urgency <= 2) html += fmt::format("<p>Wanted: {}</p>", Markup(record.expected()));
  if (urgency == 0) {
    html += fmt::format("<p class=\"edit\">Edit: {}</p>", Markup(record.remedy()));
  }
  const std::string cis = CisText(rule), link = LinkBegin(rule);
  return fmt::format("{}<p class=\"dim\">{}{}{}</p></div></details>\n", html, cis,
                     cis.empty() || link.empty() ? "" : " · ",
                     link.empty() ? "" : link + "Documentation</a>");
}

/// What asks nothing of the reader, in few elements: most of a large report is this, and a browser
/// takes its time by the element.
std::string QuietHtml(const Record& record) {
  const RuleText& rule = *record.rule;
  const char* word = kWords[Urgency(record)];
  const std::string link = LinkBegin(rule), subject = Markup(Subject(record)), cis = CisText(rule);
  return fmt::format(
      "<div class=\"{0}\" data-s=\"{1}\"><b>{0}</b> <i>{1}</i> {2}{3}{4} {5} <small>{6}{7}{8}{9}"
      "</small><p>{10}</p>{11}</div>\n",
      word, rules::ToString(rule.severity), link.empty() ? "<code>" : link, Markup(rule.id),
      link.empty() ? "</code>" : "</a>", Markup(rule.title), subject,
      subject.empty() || cis.empty() ? "" : " · ", cis, record.baseline == "new" ? " · new" : "",
      Markup(ReasonText(record)), EvidenceLinesOf(record.evidence));
}

std::string NodeFacts(const NodeRecord& node) {
  if (node.cluster) return "<p class=\"dim\">what only all nodes together show</p>";
  std::string html = fmt::format("<p class=\"dim\">{}", Markup(SourceText(node)));
  if (node.machine && !IsShownByApi(node)) {
    html += fmt::format(" · read {} files and folders as {}", node.read.size(),
                        node.as_root ? "root" : "an ordinary user: some files may be closed to it");
  }
  html += "</p><ul>";
  for (const ComponentRecord& c : node.components) {
    html += fmt::format("<li>{} {}, {}, <code>{}</code></li>", Markup(c.component),
                        c.version ? Markup(*c.version) : "version unknown", Markup(c.run_by),
                        Markup(c.where.file.empty() ? c.instance : PlaceText(c.where)));
  }
  for (const NotRead& spot : node.not_read) {
    html += fmt::format("<li><span class=\"unknown\">not read</span>: <code>{}</code>: {}{}</li>",
                        Markup(spot.where), Markup(spot.why),
                        spot.todo.empty() ? "" : fmt::format(" ({})", Markup(spot.todo)));
  }
  return html + "</ul>";
}

/// A heading and the beginning of its table, with heads for words alone. Where it is wider than the
/// window it is scrolled by itself, by the keyboard too.
std::string TableBegin(const char* heading, std::initializer_list<const char*> heads) {
  std::string html = fmt::format(
      "<h2>{0}</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>"
      "<thead><tr>",
      heading);
  for (const char* head : heads) html += fmt::format("<th scope=\"col\">{}</th>", head);
  return html;
}
constexpr std::string_view kFindingsHead =
    "<th scope=\"col\" class=\"n\">Findings</th></tr></thead><tbody>\n";

std::string WaiversHtml(const std::vector<WaiverUse>& uses) {
  if (uses.empty()) return "";
  std::string html = TableBegin("Waivers", {"Rule", "Where", "Until", "Who", "Reason", "State"});
  html += kFindingsHead;
  for (const WaiverUse& use : uses) {
    std::vector<std::string> where;
    for (const std::string* part : {&use.node, &use.component, &use.path}) {
      if (!part->empty()) where.push_back(*part);
    }
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td "
        "class=\"n\">{}</td></tr>\n",
        Markup(use.rule), Markup(Join(where, " ")), Markup(use.expires), Markup(use.who),
        Markup(use.reason), Markup(use.state), use.findings);
  }
  return html + "</tbody></table></div>\n";
}

std::string AttestationsHtml(const std::vector<AttestationUse>& uses) {
  if (uses.empty()) return "";
  std::string html = TableBegin(
      "Attestations", {"Rule", "Where", "Who", "When", "Until", "Statement and evidence", "State"});
  html += kFindingsHead;
  for (const AttestationUse& use : uses) {
    std::vector<std::string> where;
    for (const std::string* part : {&use.node, &use.component, &use.path}) {
      if (!part->empty()) where.push_back(*part);
    }
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}<br>"
        "<code>{}</code></td><td>{}</td><td class=\"n\">{}</td></tr>\n",
        Markup(use.rule), Markup(Join(where, " ")), Markup(use.says.who), Markup(use.says.when),
        Markup(use.says.expires), Markup(use.says.statement), Markup(use.says.digest),
        Markup(use.state), use.findings);
  }
  return html + "</tbody></table></div>\n";
}

std::string RunEvidenceHtml(const std::vector<RunEvidence>& runs) {
  std::string html;
  for (const RunEvidence& run : runs) {
    html += "<h2>Evidence</h2>\n<ul>";
    for (const std::string& line : EvidenceLines(run))
      html += fmt::format("<li>{}</li>", Markup(line));
    html += "</ul>\n";
  }
  return html;
}

using Rows = std::map<std::string_view, std::vector<const Record*>>;

/// Passes, and what does not apply. They sort behind everything else.
bool IsQuiet(const Record& record) { return Urgency(record) >= kPasses; }

std::string QuietOnes(std::span<const Record* const> records) {
  if (records.empty()) return "";
  const auto passes = std::ranges::count_if(
      records, [](const Record* record) { return Urgency(*record) == kPasses; });
  const size_t others = records.size() - static_cast<size_t>(passes);
  std::string html = "<details class=\"quiet\"><summary>";
  if (passes > 0) html += fmt::format("<b class=\"pass\">{} pass</b> ", passes);
  if (others > 0) html += fmt::format("<b class=\"not-applicable\">{} not applicable</b>", others);
  html += "</summary>\n";
  for (const Record* record : records) html += QuietHtml(*record);
  return html + "</details>\n";
}

std::string RowsHtml(const Rows& rows) {
  std::string html;
  for (const auto& [row, own] : rows) {
    std::vector<const Record*> sorted = own;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Record* a, const Record* b) {
      return std::pair(Urgency(*a), -static_cast<int>(a->rule->severity)) <
             std::pair(Urgency(*b), -static_cast<int>(b->rule->severity));
    });
    const rules::Row* known = rules::FindRow(row);
    html += fmt::format("<section data-row=\"{0}\"><h3>{0} {1}</h3>\n", Markup(row),
                        Markup(known ? known->title : ""));
    const auto quiet = std::ranges::find_if(sorted, [](const Record* r) { return IsQuiet(*r); });
    for (const Record* record : std::ranges::subrange(sorted.begin(), quiet))
      html += FindingHtml(*record);
    html += QuietOnes({quiet, sorted.end()}) + "</section>\n";
  }
  return html;
}

/// "ROW n n n n n n" in lines, for the overview.
std::string CountsOfRows(const Rows& rows) {
  std::string text;
  for (const auto& [row, records] : rows) {
    Counts counts{};
    for (const Record* record : records) ++counts[static_cast<size_t>(Urgency(*record))];
    text += fmt::format(
        "{} {}\n", row,
        Join(counts | std::views::transform([](size_t n) { return std::to_string(n); }), " "));
  }
  return text;
}

std::string CountCells(const Counts& counts) {
  std::string cells;
  for (size_t k = 0; k < kKinds; ++k) cells += Count(counts[k], kWords[k]);
  return cells + Bar(counts);
}

std::string CountHeads() {
  std::string heads;
  for (const char* head : kHeads)
    heads += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", head);
  return heads + "<th scope=\"col\"><span aria-hidden=\"true\">Share</span></th>";
}

class Html : public Format {
 public:
  using Format::Format;

  Part Make(const NodeReport& report) const override {
    Rows rows;
    Counts counts{};
    for (const Record& record : report.findings) {
      rows[record.rule->row].push_back(&record);
      ++counts[static_cast<size_t>(Urgency(record))];
    }
    const std::string name = Markup(report.node.name);
    const std::string anchor = Anchor(report.node.name);
    Part part;
    part.body = fmt::format(
        "<section class=\"node\" id=\"{}\" data-node=\"{}\"><h2>{} {}</h2>\n{}\n{}</section>\n",
        anchor, name, KindWord(report.node), name, NodeFacts(report.node), RowsHtml(rows));
    std::string roles = Markup(Join(report.node.roles, ", "));
    part.kept = {fmt::format("<tr><th scope=\"row\"><a href=\"#{0}\" data-filter=\"node\" "
                             "data-value=\"{1}\">{1}</a></th><td>{2}</td>{3}</tr>\n",
                             anchor, name, roles, CountCells(counts)),
                 CountsOfRows(rows), fmt::format("<option>{}</option>", name),
                 PictureOfNode(report, anchor)};
    return part;
  }

  std::string Begin(const Totals* totals) const override {
    std::vector<std::string> pictures;
    for (const std::vector<std::string>& kept : totals->kept) pictures.push_back(kept[3]);
    return Head(*totals) + PictureOfCluster(std::move(pictures)) + Overview(*totals) +
           WaiversHtml(totals->waivers) + AttestationsHtml(totals->attestations) +
           RunEvidenceHtml(totals->evidence) + Filter(*totals) + "<div id=\"findings\">\n";
  }

  std::string End(const Totals&) const override {
    return fmt::format("</div></main>\n<script>{}</script>\n</body></html>\n", kHtmlScript);
  }

  bool BeginsLate() const override { return true; }

 private:
  std::string Head(const Totals& totals) const {
    const Summary& s = totals.summary;
    const std::string policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; "
        "form-action 'none'",
        DigestForPolicy(kHtmlStyle), DigestForPolicy(kHtmlScript));
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>seawall: {} fail, {} unknown</title>\n<style>{}</style></head>\n<body>\n"
        "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<main>\n<h1>seawall "
        "audit</h1>\n",
        policy, s.fail, s.unknown, kHtmlStyle);
    html += fmt::format(
        "<p class=\"dim\">{} node{} · seawall {} · exit status {}</p>\n<ul class=\"tiles\">",
        s.nodes, s.nodes == 1 ? "" : "s", Markup(options().version), totals.exit_status);
    const Counts counts = {s.fail,     s.unknown, s.manual,        s.waived,
                           s.attested, s.pass,    s.not_applicable};
    for (size_t k = 0; k < kKinds; ++k) {
      html += fmt::format("<li class=\"{}\"><b>{}</b>{}</li>", kWords[k], counts[k], kHeads[k]);
    }
    return html + "</ul>\n";
  }

  static std::map<std::string, Counts> CountRows(const Totals& totals) {
    std::map<std::string, Counts> rows;
    for (const std::vector<std::string>& kept : totals.kept) {
      std::istringstream words(kept[1]);
      for (std::string row; words >> row;) {
        for (size_t& count : rows[row]) {
          size_t own = 0;
          words >> own;
          count += own;
        }
      }
    }
    return rows;
  }

  static std::string Overview(const Totals& totals) {
    const std::string heads = CountHeads() + "</tr></thead><tbody>\n";
    std::string html = TableBegin("By row of the recipe", {"Row"}) + heads;
    for (const auto& [row, counts] : CountRows(totals)) {
      const rules::Row* known = rules::FindRow(row);
      html += fmt::format(
          "<tr><th scope=\"row\"><a href=\"#findings\" data-filter=\"row\" data-value=\"{0}\">{0} "
          "{1}</a></th>{2}</tr>\n",
          Markup(row), Markup(known ? known->title : ""), CountCells(counts));
    }
    html += "</tbody></table></div>\n" + TableBegin("By node", {"Node", "Roles"}) + heads;
    for (const std::vector<std::string>& kept : totals.kept) html += kept[0];
    return html + "</tbody></table></div>\n";
  }

  static std::string Filter(const Totals& totals) {
    std::string html =
        "<h2>Findings</h2>\n<form id=\"filter\" hidden><input type=\"search\" id=\"q\" "
        "aria-label=\"Search the findings\" placeholder=\"Search: rule, file, value, "
        "node\"><fieldset aria-label=\"Verdicts\">";
    for (size_t k = 0; k < kKinds; ++k) {
      html += fmt::format(
          "<label><input type=\"checkbox\" value=\"{0}\"{1}> <span "
          "class=\"{0}\">{2}</span></label>",
          kWords[k], k <= kIsAttested ? " checked" : "", kHeads[k]);
    }
    html +=
        "</fieldset><label>Severity <select id=\"severity\"><option value=\"\">all</option>"
        "<option>critical</option><option>high</option><option>medium</option><option>low</option>"
        "</select></label><label>Row <select id=\"row\"><option value=\"\">all</option>";
    for (const auto& [row, counts] : CountRows(totals))
      html += fmt::format("<option>{}</option>", Markup(row));
    html += "</select></label><label>Node <select id=\"node\"><option value=\"\">all</option>";
    for (const std::vector<std::string>& kept : totals.kept) html += kept[2];
    return html +
           "</select></label><button type=\"reset\">Reset</button><button type=\"button\" "
           "id=\"open\">Open all</button><button type=\"button\" id=\"close\">Close "
           "all</button><output id=\"said\" aria-live=\"polite\"></output></form>\n";
  }
};

}  // namespace

std::unique_ptr<Format> MakeHtml(Options options) {
  return std::make_unique<Html>(std::move(options));
}

}  // namespace seawall::report
