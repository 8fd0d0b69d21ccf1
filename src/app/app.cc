#include "app/app.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "app/own_settings.h"
#include "app/parse.h"
#include "app/report_error.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"

namespace seawall::app {
namespace {

Error UnknownCommand(const std::string& word) {
  std::vector<std::string> names;
  for (const Command& c : AllCommands()) names.emplace_back(c.name);
  std::optional<std::string> near = Closest(word, names);
  const char* kind = word.starts_with("-") ? "option" : "command";
  return Error{ErrorCode::kUsage, "understand the command line", "",
               fmt::format("there is no {} '{}'", kind, word),
               !near ? "see `seawall help`" : fmt::format("did you mean `seawall {}`?", *near)};
}

/// What only prints about seawall itself must work with settings that are wrong, too.
bool TakesSettings(const Command& command) {
  constexpr std::string_view kWithout[] = {"config", "completion", "man", "version", "help"};
  return std::ranges::find(kWithout, command.name) == std::end(kWithout);
}

int Dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::fputs(Overview(TerminalWidth()).c_str(), stderr);
    return kExitError;
  }
  std::string name = words[0];
  if (name == "-h" || name == "--help") name = "help";
  if (name == "--version") name = "version";
  bool json = WantsJson(words);
  const bool group = IsGroup(name);
  if (group && (words.size() < 2 || words[1] == "-h" || words[1] == "--help")) {
    std::fputs(GroupPage(name, TerminalWidth()).c_str(), words.size() < 2 ? stderr : stdout);
    return words.size() < 2 ? kExitError : kExitClean;
  }
  if (group) name += " " + words[1];
  const Command* command = FindCommand(name);
  if (!command) return ReportError(UnknownCommand(group ? name : words[0]), json);
  auto arguments = ParseArguments(*command, {words.begin() + (group ? 2 : 1), words.end()});
  if (!arguments) return ReportError(arguments.error(), json);
  if (arguments->Has("help")) {
    auto ok = WriteOut(HelpPage(*command, TerminalWidth()));
    return ok ? kExitClean : ReportError(ok.error(), json);
  }
  if (TakesSettings(*command)) {
    auto own = OwnSettings::Read(SourcesOfProcess());
    if (!own) return ReportError(own.error(), json);
    WarnOfVariables();
    own->Apply(*command, *arguments);
  }
  auto status = command->run(*arguments);
  return status ? *status : ReportError(status.error(), json);
}

// Async-signal-safe: the process has nothing to take back, an audit only reads.
extern "C" void Interrupted(int) { _exit(kExitInterrupted); }

}  // namespace

int Main(int argc, char** argv) {
  std::signal(SIGINT, Interrupted);
  std::signal(SIGPIPE,
              SIG_IGN);  // a closed pipe is then an error that is reported, not a silent death
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
  try {
    return Dispatch({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    return ReportError(
        {ErrorCode::kIo, "finish", "", e.what(), "this is a defect of seawall: please report it"},
        false);
  }
}

}  // namespace seawall::app
