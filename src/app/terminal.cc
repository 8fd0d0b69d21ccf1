#include "app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "app/output_file.h"

namespace seawall::app {

size_t TerminalWidth() {
  winsize size{};
  int columns = 0;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns == 0) {
    const char* variable = std::getenv("COLUMNS");
    columns = variable ? std::atoi(variable) : 100;
  }
  return static_cast<size_t>(std::clamp(columns, 40, 200));
}

bool UseColor(const Arguments& arguments) {
  std::string when = arguments.Get("color", "auto");
  if (when != "auto") return when == "always";
  auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
  };
  if (set("NO_COLOR")) return false;
  if (set("CLICOLOR_FORCE") && std::strcmp(std::getenv("CLICOLOR_FORCE"), "0") != 0) return true;
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && term && std::strcmp(term, "dumb") != 0;
}

Result<bool> AskYes(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0)
    return Fail(ErrorCode::kUsage, "ask for consent", "", "nobody is here who could say yes",
                "--yes");
  std::cerr << question << " [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

Result<void> WriteOut(std::string_view text) { return OutputFile().Write(text); }

}  // namespace seawall::app
