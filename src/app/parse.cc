#include "app/parse.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/text.h"

namespace seawall::app {
namespace {

std::string Flags(const Option& option) {
  return option.short_name ? fmt::format("-{},{}", option.short_name, option.name) : option.name;
}

std::unexpected<Error> Usage(const Command& command, std::string why, std::string todo = "") {
  if (todo.empty()) todo = fmt::format("see `seawall {} --help`", command.name);
  return Fail(ErrorCode::kUsage, fmt::format("understand `seawall {}`", command.name), "",
              std::move(why), std::move(todo));
}

std::vector<std::string> OptionNames(const Command& command) {
  std::vector<std::string> names = {"--help"};
  for (const Option& o : command.options) names.emplace_back(o.name);
  for (const Option& o : GlobalOptions()) names.emplace_back(o.name);
  return names;
}

std::unexpected<Error> UnknownWord(const Command& command, const std::string& word) {
  if (word.starts_with("-")) {
    std::string name = word.substr(0, word.find('='));
    std::optional<std::string> near = Closest(name, OptionNames(command));
    return Usage(command, fmt::format("there is no option {}", name),
                 !near ? "" : fmt::format("did you mean {}?", *near));
  }
  return Usage(command, fmt::format("'{}' is one argument too many", word));
}

/// An option without its value, in our words: the library's are "1 required TEXT missing".
std::unexpected<Error> NoValue(const Command& command, const std::string& said) {
  const std::string name = said.substr(0, said.find(':'));
  for (const Option& o : command.options) {
    if (o.value && (name == o.name || name == std::string{'-', o.short_name}))
      return Usage(command, fmt::format("{} needs a value, {}", o.name, o.value));
  }
  return Usage(command, said);
}

struct Slot {
  const Option* option = nullptr;
  std::vector<std::string> values;
  bool on = false;
};

Result<void> CheckValues(const Command& command, const Slot& slot) {
  const Option& o = *slot.option;
  if (!o.repeats && slot.values.size() > 1) {
    return Usage(command, fmt::format("{} is given {} times and takes one value", o.name,
                                      slot.values.size()));
  }
  if (!o.choices) return {};
  std::vector<std::string> choices = SplitWords(o.choices);
  const bool with_file = std::string_view(o.value).ends_with("[=FILE]");
  for (std::string value : o.repeats && !with_file ? SplitLists(slot.values) : slot.values) {
    if (with_file) value.resize(std::min(value.find('='), value.size()));
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      const std::optional<std::string> near = Closest(value, choices);
      return Usage(
          command, fmt::format("{} does not take '{}'", o.name, value),
          fmt::format("{}it takes one of: {}", near ? fmt::format("did you mean {}? ", *near) : "",
                      Join(choices, ", ")));
    }
  }
  return {};
}

Result<Arguments> Collect(const Command& command, const std::vector<Slot>& slots,
                          std::vector<std::string> positional) {
  Arguments arguments;
  for (const Slot& slot : slots) {
    std::string name = std::string(slot.option->name).substr(2);
    if (slot.option->value && !slot.values.empty()) {
      if (auto ok = CheckValues(command, slot); !ok) return std::unexpected(ok.error());
      arguments.values[name] = slot.values;
    } else if (!slot.option->value && slot.on) {
      arguments.values[name] = {"true"};
    }
  }
  arguments.positional = std::move(positional);
  return arguments;
}

}  // namespace

const std::vector<std::string>& Arguments::All(std::string_view option) const {
  static const std::vector<std::string> kNothing;
  auto it = values.find(option);
  return it == values.end() ? kNothing : it->second;
}

std::string Arguments::Get(std::string_view option, std::string fallback) const {
  const auto& all = All(option);
  return all.empty() ? std::move(fallback) : all.back();
}

std::vector<std::string> SplitLists(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (const std::string& value : values) {
    size_t begin = 0;
    while (begin <= value.size()) {
      size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) out.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return out;
}

Result<Arguments> ParseArguments(const Command& command, const std::vector<std::string>& words) {
  CLI::App parser;
  parser.set_help_flag();
  std::vector<Slot> slots;
  for (const Option& o : command.options) slots.push_back({&o, {}, false});
  for (const Option& o : GlobalOptions()) slots.push_back({&o, {}, false});
  std::vector<std::string> positional;
  bool help = false;
  try {
    parser.add_flag("-h,--help", help);
    for (Slot& slot : slots) {
      if (slot.option->value) {
        parser.add_option(Flags(*slot.option), slot.values)
            ->expected(1)
            ->take_all()
            ->allow_extra_args(false)  // what follows the value is the command's own
            ->trigger_on_parse(false);
      } else {
        parser.add_flag(Flags(*slot.option), slot.on);
      }
    }
    parser.add_option("positional", positional);
    parser.allow_extras();
    // After "--" nothing is an option.
    const auto end = std::ranges::find(words, "--");
    std::vector<std::string> reversed(words.begin(), end);
    std::ranges::reverse(reversed);
    parser.parse(reversed);
    if (end != words.end()) positional.insert(positional.end(), end + 1, words.end());
  } catch (const CLI::ArgumentMismatch& e) {
    return NoValue(command, e.what());
  } catch (const CLI::ParseError& e) {
    return Usage(command, e.what());
  }
  if (help) {
    Arguments arguments;
    arguments.values["help"] = {"true"};
    return arguments;
  }
  if (auto extras = parser.remaining(); !extras.empty())
    return UnknownWord(command, extras.front());
  int given = static_cast<int>(positional.size());
  if (given > command.max_positional)
    return UnknownWord(command, positional[command.max_positional]);
  if (given < command.min_positional)
    return Usage(command, fmt::format("{} is missing", command.positional));
  return Collect(command, slots, std::move(positional));
}

}  // namespace seawall::app
