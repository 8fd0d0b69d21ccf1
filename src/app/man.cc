#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "app/app.h"
#include "app/run.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"

namespace seawall::app {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string_view WithoutBrackets(std::string_view text) {
  return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}

/// Text for mdoc: a leading dot or quote begins a macro, a backslash an escape, a hyphen would
/// become typographic.
std::string Roff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if ((c == '.' || c == '\'') && (i == 0 || text[i - 1] == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == ' ' && i > 0 && text[i - 1] == '.' && i + 1 < text.size()) {
      out += "\n";  // mdoc wants each sentence on a line of its own
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\n.Pp\n";
      ++i;
    } else if (c == '\n' && text.substr(i + 1).starts_with("  ")) {
      out += "\n.br\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Header(const std::string& title, std::string_view summary, std::string_view name) {
  return fmt::format(".Dd November 23, 2026\n.Dt {} 1\n.Os seawall {}\n.Sh NAME\n.Nm {}\n.Nd {}\n",
                     title, kVersion, name, Roff(summary));
}

void AppendOption(std::string& page, const Option& option) {
  page += ".It ";
  if (option.short_name) page += fmt::format("Fl {} , ", option.short_name);
  page += fmt::format("Fl \\-{}", Roff(option.name + 2));
  if (option.value) page += fmt::format(" Ns = Ns Ar {}", Roff(option.value));
  std::string help = option.help;
  if (option.choices) help += fmt::format(" One of: {}.", Join(SplitWords(option.choices), ", "));
  page += fmt::format("\n{}\n", Roff(help));
}

std::string ExitStatusSection() {
  return ".Sh EXIT STATUS\n.Bl -tag -width Ds\n"
         ".It 0\nClean: nothing failed and nothing was left unknown.\n"
         ".It 1\nFindings: at least one rule fails.\n"
         ".It 2\nUsage or operational error.\n"
         ".It 3\nNothing failed, but something could not be evaluated.\n"
         ".It 130\nInterrupted.\n.El\n";
}

std::string CommandPage(const Command& command) {
  std::string title = fmt::format("SEAWALL-{}", Upper(DashedName(command)));
  std::string page = Header(title, command.summary, fmt::format("seawall-{}", DashedName(command)));
  page += fmt::format(".Sh SYNOPSIS\n.Nm seawall {}\n", command.name);
  if (command.max_positional > 0)
    page += fmt::format(".{} {}\n", command.min_positional ? "Ar" : "Op Ar",
                        Roff(WithoutBrackets(command.positional)));
  page += ".Op Ar options\n.Sh DESCRIPTION\n" + Roff(command.description) + "\n";
  page += ".Sh OPTIONS\n.Bl -tag -width Ds\n";
  for (const Option& option : command.options) AppendOption(page, option);
  for (const Option& option : GlobalOptions()) AppendOption(page, option);
  page += ".El\n" + ExitStatusSection() + ".Sh EXAMPLES\n";
  for (const Example& example : command.examples) {
    page += fmt::format("{}:\n.Dl {}\n", Roff(example.says), Roff(example.command));
  }
  return page + ".Sh SEE ALSO\n.Xr seawall 1\n";
}

std::string MainPage() {
  std::string page = Header("SEAWALL", "secure a Kubernetes control plane", "seawall");
  page +=
      ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Sh DESCRIPTION\n"
      "Finds where a Kubernetes control plane stands: what every security setting really is, where "
      "it comes from and what it\n"
      "should be.\n.Bl -tag -width Ds\n";
  for (const Command& command : AllCommands())
    page += fmt::format(".It Ic {}\n{}.\n", command.name, Roff(command.summary));
  page +=
      ".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev NO_COLOR\nNo colour when it is not empty.\n"
      ".It Ev CLICOLOR_FORCE\nColour also where standard output is no terminal.\n.It Ev "
      "COLUMNS\nWidth of the report.\n.El\n";
  page += ExitStatusSection() + ".Sh SEE ALSO\n";
  std::set<std::string> names;  // mandoc wants them in order
  for (const Command& command : AllCommands()) names.insert(DashedName(command));
  for (const std::string& name : names) {
    page += fmt::format(".Xr seawall-{} 1{}\n", name, name == *names.rbegin() ? "" : " ,");
  }
  return page;
}

Result<void> WritePage(const std::string& dir, const std::string& name, const std::string& page) {
  std::string path = fmt::format("{}/{}.1", dir, name);
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool ok = fd >= 0 && write(fd, page.data(), page.size()) == static_cast<ssize_t>(page.size());
  int error = errno;
  if (fd >= 0) ok = close(fd) == 0 && ok;
  if (!ok)
    return Fail(ErrorCode::kIo, "write a manual page", path, std::strerror(error),
                "name a folder that exists");
  return {};
}

}  // namespace

Result<int> RunMan(const Arguments& arguments) {
  if (arguments.Has("dir")) {
    std::string dir = arguments.Get("dir");
    if (auto ok = WritePage(dir, "seawall", MainPage()); !ok) return std::unexpected(ok.error());
    for (const Command& command : AllCommands()) {
      auto ok =
          WritePage(dir, fmt::format("seawall-{}", DashedName(command)), CommandPage(command));
      if (!ok) return std::unexpected(ok.error());
    }
    return kExitClean;
  }
  std::string page = MainPage();
  if (!arguments.positional.empty()) {
    const Command* command = FindCommand(Join(arguments.positional, " "));
    if (!command) {
      return Fail(ErrorCode::kUsage, "print a manual page", "",
                  fmt::format("there is no command '{}'", Join(arguments.positional, " ")),
                  "see `seawall help`");
    }
    page = CommandPage(*command);
  }
  if (auto ok = WriteOut(page); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
