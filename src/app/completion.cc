#include <fmt/format.h>

#include "app/app.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "proofs/proof.h"
#include "rules/rule.h"

namespace seawall::app {
namespace {

std::vector<std::string> PositionalWords(const Command& command) {
  std::vector<std::string> words;
  std::string_view what = command.complete;
  if (what == "rules") {
    for (const rules::Rule& rule : rules::AllRules()) words.emplace_back(rule.id);
    for (const proofs::ProofRule& proof : proofs::AllProofRules())
      words.emplace_back(proof.rule.id);
  } else if (what == "shells") {
    words = {"bash", "zsh", "fish"};
  } else if (what == "harden") {
    words = {"plan",    "apply", "confirm", "rollback", "status",
             "history", "fsck",  "prune",   "unlock"};
  } else if (what == "commands") {
    words = FirstWords();
    if (std::string_view(command.name) == "help") {
      for (const Topic& topic : AllTopics()) words.emplace_back(topic.name);
    }
  }
  return words;
}

/// Groups with the words that follow their names.
std::vector<std::pair<std::string, std::vector<std::string>>> Groups() {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const Command& c : AllCommands()) {
    const std::string group(GroupOf(c));
    if (group.empty()) continue;
    if (groups.empty() || groups.back().first != group) groups.push_back({group, {}});
    groups.back().second.emplace_back(WordInGroup(c));
  }
  return groups;
}

std::vector<const Option*> OptionsOf(const Command& command) {
  std::vector<const Option*> options;
  for (const Option& o : command.options) options.push_back(&o);
  for (const Option& o : GlobalOptions()) options.push_back(&o);
  return options;
}

/// Values of an option: its choices, rule ids, or nothing (files).
std::string ValueWords(const Option& option) {
  if (option.choices) return option.choices;
  if (std::string_view(option.name) != "--rules") return "";
  std::string words;
  for (const rules::Rule& rule : rules::AllRules()) words += fmt::format("{} ", rule.id);
  return words;
}

std::string Bash() {
  std::string out =
      "_seawall() {\n"
      "  local cur prev cmd words_=''\n"
      "  cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" "
      "cmd=\"${COMP_WORDS[1]}\"\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '";
  out += Join(FirstWords(), " ") + "' -- \"$cur\"))\n    return\n  fi\n  case \"$cmd\" in\n";
  for (const auto& [group, words] : Groups()) {
    out += fmt::format(
        "    {})\n      if [ \"$COMP_CWORD\" -eq 2 ]; then\n        COMPREPLY=($(compgen -W '{}' "
        "-- "
        "\"$cur\")); return\n      fi\n      cmd=\"$cmd ${{COMP_WORDS[2]}}\";;\n",
        group, Join(words, " "));
  }
  out += "  esac\n  case \"$cmd\" in\n";
  for (const Command& c : AllCommands()) {
    out += fmt::format("    '{}')\n      case \"$prev\" in\n", c.name);
    std::string names = "--help";
    for (const Option* o : OptionsOf(c)) {
      names += fmt::format(" {}", o->name);
      if (!o->value) continue;
      std::string flags =
          o->short_name ? fmt::format("{}|-{}", o->name, o->short_name) : std::string(o->name);
      std::string values = ValueWords(*o);
      out +=
          values.empty()
              ? fmt::format("        {}) COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n", flags)
              : fmt::format("        {}) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return;;\n",
                            flags, values);
    }
    out +=
        fmt::format("      esac\n      words_='{} {}';;\n", names, Join(PositionalWords(c), " "));
  }
  return out +
         "  esac\n  COMPREPLY=($(compgen -W \"$words_\" -- \"$cur\"))\n}\ncomplete -o default -F "
         "_seawall seawall\n";
}

/// Text inside a zsh specification: brackets, colons and quotes mean something there.
std::string ZshText(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string Zsh() {
  std::string out = "#compdef seawall\n_seawall() {\n  local -a commands=(\n";
  for (const Command& c : AllCommands()) {
    if (GroupOf(c).empty()) out += fmt::format("    '{}:{}'\n", c.name, ZshText(c.summary));
  }
  for (const auto& [group, words] : Groups())
    out += fmt::format("    '{}:{}'\n", group, ZshText(Join(words, ", ")));
  out +=
      "  )\n  if (( CURRENT == 2 )); then _describe 'command' commands; return; fi\n  local "
      "cmd=$words[2]\n  case $cmd in\n";
  for (const auto& [group, words] : Groups()) {
    out += fmt::format(
        "    {})\n      if (( CURRENT == 3 )); then compadd {}; return; fi\n      cmd=\"$cmd "
        "$words[3]\"; shift words; (( CURRENT-- ));;\n",
        group, Join(words, " "));
  }
  out += "  esac\n  case $cmd in\n";
  for (const Command& c : AllCommands()) {
    out +=
        fmt::format("    '{}')\n      shift words; (( CURRENT-- ))\n      _arguments -s", c.name);
    for (const Option* o : OptionsOf(c)) {
      std::string spec = fmt::format("{}{}{}[{}]", o->repeats ? "*" : "", o->name,
                                     o->value ? "=" : "", ZshText(o->help));
      if (o->value) {
        std::string values = ValueWords(*o);
        spec += fmt::format(":{}:{}", ZshText(o->value),
                            values.empty() ? "_files" : fmt::format("({})", values));
      }
      out += fmt::format(" \\\n        '{}'", spec);
    }
    std::vector<std::string> words = PositionalWords(c);
    if (!words.empty())
      out += fmt::format(" \\\n        '1:{}:({})'", ZshText(c.positional), Join(words, " "));
    out += ";;\n";
  }
  return out +
         "  esac\n}\nif [ \"$funcstack[1]\" = _seawall ]; then _seawall \"$@\"; else compdef "
         "_seawall seawall; fi\n";
}

std::string FishText(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string Fish() {
  std::string out = "complete -c seawall -f\n";
  for (const Command& c : AllCommands()) {
    if (GroupOf(c).empty())
      out += fmt::format("complete -c seawall -n __fish_use_subcommand -a {} -d '{}'\n", c.name,
                         FishText(c.summary));
  }
  for (const auto& [group, words] : Groups()) {
    out += fmt::format("complete -c seawall -n __fish_use_subcommand -a {} -d '{}'\n", group,
                       FishText(Join(words, ", ")));
    out += fmt::format(
        "complete -c seawall -n '__fish_seen_subcommand_from {0}; and not "
        "__fish_seen_subcommand_from {1}' -a '{1}'\n",
        group, Join(words, " "));
  }
  for (const Command& c : AllCommands()) {
    const std::string seen = GroupOf(c).empty()
                                 ? fmt::format("__fish_seen_subcommand_from {}", c.name)
                                 : fmt::format(
                                       "__fish_seen_subcommand_from {}; and "
                                       "__fish_seen_subcommand_from {}",
                                       GroupOf(c), WordInGroup(c));
    std::string when = fmt::format("complete -c seawall -n '{}'", seen);
    for (const Option* o : OptionsOf(c)) {
      out += fmt::format("{} -l {}", when, o->name + 2);
      if (o->short_name) out += fmt::format(" -s {}", o->short_name);
      std::string values = o->value ? ValueWords(*o) : "";
      if (o->value) out += values.empty() ? " -r -F" : fmt::format(" -x -a '{}'", values);
      out += fmt::format(" -d '{}'\n", FishText(o->help));
    }
    std::vector<std::string> words = PositionalWords(c);
    if (!words.empty()) out += fmt::format("{} -a '{}'\n", when, Join(words, " "));
  }
  return out;
}

}  // namespace

Result<int> RunCompletion(const Arguments& arguments) {
  const std::string& shell = arguments.positional[0];
  std::string script = shell == "bash"   ? Bash()
                       : shell == "zsh"  ? Zsh()
                       : shell == "fish" ? Fish()
                                         : "";
  if (script.empty()) {
    return Fail(ErrorCode::kUsage, "print a completion script", "",
                fmt::format("there is none for '{}'", shell), "it is one of: bash, zsh, fish");
  }
  if (auto ok = WriteOut(script); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
