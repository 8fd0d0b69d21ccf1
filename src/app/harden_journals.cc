#include "app/harden_journals.h"

#include <fmt/format.h>

#include "app/app.h"
#include "app/harden_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "harden/apply.h"
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
             ? "apply its plan again to finish it, or take it back: " + back
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

Result<int> Status(const Arguments& arguments, bool all) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto journals = harden::History(*root);
  if (!journals) return std::unexpected(journals.error());
  auto writer = harden::RootWriter::Open(*root);
  if (!writer) return std::unexpected(writer.error());
  bool open = false;
  std::string text = journals->empty() ? "nothing was hardened here\n" : "";
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "root", *root);
  out.Key("journals");
  out.StartArray();
  for (size_t i = 0; i < journals->size(); ++i) {
    const Journal& journal = (*journals)[i];
    open = open || IsUnsettled(journal);
    if (!all && i + 1 < journals->size() && !IsUnsettled(journal)) continue;
    const size_t changes = journal.entries.size();
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
      if (!standing) return std::unexpected(standing.error());
      if (!all)
        text += fmt::format("  {:<12}  {}\n", WordOf(*standing), Printable(entry.change.path));
      out.StartObject();
      report::Field(out, "path", entry.change.path);
      report::Field(out, "is", WordOf(*standing));
      out.EndObject();
    }
    out.EndArray();
    out.EndObject();
    if (const std::string todo = TodoOf(journal); !todo.empty()) text += "  " + todo + "\n";
  }
  out.EndArray();
  out.EndObject();
  const bool as_json = arguments.Get("output", "text") == "json";
  if (auto ok = WriteOut(as_json ? json.Take() + "\n" : text); !ok)
    return std::unexpected(ok.error());
  return open ? kExitFindings : kExitClean;
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

}  // namespace seawall::app
