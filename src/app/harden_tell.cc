// What became of an apply or a rollback, for people.
#include <fmt/format.h>

#include "app/app.h"
#include "app/harden_live.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/redact.h"

namespace seawall::app {
namespace {

/// What could not be proven, or did not come back; the exit status becomes worse by it.
std::string TellOpenEnds(const harden::Applied& applied, const std::vector<std::string>& unproven,
                         int& status) {
  std::string text;
  for (const std::string& path : applied.kept)
    text += fmt::format("stays, for something was written into it since: {}\n", Printable(path));
  for (const std::string& path : applied.needed)
    text += fmt::format("stays, for what was left names it: {}\n", Printable(path));
  for (const std::string& one : unproven) text += fmt::format("not proven: {}\n", one);
  if (!unproven.empty() && status == kExitClean) status = kExitUnknown;
  if (applied.not_running.empty()) return text;
  status = kExitFindings;
  return text +
         fmt::format("the files are as before, but not all runs again: {}\n", applied.not_running);
}

}  // namespace

Result<int> TellApplied(const Arguments& arguments, const harden::Applied& applied,
                        const char* done, const std::vector<std::string>& unproven) {
  using harden::Ended;
  const bool dry = arguments.Has("dry-run");
  std::string text;
  for (const std::string& path : applied.changed)
    text += fmt::format("{} {}\n", dry ? "would change" : "changed", Printable(path));
  int status = kExitClean;
  switch (applied.ended) {
    case Ended::kNothing:
      text += fmt::format("{}\n", kNothingToDo);
      break;
    case Ended::kDone:
      if (!dry) text += fmt::format("{} {}\n", applied.resumed ? "finished" : done, applied.id);
      break;
    case Ended::kPartly:
      for (const std::string& path : applied.left)
        text +=
            fmt::format("left as it is, for somebody has edited it since: {}\n", Printable(path));
      status = kExitUnknown;
      break;
    case Ended::kRolledBack:
      text = fmt::format("rolled back, everything is as before: {}\n", applied.why);
      status = kExitFindings;
      break;
    case Ended::kStuck:
      text = fmt::format(
          "it stopped in the middle: {}\nwhen that is mended: seawall harden rollback "
          "{}\n",
          applied.why, applied.id);
      status = kExitFindings;
      break;
  }
  if (!dry) text += TellOpenEnds(applied, unproven, status);
  const bool offline = arguments.Has("offline");
  if (!dry && offline && applied.ended == Ended::kDone && !applied.proofs.empty())
    text += fmt::format("still to be proven once it runs (seawall audit, seawall prove): {}\n",
                        Join(applied.proofs, ", "));
  if (auto ok = WriteOut(report::Redact(text)); !ok) return std::unexpected(ok.error());
  return status;
}

}  // namespace seawall::app
