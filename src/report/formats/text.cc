// The report of an audit for people: grouped by the recipe's rows, what fails first, every value
// with its place.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "report/evidence_text.h"
#include "report/formats/formats.h"
#include "report/style.h"
#include "report/waiver_text.h"
#include "report/wrap.h"
#include "rules/recipe.h"

namespace seawall::report {
namespace {

struct Mark {
  const char* word;
  Ink ink;
};
Mark MarkOf(const Record& finding) {
  static constexpr Mark kMarks[] = {{"FAIL", Ink::kRed},    {"UNKNOWN", Ink::kYellow},
                                    {"MANUAL", Ink::kBlue}, {"WAIVED", Ink::kDim},
                                    {"ATTEST", Ink::kDim},  {"pass", Ink::kGreen},
                                    {"n/a", Ink::kDim}};
  return kMarks[Urgency(finding)];
}

bool Shown(const Record& finding, const Options& options) {
  int order = Urgency(finding);
  if (options.quiet) return order == 0;
  return order <= 1 || options.verbose;
}

class NodeText {
 public:
  NodeText(const NodeRecord& node, const Options& options)
      : node_(node), options_(options), style_(options.color) {}

  std::string Write(const std::vector<Record>& findings, const Summary& summary) {
    // Of a hundred nodes those with nothing to say would hide the others.
    if (options_.quiet && std::ranges::none_of(findings, [&](const Record& finding) {
          return Shown(finding, options_);
        }))
      return "";
    Header(summary);
    if (options_.framework != nullptr) {
      WriteFramework(findings);
      return std::move(out_);
    }
    std::map<std::string_view, std::vector<const Record*>> rows;
    for (const Record& finding : findings) rows[finding.rule->row].push_back(&finding);
    for (const rules::Row& row : rules::AllRows()) {
      auto it = rows.find(row.id);
      if (it == rows.end()) continue;
      WriteRow(row.id, row.title, it->second);
      rows.erase(it);
    }
    // Those of a stored report whose seawall knew more rows than this one.
    for (auto& [row, own] : rows) WriteRow(Printable(row), "", own);
    return std::move(out_);
  }

 private:
  /// Grouped by the items of the framework that was asked for.
  void WriteFramework(const std::vector<Record>& findings) {
    for (const rules::FrameworkItem& item : options_.framework->items) {
      std::vector<const Record*> own;
      for (const Record& finding : findings) {
        if (rules::Names(item, finding.rule->id)) own.push_back(&finding);
      }
      if (!own.empty()) WriteRow(item.item, item.title, own);
    }
  }

  void Line(std::string_view text, size_t indent) { out_ += Wrap(text, options_.width, indent); }

  void Header(const Summary& summary) {
    if (node_.cluster) {
      out_ += style_(Ink::kBold, "Cluster") + "  (what only all nodes together show)\n";
      return;
    }
    out_ += style_(Ink::kBold, fmt::format("{} {}", KindWord(node_), Printable(node_.name))) +
            fmt::format("  ({})\n", SourceText(node_));
    if (options_.quiet) return;
    for (const ComponentRecord& c : node_.components) {
      std::string where = PlaceText(c.where);
      if (where.empty()) where = Printable(c.instance);
      Line(fmt::format("{} {}, {}, {}", Printable(c.component),
                       c.version ? Printable(*c.version) : "version unknown", Printable(c.run_by),
                       where),
           2);
    }
    if (IsManaged(node_)) {
      Line(fmt::format("{} rules could not be evaluated.", summary.unknown), 2);
      return;
    }
    const std::string roles =
        node_.roles.empty() ? "none found" : Printable(Join(node_.roles, ", "));
    if (IsShownByApi(node_)) {
      Line(fmt::format("Role: {}; {} rules could not be evaluated.", roles, summary.unknown), 2);
    } else {
      Line(
          fmt::format("Read {} files and folders as {}; role: {}; {} rules could not be "
                      "evaluated.",
                      node_.read.size(),
                      node_.as_root ? "root"
                                    : "an ordinary user (not root: some files may be closed to it)",
                      roles, summary.unknown),
          2);
    }
    for (const NotRead& spot : node_.not_read) {
      const std::string todo = spot.todo.empty() ? "" : fmt::format(" ({})", Printable(spot.todo));
      out_ +=
          Wrap(fmt::format("not read: {}: {}{}", Printable(spot.where), Printable(spot.why), todo),
               options_.width, 2);
    }
    if (options_.verbose) {
      for (const std::string& path : node_.read)
        out_ += fmt::format("  read: {}\n", Printable(path));
    }
  }

