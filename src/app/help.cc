#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "app/app.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/wrap.h"
#include "rules/recipe.h"

namespace seawall::app {
namespace {

constexpr size_t kIndent = 6;

std::string OptionLine(const Option& option) {
  std::string line = "  ";
  line += option.short_name ? fmt::format("-{}, ", option.short_name) : "    ";
  line += option.name;
  if (option.value) line += fmt::format("={}", option.value);
  return line;
}

void AppendOptions(std::string& page, const char* heading, std::span<const Option> options,
                   size_t width) {
  if (options.empty()) return;
  page += fmt::format("\n{}:\n", heading);
  for (const Option& option : options) {
    page += OptionLine(option) + "\n";
    std::string help = option.help;
    if (option.choices) help += fmt::format(" One of: {}.", Join(SplitWords(option.choices), ", "));
    page += report::Wrap(help, width, kIndent + 4);
  }
}

std::string RowsTopic(size_t width) {
  std::string page = "The rows of the recipe, as --row takes them\n\n";
  for (const rules::Row& row : rules::AllRows()) {
    page += fmt::format("{:<4}{}\n", row.id, row.title);
    page += report::Wrap(row.asks, width, kIndent);
    if (*row.today) page += report::Wrap(fmt::format("Today: {}", row.today), width, kIndent);
  }
  return page;
}

template <typename Commands>
void AppendCommands(std::string& page, const Commands& commands) {
  size_t longest = 10;
  for (const Command& command : commands)
    longest = std::max(longest, std::string_view(command.name).size());
  for (const Command& command : commands)
    page += fmt::format("  {:<{}}{}\n", command.name, longest + 2, command.summary);
}

}  // namespace

std::string GroupPage(std::string_view group, size_t width) {
  std::vector<Command> commands;
  for (const Command& command : AllCommands()) {
    if (GroupOf(command) == group) commands.push_back(command);
  }
  std::string page = fmt::format("Usage:\n  seawall {} COMMAND [options]\n\nCommands:\n", group);
  AppendCommands(page, commands);
  return page +
         report::Wrap(fmt::format("\nTry `seawall {} --help`.", commands.front().name), width, 0);
}

std::string HelpPage(const Command& command, size_t width) {
  std::string page = report::Wrap(command.description, width, 0);
  page += fmt::format("\nUsage:\n  seawall {}", command.name);
  if (*command.positional) page += fmt::format(" {}", command.positional);
  page += " [options]\n";
  page += "\nExamples:\n";
  for (const Example& example : command.examples) {
    page += fmt::format("  # {}\n  {}\n", example.says, example.command);
  }
  AppendOptions(page, "Options", command.options, width);
  AppendOptions(page, "Options of every command", GlobalOptions(), width);
  return page;
}

std::string Overview(size_t width) {
  std::string page = report::Wrap(
      "seawall finds where a Kubernetes control plane stands: what every security setting really "
      "is, where it comes from, and what it should be; asks the running components; and fixes what "
      "it found. Only `harden` changes anything.",
      width, 0);
  page += "\nUsage:\n  seawall COMMAND [options]\n\nCommands:\n";
  AppendCommands(page, AllCommands());
  page += "\nTopics of `seawall help`:\n";
  for (const Topic& topic : AllTopics())
    page += fmt::format("  {:<12}{}\n", topic.name, topic.summary);
  page += "\nTry `sudo seawall audit`, or `seawall COMMAND --help`.\n";
  return page;
}

Result<int> RunHelp(const Arguments& arguments) {
  size_t width = TerminalWidth();
  std::string page;
  const std::string subject = Join(arguments.positional, " ");
  if (subject.empty()) {
    page = Overview(width);
  } else if (const Command* command = FindCommand(subject)) {
    page = HelpPage(*command, width);
  } else if (IsGroup(subject)) {
    page = GroupPage(subject, width);
  } else if (subject == "rows") {
    page = RowsTopic(width);
  } else {
    std::vector<std::string> known;
    for (const Topic& topic : AllTopics()) {
      known.emplace_back(topic.name);
      if (subject == topic.name) page = topic.text;
    }
    if (page.empty()) {
      for (const Command& c : AllCommands()) known.emplace_back(c.name);
      std::optional<std::string> near = Closest(subject, known);
      return Fail(ErrorCode::kUsage, "show help", "",
                  fmt::format("there is no command or topic '{}'", subject),
                  !near ? "see `seawall help`" : fmt::format("did you mean {}?", *near));
    }
  }
  if (auto ok = WriteOut(page); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
