#include "app/harden_journals.h"

#include <fmt/format.h>

#include <ctime>

#include "app/app.h"
#include "app/harden_options.h"
#include "app/span.h"
#include "app/terminal.h"
#include "base/text.h"
#include "harden/apply.h"
#include "harden/journals.h"
#include "harden/prune.h"
#include "harden/safety.h"
#include "report/json_writer.h"
#include "report/time_text.h"

namespace seawall::app {
namespace {

using harden::Journal;
using harden::Stage;
using harden::Standing;

const char* WordOf(Standing standing) {
  switch (standing) {
    case Standing::kBefore:
      return "before";
    case Standing::kAfter:
      return "after";
    case Standing::kBetween:
      return "between";
    case Standing::kForeign:
      return "edited since";
  }
  return "";
}

/// Where a file stands; what cannot be looked at is told for itself.
std::string WordOf(const Result<Standing>& standing) {
  return standing ? WordOf(*standing) : "unknown";
}

/// Its end is still to come.
bool IsUnsettled(const Journal& journal) {
  return harden::IsOpen(journal) || journal.stage == Stage::kWaiting;
}

std::string TodoOf(const Journal& journal) {
  if (!IsUnsettled(journal)) return "";
  const std::string back = "seawall harden rollback " + journal.id;
  if (journal.stage == Stage::kWaiting)
    return fmt::format("it is taken back at {} unless: seawall harden confirm",
                       report::TimeText(harden::ConfirmUntil(journal)));
  return journal.stage == Stage::kBegun
             ? (journal.objects.empty() ? "apply its plan again to finish it"
                                        : "seawall rbac review --apply finishes it") +
                   (", or take it back: " + back)
             : "finish taking it back: " + back;
}

void WriteJournal(report::JsonWriter& out, const Journal& journal) {
  report::Field(out, "id", journal.id);
  report::Field(out, "state", harden::ToString(journal.stage));
  report::Field(out, "made", report::TimeText(journal.made));
  report::Field(out, "node", journal.node);
  report::Field(out, "plan", journal.plan_digest);
  if (!journal.snapshot.empty()) report::Field(out, "snapshot", Printable(journal.snapshot));
  if (!journal.break_glass.empty())
    report::Field(out, "breakGlass", Printable(journal.break_glass));
}

/// Journals that say nothing, as JSON; gives them as text.
std::string WriteUnreadable(report::JsonWriter& out,
                            const std::vector<harden::UnreadableJournal>& unreadable) {
  if (unreadable.empty()) return "";
  std::string text;
  out.Key("unreadable");
  out.StartArray();
  for (const harden::UnreadableJournal& broken : unreadable) {
    const std::string why = Printable(broken.error.why);
    text += fmt::format("{}  cannot be read: {}{}\n", broken.id, why,
                        broken.ended ? "\n  by its log it came to its end" : "");
    if (!broken.ended)
      text += "  its log does not say that it came to its end: look at the files that it names\n";
    out.StartObject();
    report::Field(out, "id", broken.id);
    report::Field(out, "why", why);
    report::Field(out, "ended", broken.ended);
    out.EndObject();
  }
  out.EndArray();
  return text;
}

Result<int> Status(const Arguments& arguments, bool all) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto journals = harden::History(*root);
  if (!journals) return std::unexpected(journals.error());
  const std::vector<Journal>& whole = journals->whole;
  auto writer = harden::RootWriter::Open(*root);
  if (!writer) return std::unexpected(writer.error());
  bool open = false;
  bool unknown = !journals->unreadable.empty();
  std::string text =
      whole.empty() && journals->unreadable.empty() ? "nothing was hardened here\n" : "";
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "root", *root);
  out.Key("journals");
  out.StartArray();
  for (size_t i = 0; i < whole.size(); ++i) {
    const Journal& journal = whole[i];
    open = open || IsUnsettled(journal);
    if (!all && i + 1 < whole.size() && !IsUnsettled(journal)) continue;
    const size_t changes = journal.entries.size() + journal.objects.size();
    text += fmt::format("{}  {}  {} change{}\n", journal.id, harden::ToString(journal.stage),
                        changes, changes == 1 ? "" : "s");
    if (!all && !journal.snapshot.empty())
      text += fmt::format(
          "  snapshot of etcd: {}{}\n  break-glass: {}\n",
          journal.snapshot.starts_with(harden::kSnapshotName) ? journal.Folder() + "/" : "",
          Printable(journal.snapshot), Printable(journal.break_glass));
    out.StartObject();
    WriteJournal(out, journal);
    out.Key("changes");
    out.StartArray();
    for (const auto& entry : journal.entries) {
      auto standing = harden::StandingOf(*writer, entry);
      unknown = unknown || !standing;
      if (!all)
        text += fmt::format("  {:<12}  {}{}\n", WordOf(standing), Printable(entry.change.path),
                            standing ? "" : ": " + Printable(standing.error().why));
      out.StartObject();
      report::Field(out, "path", entry.change.path);
      report::Field(out, "is", WordOf(standing));
      out.EndObject();
    }
    for (const harden::JournalObject& object : journal.objects) {
      // The cluster is not asked: its log says so.
      const char* is = WordOf(object.made ? Standing::kAfter : Standing::kBefore);
      if (!all) text += fmt::format("  {:<12}  {}\n", is, Printable(object.name));
      out.StartObject();
      report::Field(out, "path", object.path);
      report::Field(out, "is", is);
      out.EndObject();
    }
    out.EndArray();
    out.EndObject();
    if (const std::string todo = TodoOf(journal); !todo.empty()) text += "  " + todo + "\n";
  }
  out.EndArray();
  text += WriteUnreadable(out, journals->unreadable);
  out.EndObject();
  const bool as_json = arguments.Get("output", "text") == "json";
  if (auto ok = WriteOut(as_json ? json.Take() + "\n" : text); !ok)
    return std::unexpected(ok.error());
  return open ? kExitFindings : unknown ? kExitUnknown : kExitClean;
}

}  // namespace