  void WriteRow(std::string_view row, std::string_view title,
                std::vector<const Record*>& findings) {
    size_t counts[kUrgencies] = {};
    for (const Record* f : findings) ++counts[Urgency(*f)];
    bool any = std::any_of(findings.begin(), findings.end(),
                           [&](const Record* f) { return Shown(*f, options_); });
    if (options_.quiet && !any) return;
    std::string tally = fmt::format("{} fail, {} unknown, {} manual, {} pass", counts[kFails],
                                    counts[kIsUnknown], counts[kForAPerson], counts[kPasses]);
    out_ += fmt::format("\n{}  {}\n", style_(Ink::kBold, fmt::format("{:<3} {}", row, title)),
                        style_(Ink::kDim, tally));
    std::stable_sort(findings.begin(), findings.end(), [](const Record* a, const Record* b) {
      return std::pair(Urgency(*a), -static_cast<int>(a->rule->severity)) <
             std::pair(Urgency(*b), -static_cast<int>(b->rule->severity));
    });
    const auto alike = options_.verbose ? Alike{} : UnknownAlike(findings);
    for (const Record* finding : findings) {
      if (!Shown(*finding, options_)) continue;
      const auto group = alike.find(SubjectOf(*finding));
      if (group == alike.end())
        WriteFinding(*finding);
      else if (group->second.front() == finding)
        WriteAlike(group->second);
    }
  }

  /// What two findings have in common when there is one thing to say of both.
  using Subject = std::tuple<int, std::string_view, std::string_view>;
  using Alike = std::map<Subject, std::vector<const Record*>>;
  static Subject SubjectOf(const Record& finding) {
    const std::string_view common = Common(finding.reason);
    return {Urgency(finding), common,
            common == kNeedsFiles ? std::string_view() : std::string_view(finding.instance)};
  }

  /// What the API alone cannot show, whatever file it is.
  static constexpr std::string_view kNeedsFiles = "needs access to the node's files";

  /// A reason without the one setting that it is said of.
  static std::string_view Common(std::string_view reason) {
    if (reason.find(kNeedsFiles) != reason.npos) return kNeedsFiles;
    constexpr std::string_view kUnknowable = " cannot be known: ";
    const size_t at = reason.find(kUnknowable);
    if (at == reason.npos || reason.find(kUnknowable, at + 1) != reason.npos) return reason;
    return reason.substr(at + kUnknowable.size());
  }

  static std::string AllOf(std::string_view reason) {
    const std::string_view common = Common(reason);
    if (common == kNeedsFiles) {
      return fmt::format(
          "what they look at {} (to find out: run `sudo seawall audit` on the node, "
          "or give its files with --root NAME=DIR)",
          common);
    }
    return (common.size() < reason.size() ? "what they look at cannot be known: " : "") +
           std::string(common);
  }

  static constexpr size_t kMostTold = 3;  ///< so many alike are told at once

  /// Rules that are unknown for one and the same reason: a page of them would hide the others.
  static Alike UnknownAlike(const std::vector<const Record*>& findings) {
    Alike alike;
    for (const Record* finding : findings) {
      if (Urgency(*finding) == kIsUnknown) alike[SubjectOf(*finding)].push_back(finding);
    }
    std::erase_if(alike, [](const auto& group) { return group.second.size() < kMostTold; });
    return alike;
  }

  void WriteAlike(const std::vector<const Record*>& group) {
    const Record& first = *group.front();
    std::vector<std::string> rules;
    for (const Record* finding : group) rules.push_back(Printable(finding->rule->id));
    const Mark mark = MarkOf(first);
    out_ += fmt::format("  {} {:<8} {}\n", style_(mark.ink, fmt::format("{:<7}", mark.word)),
                        rules::ToString(first.rule->severity),
                        style_(Ink::kBold, fmt::format("{} rules alike", group.size())));
    Line(Printable(AllOf(first.reason)), 10);
    const bool one = Common(first.reason) != kNeedsFiles;  // else they may be of several
    if (one && !first.instance.empty() && first.component != "node") {
      out_ +=
          fmt::format("          {}: {}\n", Printable(first.component), Printable(first.instance));
    }
    Line("rules: " + Join(rules, ", "), 10);
  }

  void WriteFinding(const Record& finding) {
    Mark mark = MarkOf(finding);
    const RuleText& rule = *finding.rule;
    std::string cis =
        rule.cis.empty() ? "" : fmt::format("  CIS {}", Printable(Join(rule.cis, " ")));
    out_ += fmt::format("  {} {:<8} {}{}\n", style_(mark.ink, fmt::format("{:<7}", mark.word)),
                        rules::ToString(rule.severity), style_(Ink::kBold, Printable(rule.id)),
                        style_(Ink::kDim, finding.baseline == "new" ? cis + "  new" : cis));
    int order = Urgency(finding);
    if (order >= 3 && !options_.verbose) return;
    Line(ReasonText(finding), 10);
    WriteInstance(finding);
    WriteEvidence(finding.evidence);
    if (order <= 1) Line(fmt::format("wanted: {}", Printable(finding.expected())), 10);
    if (order != 0) return;
    const std::string edit = fmt::format("edit:   {}", Printable(finding.remedy()));
    // A command is copied from here: no line breaks in it.
    if (IsManaged(node_))
      out_ += fmt::format("          {}\n", edit);
    else
      Line(edit, 10);
  }

