#include <fmt/format.h>

#include "base/text.h"
#include "report/diff.h"
#include "report/evidence_text.h"
#include "report/style.h"
#include "report/wrap.h"

namespace seawall::report {
namespace {

struct Cause {
  const char* name;
  const char* says;
};
constexpr Cause kCauses[] = {
    {"cluster", "what was seen changed"},
    {"rule", "the same was seen; the rule or seawall changed"},
    {"both", "what was seen changed, and the rule"},
    {"other", "the same was seen by the same rule: time, or what stands around it, changed"},
};

std::string Says(const std::string& cause) {
  for (const Cause& known : kCauses) {
    if (cause == known.name) return known.says;
  }
  return cause;
}

class DiffWriter {
 public:
  DiffWriter(size_t width, bool color) : width_(width), style_(color) {}

  void List(const char* word, Ink ink, const std::vector<Change>& changes, bool evidence) {
    for (const Change& change : changes) One(word, ink, change, evidence);
  }
  void Line(const std::string& text, size_t indent) { out_ += Wrap(text, width_, indent); }
  std::string Take() { return std::move(out_); }

 private:
  void One(const char* word, Ink ink, const Change& change, bool evidence) {
    out_ += fmt::format("{} {:<8} {}  {} → {}\n", style_(ink, fmt::format("{:<7}", word)),
                        rules::ToString(change.rule->severity),
                        style_(Ink::kBold, Printable(change.rule->id)), Verdict(change.before),
                        Verdict(change.after));
    Line(fmt::format("{} {} {}", Printable(change.node), Printable(change.component),
                     Printable(change.instance)),
         8);
    if (!change.reason_before.empty() && change.reason_before != change.reason)
      Line("before: " + Printable(change.reason_before), 8);
    if (!change.reason.empty()) Line("now: " + Printable(change.reason), 8);
    if (evidence) {
      constexpr size_t kMost = 8;
      for (size_t i = 0; i < change.evidence.size() && i < kMost; ++i)
        out_ += fmt::format("        {}\n", EvidenceText(change.evidence[i]));
    }
    Line(fmt::format("why: {}", Says(change.cause)), 8);
  }
  static std::string Verdict(const std::string& word) { return word.empty() ? "absent" : word; }

  size_t width_;
  Style style_;
  std::string out_;
};

}  // namespace

std::string DiffText(const Diff& diff, size_t width, bool color) {
  DiffWriter out(width, color);
  if (diff.tool_before != diff.tool_after) {
    out.Line(fmt::format("seawall {} wrote the earlier report, {} the later one: rules may differ.",
                         Printable(diff.tool_before), Printable(diff.tool_after)),
             0);
  }
  if (!diff.whole)
    out.Line("The later audit could not do all that it was asked to: more may fail than it shows.",
             0);
  for (const std::string& node : diff.nodes_added)
    out.Line(fmt::format("Node {} is only in the later report.", Printable(node)), 0);
  for (const std::string& node : diff.nodes_removed)
    out.Line(fmt::format("Node {} is only in the earlier report: nothing is known of it now.",
                         Printable(node)),
             0);
  for (const VersionChange& change : diff.versions) {
    out.Line(fmt::format("{} {} {}: {} → {}", Printable(change.node), Printable(change.component),
                         Printable(change.instance),
                         change.before.empty() ? "version unknown" : Printable(change.before),
                         change.after.empty() ? "version unknown" : Printable(change.after)),
             0);
  }
  out.List("NEW", Ink::kRed, diff.fresh, true);
  out.List("CHANGED", Ink::kYellow, diff.changed, true);
  out.List("GONE", Ink::kYellow, diff.gone, false);
  out.List("FIXED", Ink::kGreen, diff.fixed, false);
  out.Line(
      fmt::format("{} new, {} fixed, {} changed ({} of them unknown now), {} gone, {} the same. "
                  "Exit status {}.",
                  diff.fresh.size(), diff.fixed.size(), diff.changed.size(), diff.newly_unknown,
                  diff.gone.size(), diff.same, diff.ExitStatus()),
      0);
  return out.Take();
}

}  // namespace seawall::report
