// The report of an audit for people: grouped by the recipe's rows, what fails first, every value
// with its place.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/audit_report.h"
#include "report/redact.h"
#include "report/style.h"
#include "report/wrap.h"
#include "rules/recipe.h"
#include "rules/rule.h"

namespace seawall::report {
namespace {

using rules::Finding;
using rules::Verdict;

/// Everything that comes from a file passes through here before it meets a terminal.
std::string Safe(std::string_view text) { return Printable(Redact(text)); }

std::string PlaceText(const Place& place) {
  if (place.file.empty()) return "";
  std::string file = Safe(place.file);
  return place.line ? fmt::format("{}:{}:{}", file, place.line, place.column) : file;
}

int Order(const Finding& finding) {
  switch (finding.outcome.verdict) {
    case Verdict::kFail:
      return 0;
    case Verdict::kUnknown:
      return finding.manual ? 2 : 1;
    case Verdict::kWaived:
      return 3;
    case Verdict::kPass:
      return 4;
    case Verdict::kNotApplicable:
      return 5;
  }
  return 6;
}

struct Mark {
  const char* word;
  Ink ink;
};
Mark MarkOf(const Finding& finding) {
  static constexpr Mark kMarks[] = {{"FAIL", Ink::kRed},    {"UNKNOWN", Ink::kYellow},
                                    {"MANUAL", Ink::kBlue}, {"WAIVED", Ink::kDim},
                                    {"pass", Ink::kGreen},  {"n/a", Ink::kDim}};
  return kMarks[Order(finding)];
}

bool Shown(const Finding& finding, const ReportOptions& options) {
  int order = Order(finding);
  if (options.quiet) return order == 0;
  return order <= 1 || options.verbose;
}

class NodeText {
 public:
  NodeText(const cluster::Node& node, const ReportOptions& options)
      : node_(node), options_(options), style_(options.color) {}

  std::string Write(const std::vector<Finding>& findings, const Summary& summary) {
    Header(summary);
    std::map<std::string_view, std::vector<const Finding*>> rows;
    for (const Finding& finding : findings) rows[finding.rule->row].push_back(&finding);
    for (const rules::Row& row : rules::AllRows()) {
      auto it = rows.find(row.id);
      if (it != rows.end()) WriteRow(row, it->second);
    }
    return std::move(out_);
  }

 private:
  void Line(std::string_view text, size_t indent) { out_ += Wrap(text, options_.width, indent); }

  void Header(const Summary& summary) {
    std::string what = node_.live         ? "this machine, live"
                       : node_.is_machine ? "files below " + Safe(node_.root)
                                          : Safe(node_.root);
    out_ += style_(Ink::kBold, fmt::format("Node {}", Safe(node_.name))) +
            fmt::format("  ({})\n", what);
    if (options_.quiet) return;
    for (const cluster::Component& c : node_.components) {
      std::string version = c.version ? c.version->ToString() : "version unknown";
      std::string where = PlaceText(c.where);
      if (where.empty()) where = Safe(c.instance);
      Line(fmt::format("{} {}, {}, {}", cluster::ToString(c.kind), Safe(version),
                       cluster::ToString(c.run_by), where),
           2);
    }
    std::string roles;
    for (cluster::Role role : node_.roles)
      roles += fmt::format("{}{}", roles.empty() ? "" : ", ", cluster::ToString(role));
    Line(fmt::format("Read {} files and folders as {}; role: {}; {} rules could not be evaluated.",
                     node_.read.size(),
                     options_.as_root
                         ? "root"
                         : "an ordinary user (not root: some files may be closed to it)",
                     roles.empty() ? "none found" : roles, summary.unknown),
         2);
    for (const cluster::BlindSpot& spot : node_.blind_spots) {
      out_ += Wrap(
          fmt::format("not read: {}: {}{}", Safe(spot.error.where), Safe(spot.error.why),
                      spot.error.todo.empty() ? "" : fmt::format(" ({})", Safe(spot.error.todo))),
          options_.width, 2);
    }
    if (options_.verbose) {
      for (const std::string& path : node_.read) out_ += fmt::format("  read: {}\n", Safe(path));
    }
  }

  void WriteRow(const rules::Row& row, std::vector<const Finding*>& findings) {
    size_t counts[6] = {};
    for (const Finding* f : findings) ++counts[Order(*f)];
    bool any = std::any_of(findings.begin(), findings.end(),
                           [&](const Finding* f) { return Shown(*f, options_); });
    if (options_.quiet && !any) return;
    std::string tally = fmt::format("{} fail, {} unknown, {} manual, {} pass", counts[0], counts[1],
                                    counts[2], counts[4]);
    out_ +=
        fmt::format("\n{}  {}\n", style_(Ink::kBold, fmt::format("{:<3} {}", row.id, row.title)),
                    style_(Ink::kDim, tally));
    std::stable_sort(findings.begin(), findings.end(), [](const Finding* a, const Finding* b) {
      return std::pair(Order(*a), -static_cast<int>(a->rule->severity)) <
             std::pair(Order(*b), -static_cast<int>(b->rule->severity));
    });
    for (const Finding* finding : findings) {
      if (Shown(*finding, options_)) WriteFinding(*finding);
    }
  }