  void WriteInstance(const Record& finding) {
    if (finding.instance.empty() || finding.component == "node") return;
    out_ += fmt::format("          {}: {}\n", Printable(finding.component),
                        Printable(finding.instance));
  }

  void WriteEvidence(const std::vector<Observation>& all) {
    constexpr size_t kMost = 8;
    for (size_t i = 0; i < all.size() && (i < kMost || options_.verbose); ++i) {
      const Observation& seen = all[i];
      out_ += fmt::format("          {}{}{} = {}  {}\n", Printable(seen.node),
                          seen.node.empty() ? "" : ": ", Printable(seen.setting),
                          seen.value.empty() ? "(empty)" : Printable(seen.value),
                          style_(Ink::kDim, Source(seen.origin, seen.place)));
      for (const Lost& lost : seen.overrode) {
        out_ += fmt::format("            overrides {} {}\n", Printable(lost.value),
                            Source(lost.origin, lost.place));
      }
    }
    if (all.size() > kMost && !options_.verbose) {
      out_ += fmt::format("          … and {} more (-v shows them)\n", all.size() - kMost);
    }
  }

  static std::string Source(const std::string& origin, const Spot& place) {
    const std::string where = PlaceText(place);
    return where.empty() ? fmt::format("[{}]", Printable(origin))
                         : fmt::format("[{} {}]", Printable(origin), where);
  }

  const NodeRecord& node_;
  const Options& options_;
  Style style_;
  std::string out_;
};

/// What to type now, and what would settle most of what is unknown.
std::string NextCommand(const Totals& totals, const Options& options) {
  const Summary& summary = totals.summary;
  std::string text;
  if (!summary.without_version.empty()) {
    std::string flags;
    const bool etcd = summary.without_version.contains("etcd");
    const size_t others = summary.without_version.size() - (etcd ? 1 : 0);
    for (const std::string& name : summary.without_version) {
      if (others < 2 || name == "etcd")
        flags += fmt::format(" --component-version {}=VERSION", Printable(name));
    }
    if (others > 1) flags += " --component-version kubernetes=VERSION";
    text += Wrap(fmt::format("Much is unknown for want of a version: ask each program with "
                             "--version, and run it again with{}",
                             flags),
                 options.width, 0);
  }
  if (summary.unknown > 0 && summary.read_as_user > 0)
    text += "What may be closed to an ordinary user is open to root: run it again with sudo.\n";
  if (!totals.worst_rule.empty())
    return text + fmt::format("Next: seawall explain {}\n", Printable(totals.worst_rule));
  if (summary.manual > 0)
    return text + "Next: seawall audit -v lists what a person has to judge.\n";
  return text + "Next: seawall audit -v shows what was looked at.\n";
}

/// The items of a framework that no rule speaks of: what is left to others.
std::string NotCovered(const rules::Framework& framework, size_t width) {
  std::string text = fmt::format("\n{} {}: no rule covers\n", framework.name, framework.edition);
  bool any = false;
  for (const rules::FrameworkItem& item : framework.items) {
    if (*item.rules != '\0') continue;
    any = true;
    text += Wrap(fmt::format("{} {} ({})", item.item, item.title, item.why_none), width, 2);
  }
  return any ? text : "";
}

std::string TextEnd(const Totals& totals, const Options& options) {
  const Summary& summary = totals.summary;
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
  std::string waived = summary.waived ? fmt::format(", {} waived", summary.waived) : "";
  if (summary.attested) waived += fmt::format(", {} attested", summary.attested);
  const std::string rest = fmt::format(
      ", {} unknown, {} for a person to judge{}, {} pass, {} not applicable; {} node{}. Exit "
      "status "
      "{}.",
      summary.unknown, summary.manual, waived, summary.pass, summary.not_applicable, summary.nodes,
      summary.nodes == 1 ? "" : "s", totals.exit_status);
  std::string text = "\n" + Wrap(failed + rest, options.width, 0);
  if (options.color) text.replace(1, failed.size(), style(ink, text.substr(1, failed.size())));
  for (const std::string& line : WaiverLines(totals.waivers)) text += Wrap(line, options.width, 0);
  for (const std::string& line : AttestationLines(totals.attestations))
    text += Wrap(line, options.width, 0);
  for (const RunEvidence& run : totals.evidence) {
    text += "\nEvidence\n";
    for (const std::string& line : EvidenceLines(run)) text += Wrap(line, options.width, 2);
  }
  if (options.framework != nullptr) text += NotCovered(*options.framework, options.width);
  return text + NextCommand(totals, options);
}

class Text : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    return {NodeText(report.node, options()).Write(report.findings, Count(report)), {}};
  }
  std::string Begin(const Totals*) const override { return ""; }
  std::string_view Between() const override { return "\n"; }
  std::string End(const Totals& totals) const override { return TextEnd(totals, options()); }
};

}  // namespace

std::unique_ptr<Format> MakeText(Options options) {
  return std::make_unique<Text>(std::move(options));
}

}  // namespace seawall::report
