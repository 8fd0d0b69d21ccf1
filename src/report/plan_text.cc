#include "report/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "harden/journal.h"
#include "harden/safety.h"
#include "report/redact.h"
#include "report/style.h"
#include "report/wrap.h"

namespace seawall::report {
namespace {

using harden::FileChange;
using harden::Plan;
using harden::PlannedChange;
using harden::Step;

std::string Mode(uint32_t mode) { return fmt::format("{:04o}", mode); }

/// "new file /a, mode 0600", "mode of /a: 0644 to 0600".
std::string Head(const FileChange& change) {
  const std::string path = Printable(change.path);
  if (!change.before.exists)
    return fmt::format("new {} {}, mode {}", change.folder ? "folder" : "file", path,
                       Mode(change.mode));
  std::string head = change.edits.empty() ? path : "edit " + path;
  if (change.before.mode != change.mode)
    head += fmt::format(": mode {} to {}", Mode(change.before.mode), Mode(change.mode));
  if (change.before.uid != change.uid || change.before.gid != change.gid)
    head += fmt::format("{} owner {}:{} to {}:{}", change.before.mode != change.mode ? "," : ":",
                        change.before.uid, change.before.gid, change.uid, change.gid);
  return head;
}

class Writer {
 public:
  Writer(const Plan& plan, const PlanTextOptions& options)
      : plan_(plan), options_(options), style_(options.color) {}

  std::string Write() {
    AddHead();
    AddSafety();
    size_t number = 0;
    for (const Step& step : plan_.steps) AddStep(step, ++number);
    AddHandedOver();
    AddNotDone();
    AddEnd();
    return std::move(out_);
  }

 private:
  void Add(std::string_view text, size_t indent) {
    out_ += Wrap(Redact(text), options_.width, indent);
    if (!out_.ends_with('\n')) out_ += '\n';
  }

  void AddHead() {
    std::set<std::string> cured;
    for (const Step& step : plan_.steps) {
      for (const PlannedChange& change : step.changes) {
        for (const auto& name : change.cures) cured.insert(name.rule + name.instance);
      }
    }
    out_ += style_(Ink::kBold, fmt::format("Plan for {}", Printable(plan_.node)));
    out_ += fmt::format("  ({}, profile {})\n", Printable(plan_.root), Printable(plan_.profile));
    out_ += fmt::format("  {} cure {}\n", Plural(plan_.Changes(), "change"),
                        Plural(cured.size(), "finding"));
    std::set<std::string> more;
    for (const auto& name : plan_.also_cured) more.insert(name.rule);
    if (!more.empty()) Add("what does not fail then, either: " + Join(more, ", "), 2);
    out_ +=
        fmt::format("  audited in memory: {} fail and {} are unknown now; {} and {} afterwards\n",
                    plan_.before.fail, plan_.before.unknown, plan_.after.fail, plan_.after.unknown);
  }

  /// What a live apply sees to before its first change.
  void AddSafety() {
    if (plan_.root != "/" || !harden::SafetyOf(plan_).needed()) return;
    out_ += "\n" + style_(Ink::kBold, "before the first change") + "\n";
    Add(fmt::format("a snapshot of etcd, into {}/ID/{} (mode 0600), is made and read back",
                    harden::kJournalFolder, harden::kSnapshotName),
        3);
    Add("a break-glass credential is tried, and again after each of kube-apiserver and etcd: a "
        "kubeconfig with a client certificate that may do everything (--break-glass)",
        3);
    Add("where one of them cannot be had, nothing is changed without consent (--without-snapshot, "
        "--without-break-glass)",
        3);
  }

  void AddStep(const Step& step, size_t number) {
    const std::string name =
        step.component.empty() ? "files" : step.component + "  " + Printable(step.instance);
    out_ += "\n" + style_(Ink::kBold, fmt::format("{}  {}", number, name)) + "\n";
    last_.clear();
    for (const PlannedChange& change : step.changes) {
      for (const auto* lines : {&change.cuts_off, &change.notes}) {
        for (const std::string& line : *lines) last_[line] = &change;
      }
    }
    for (const PlannedChange& change : step.changes) AddChange(change);
    Add(step.restart.empty() ? "then: nothing restarts" : "then: " + step.restart, 3);
    if (step.peers)
      Add(fmt::format("then: etcd's cluster is told that this member is found at {} (now {})",
                      Printable(Join(step.peers->after, ",")),
                      Printable(Join(step.peers->before, ","))),
          3);
  }

