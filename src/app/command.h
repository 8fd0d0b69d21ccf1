// The shape of the one table of commands and options: --help, man pages, shell completion and the
// parser all come from it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::app {

struct Option {
  const char* name;     ///< "--root"
  char short_name;      ///< 'f', 0 for none
  const char* value;    ///< name of the value in help ("DIR"); nullptr: a switch
  bool repeats;         ///< may be given several times
  const char* choices;  ///< permitted values, separated by spaces; nullptr: any
  const char* help;     ///< a sentence or two
};

struct Example {
  const char* command;
  const char* says;
};

/// What the user typed, checked against the table.
class Arguments {
 public:
  std::map<std::string, std::vector<std::string>, std::less<>>
      values;  ///< by option name without dashes
  std::vector<std::string> positional;

  bool Has(std::string_view option) const { return values.contains(option); }
  /// Every value of a repeatable option, in order.
  const std::vector<std::string>& All(std::string_view option) const;
  /// The last value, or `fallback`.
  std::string Get(std::string_view option, std::string fallback = "") const;
};

struct Command {
  const char* name;        ///< a word, or two: "rbac can-i" is one of the group "rbac"
  const char* positional;  ///< for the usage line: "RULE", "[TOPIC]", ""
  int min_positional;
  int max_positional;
  const char* summary;      ///< one line
  const char* description;  ///< paragraphs
  std::span<const Option> options;
  std::span<const Example> examples;
  Result<int> (*run)(const Arguments&);  ///< exit status, or why it could not be done
  const char* complete;  ///< what completes the positional: "rules", "commands", "shells", ""
};

std::span<const Command> AllCommands();
/// Options that every command has (-o is not one of them).
std::span<const Option> GlobalOptions();
const Command* FindCommand(std::string_view name);
/// Whether `word` is the first one of commands of two words.
bool IsGroup(std::string_view word);
/// What follows the group's name: "can-i"; "" of a command of one word.
std::string_view WordInGroup(const Command& command);
/// "rbac" of "rbac can-i", "" of a command of one word.
std::string_view GroupOf(const Command& command);
/// For file names: "rbac-can-i".
std::string DashedName(const Command& command);
/// Each first word once, in the order of the table.
std::vector<std::string> FirstWords();

/// A topic of `seawall help` that is not a command.
struct Topic {
  const char* name;
  const char* summary;
  const char* text;
};
std::span<const Topic> AllTopics();

}  // namespace seawall::app