  void WriteFinding(const Finding& finding) {
    Mark mark = MarkOf(finding);
    const rules::Rule& rule = *finding.rule;
    std::string cis = *rule.cis ? fmt::format("  CIS {}", rule.cis) : "";
    out_ += fmt::format("  {} {:<8} {}{}\n", style_(mark.ink, fmt::format("{:<7}", mark.word)),
                        rules::ToString(rule.severity), style_(Ink::kBold, rule.id),
                        style_(Ink::kDim, cis));
    int order = Order(finding);
    if (order >= 3 && !options_.verbose) return;
    Line(Safe(finding.outcome.reason), 10);
    if (!finding.instance.empty() && finding.component != "node") {
      out_ += fmt::format("          {}: {}\n", finding.component, Safe(finding.instance));
    }
    WriteEvidence(finding);
    if (order <= 1) {
      const std::string& expected = finding.outcome.expected;
      Line(fmt::format("wanted: {}", expected.empty() ? rule.expected : Safe(expected)), 10);
    }
    if (order == 0) {
      const std::string& remedy = finding.outcome.remedy;
      Line(fmt::format("edit:   {}", remedy.empty() ? rule.remedy : Safe(remedy)), 10);
    }
  }

  void WriteEvidence(const Finding& finding) {
    constexpr size_t kMost = 8;
    const auto& all = finding.outcome.evidence;
    for (size_t i = 0; i < all.size() && (i < kMost || options_.verbose); ++i) {
      const rules::Evidence& e = all[i];
      std::string value = HoldsSecret(e.setting) ? "(hidden)" : Safe(e.value);
      std::string where = PlaceText(e.place);
      std::string source =
          where.empty() ? Safe(e.origin) : fmt::format("{} {}", Safe(e.origin), where);
      out_ +=
          fmt::format("          {} = {}  {}\n", Safe(e.setting), value.empty() ? "(empty)" : value,
                      style_(Ink::kDim, fmt::format("[{}]", source)));
      for (const cluster::Overridden& lost : e.overrode) {
        out_ += fmt::format("            overrides {} [{} {}]\n",
                            HoldsSecret(e.setting) ? "(hidden)" : Safe(lost.text),
                            cluster::ToString(lost.origin.kind), PlaceText(lost.origin.place));
      }
    }
    if (all.size() > kMost && !options_.verbose) {
      out_ += fmt::format("          … and {} more (-v shows them)\n", all.size() - kMost);
    }
  }

  const cluster::Node& node_;
  const ReportOptions& options_;
  Style style_;
  std::string out_;
};

}  // namespace

std::string_view WorstRule(const std::vector<Finding>& findings, int& weight) {
  const rules::Rule* worst = nullptr;
  for (const Finding& finding : findings) {
    const int order = Order(finding);
    if (order > 1) continue;
    const int own = static_cast<int>(finding.rule->severity) + (order == 0 ? 100 : 0);
    if (worst != nullptr && own <= weight) continue;
    worst = finding.rule;
    weight = own;
  }
  return worst ? worst->id : "";
}

NodePart TextPart(const cluster::Node& node, const std::vector<Finding>& findings,
                  const ReportOptions& options) {
  NodePart part;
  part.summary.nodes = 1;
  part.summary.blind_spots = node.blind_spots.size();
  for (const Finding& finding : findings) part.summary.Add(finding);
  for (const cluster::Component& component : node.components) {
    if (!component.version && part.summary.unknown > 0)
      part.summary.without_version.insert(cluster::ToString(component.kind));
  }
  part.findings = NodeText(node, options).Write(findings, part.summary);
  return part;
}

namespace {

/// What to type now, and what would settle most of what is unknown.
std::string NextCommand(const Summary& summary, const ReportOptions& options,
                        std::string_view worst_rule) {
  std::string text;
  if (!summary.without_version.empty()) {
    std::string flags;
    const bool etcd = summary.without_version.contains("etcd");
    const size_t others = summary.without_version.size() - (etcd ? 1 : 0);
    for (const std::string& name : summary.without_version) {
      if (others < 2 || name == "etcd")
        flags += fmt::format(" --component-version {}=VERSION", name);
    }
    if (others > 1) flags += " --component-version kubernetes=VERSION";
    text += Wrap(fmt::format("Much is unknown for want of a version: ask each program with "
                             "--version, and run it again with{}",
                             flags),
                 options.width, 0);
  }
  if (summary.unknown > 0 && !options.as_root)
    text += "What may be closed to an ordinary user is open to root: run it again with sudo.\n";
  if (!worst_rule.empty()) return text + fmt::format("Next: seawall explain {}\n", worst_rule);
  if (summary.manual > 0)
    return text + "Next: seawall audit -v lists what a person has to judge.\n";
  return text + "Next: seawall audit -v shows what was looked at.\n";
}

}  // namespace

std::string TextEnd(const Summary& summary, const ReportOptions& options,
                    std::string_view worst_rule, int exit_status) {
  Style style(options.color);
  std::string severities;
  for (int s = 3; s >= 0; --s) {
    if (summary.fail_by_severity[s] == 0) continue;
    severities +=
        fmt::format("{}{} {}", severities.empty() ? " (" : ", ", summary.fail_by_severity[s],
                    rules::ToString(static_cast<rules::Severity>(s)));
  }
  if (!severities.empty()) severities += ")";
  Ink ink = summary.fail ? Ink::kRed : summary.unknown ? Ink::kYellow : Ink::kGreen;
  const std::string failed = fmt::format("{} fail{}", summary.fail, severities);
  const std::string rest = fmt::format(
      ", {} unknown, {} for a person to judge, {} pass, {} not applicable; {} node{}. Exit status "
      "{}.",
      summary.unknown, summary.manual, summary.pass, summary.not_applicable, summary.nodes,
      summary.nodes == 1 ? "" : "s", exit_status);
  std::string text = "\n" + Wrap(failed + rest, options.width, 0);
  if (options.color) text.replace(1, failed.size(), style(ink, text.substr(1, failed.size())));
  return text + NextCommand(summary, options, worst_rule);
}

}  // namespace seawall::report