  void AddChange(const PlannedChange& planned) {
    out_ += "   " + style_(Ink::kGreen, Head(planned.change)) + "\n";
    std::set<std::string> rules;
    for (const auto& name : planned.cures) rules.insert(name.rule);
    Add("cures " + Join(rules, ", "), 5);
    bool told = planned.cuts_off.empty();
    for (const std::string& who : planned.cuts_off) {
      if (last_[who] != &planned) continue;
      Add("may cut off: " + who, 5);
      told = true;
    }
    if (planned.clients_unknown && told)
      Add("who uses what goes cannot be seen in files: look at audit logs and connections first",
          5);
    for (const std::string& note : planned.notes) {
      if (last_[note] == &planned) Add(note, 5);
    }
    if (planned.risk == harden::Risk::kOneWay) Add("cannot be taken back by files alone", 5);
    if (!planned.undone_by.empty()) Add("undone by " + planned.undone_by, 5);
    if (planned.change.edits.empty() && planned.change.before.exists) return;
    AddDiff(planned.diff);
  }

  void AddDiff(const std::string& diff) {
    // The file's name and mode are in the head.
    bool hunk = false;
    const std::string safe = Redact(diff);  // as a whole: a secret may have its name a line before
    for (const std::string_view line : Split(safe, '\n')) {
      hunk = hunk || line.starts_with("@@");
      if (!hunk || line.empty()) continue;
      const Ink ink = line[0] == '+'   ? Ink::kGreen
                      : line[0] == '-' ? Ink::kRed
                      : line[0] == '@' ? Ink::kDim
                                       : Ink::kNone;
      out_ += "     " + style_(ink, Printable(line)) + "\n";
    }
  }

  void AddHandedOver() {
    if (plan_.handed_over.empty()) return;
    out_ += "\n" + style_(Ink::kBold, "handed over: somebody else writes these files") + "\n";
    for (const auto& handed : plan_.handed_over) {
      Add(fmt::format("{}: {} ({})", handed.owner, handed.finding.rule, handed.why), 3);
      for (const auto& wish : handed.wishes) {
        Add(fmt::format("{} {} = {}", cluster::ToString(wish.kind), wish.setting,
                        wish.wanted ? Join(wish.wanted->items, ",") : "(take it away)"),
            5);
      }
    }
  }

  void AddNotDone() {
    if (plan_.not_done.empty()) return;
    out_ += "\n" + style_(Ink::kBold, "not done") + "\n";
    // One reason is told once.
    std::set<std::string> told;
    for (const auto& not_done : plan_.not_done) {
      if (!told.insert(not_done.why + not_done.todo).second) continue;
      for (const auto& same : plan_.not_done) {
        if (same.why == not_done.why && same.todo == not_done.todo)
          out_ +=
              fmt::format("   {:<8} {}{}\n", same.severity, same.finding.rule, Which(same.finding));
      }
      Add(Printable(not_done.why), 5);
      if (!not_done.todo.empty()) Add("to have it done: " + Printable(not_done.todo), 5);
    }
  }

  /// Of a rule that fails more than once: of what.
  std::string Which(const harden::FindingName& name) const {
    const auto count = std::ranges::count_if(plan_.not_done, [&](const harden::NotDone& other) {
      return other.finding.rule == name.rule;
    });
    return count > 1 ? fmt::format("  {}", Printable(name.instance)) : "";
  }

  void AddEnd() {
    if (plan_.after.unknown > 0) {
      out_ += '\n';
      Add(fmt::format("{} {} unknown: what is not known is not edited (seawall audit says why; "
                      "--component-version tells versions)",
                      Plural(plan_.after.unknown, "finding"),
                      plan_.after.unknown == 1 ? "is" : "are"),
          3);
    }
    for (const std::string& gap : plan_.not_checked) Add("not checked: " + gap, 3);
    if (plan_.Changes() == 0) {
      out_ += "\nnothing to do\n";
    }
  }

  const Plan& plan_;
  const PlanTextOptions& options_;
  const Style style_;
  /// A step's changes come together: what several of them do to others is told with the last.
  std::map<std::string, const PlannedChange*> last_;
  std::string out_;
};

}  // namespace

std::string PlanForPeople(const Plan& plan, const PlanTextOptions& options) {
  return Writer(plan, options).Write();
}

std::string PlanAsDiff(const Plan& plan, bool* hidden) {
  std::string out;
  for (const Step& step : plan.steps) {
    for (const PlannedChange& planned : step.changes) out += planned.diff;
  }
  // Who takes a patch writes the files: those of others belong into it.
  for (const auto& handed : plan.handed_changes) out += handed.diff;
  *hidden = false;
  if (IsHarmless(out)) return out;
  std::string safe = Redact(out);
  *hidden = safe != out;
  return safe;
}

}  // namespace seawall::report
