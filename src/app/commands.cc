// The table of commands, options and topics. Everything that says what seawall can do is made from
// it.
#include <algorithm>
#include <array>

#include "app/command.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kGlobal[] = {
    {"--color", 0, "WHEN", false, "auto always never",
     "Colour in text reports: auto (a terminal, and NO_COLOR is empty), always, never."},
};

/// In the order of help.
const auto& Commands() {
  static const std::array commands = {
      kAuditCommand,    kReportCommand,     kProveCommand, kCollectCommand, kBundleCommand,
      kHardenCommand,   kDiffCommand,       kCanICommand,  kWhoCanCommand,  kWhatCanCommand,
      kFromAbacCommand, kRisksCommand,      kLearnCommand, kReviewCommand,  kRbacDiffCommand,
      kGraphCommand,    kMinimizeCommand,   kLintCommand,  kRulesCommand,   kExplainCommand,
      kConfigCommand,   kCompletionCommand, kManCommand,   kVersionCommand, kHelpCommand};
  return commands;
}

constexpr Topic kTopics[] = {
    {"exit-codes", "What each exit status means",
     "0    clean: nothing failed and nothing was left unknown\n"
     "1    findings: at least one rule fails\n"
     "2    usage or operational error: nothing, or not all, was done; standard error says what to "
     "do\n"
     "3    nothing failed, but something could not be evaluated\n"
     "130  interrupted (Ctrl-C)\n\n"
     "What only a person can judge (unknown and \"manual\") does not by itself cause 3: --fail-on "
     "manual asks for it. Rules\n"
     "that were filtered out do not count, nor does what is waived, or known to --baseline. Any "
     "other "
     "status is a failure of\nthe program itself.\n"},
    {"rows", "The rows of the recipe", nullptr},
};

}  // namespace

std::span<const Command> AllCommands() { return Commands(); }
std::span<const Option> GlobalOptions() { return kGlobal; }
std::span<const Topic> AllTopics() { return kTopics; }

const Command* FindCommand(std::string_view name) {
  const auto it = std::ranges::find(Commands(), name, &Command::name);
  return it == Commands().end() ? nullptr : &*it;
}

std::string_view GroupOf(const Command& command) {
  const std::string_view name = command.name;
  const size_t space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(0, space);
}

std::string_view WordInGroup(const Command& command) {
  const std::string_view name = command.name;
  const size_t space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(space + 1);
}

bool IsGroup(std::string_view word) {
  return !word.empty() && std::ranges::any_of(AllCommands(), [word](const Command& command) {
    return GroupOf(command) == word;
  });
}

std::string DashedName(const Command& command) {
  std::string name = command.name;
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::vector<std::string> FirstWords() {
  std::vector<std::string> words;
  for (const Command& command : AllCommands()) {
    const std::string_view group = GroupOf(command);
    const std::string word(group.empty() ? std::string_view(command.name) : group);
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

}  // namespace seawall::app