Result<int> RunHardenStatus(const Arguments& arguments) { return Status(arguments, false); }
Result<int> RunHardenHistory(const Arguments& arguments) { return Status(arguments, true); }

Result<int> RunHardenFsck(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto problems = harden::CheckJournals(*root);
  if (!problems) return std::unexpected(problems.error());
  std::string text = problems->empty() ? "the journals are whole\n" : "";
  for (const std::string& problem : *problems) text += Printable(problem) + "\n";
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return problems->empty() ? kExitClean : kExitFindings;
}

Result<int> RunHardenPrune(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto older = ReadSpan(arguments, "older-than", 0);
  if (!older) return std::unexpected(older.error());
  harden::PruneOptions options;
  if (arguments.positional.size() > 1) options.id = arguments.positional[1];
  options.older_than = *older;
  options.now = std::time(nullptr);
  options.dry_run = true;
  auto pruned = harden::PruneSnapshots(*root, options);
  if (!pruned) return std::unexpected(pruned.error());
  uint64_t bytes = 0;
  for (const harden::PrunedSnapshot& one : *pruned) bytes += one.bytes;
  const bool dry = arguments.Has("dry-run") || pruned->empty();
  if (!dry && !arguments.Has("yes")) {
    auto yes = AskYes(fmt::format("Remove {} snapshot{} of etcd ({} bytes) for good?",
                                  pruned->size(), pruned->size() == 1 ? "" : "s", bytes));
    if (!yes) return std::unexpected(yes.error());
    if (!*yes) return Fail(ErrorCode::kUsage, "harden prune", "", "nothing was removed", "");
  }
  if (!dry) {
    options.dry_run = false;
    pruned = harden::PruneSnapshots(*root, options);
    if (!pruned) return std::unexpected(pruned.error());
  }
  std::string text = pruned->empty() ? "there is no snapshot to remove\n" : "";
  for (const harden::PrunedSnapshot& one : *pruned)
    text += fmt::format("{} {}, {} bytes\n", dry ? "would remove" : "removed", Printable(one.path),
                        one.bytes);
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
