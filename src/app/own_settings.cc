#include "app/own_settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "app/parse.h"
#include "app/prove_options.h"
#include "app/select.h"
#include "app/small_file.h"
#include "base/text.h"
#include "yaml/document.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read seawall's settings";

constexpr Settable kSettables[] = {
    {"color", "auto"},
    {"output", "text"},
    {"quiet", "false"},
    {"verbose", "false"},
    {"rules", "every rule"},
    {"row", "every row"},
    {"cis", "every item"},
    {"severity", "low"},
    {"fail-on", "low"},
    {"waivers", "./seawall-waivers.yaml, if it is there and yours"},
    {"no-waivers", "false"},
    {"timeout", "3s"},
    {"attestations", "./seawall-attestations.yaml, if it is there and yours"},
    {"no-attestations", "false"},
    {"policy", "none"},
    {"concurrency", "256"},
    {"max-per-host", "8"},
};

/// Options of which only one can be given: a stronger source's takes the others away.
constexpr const char* kExclusive[][2] = {
    {"quiet", "verbose"}, {"waivers", "no-waivers"}, {"attestations", "no-attestations"}};

constexpr const char* kNarrowsRules[] = {"severity", "row", "cis"};

std::unexpected<Error> Wrong(const Place& place, std::string why, std::string todo) {
  return Fail(ErrorCode::kMalformed, kAttempt,
              fmt::format("{}:{}:{}", place.file, place.line, place.column), std::move(why),
              std::move(todo));
}

const Settable* FindSettable(std::string_view key) {
  const auto found =
      std::ranges::find_if(kSettables, [&](const Settable& s) { return key == s.key; });
  return found == std::end(kSettables) ? nullptr : found;
}

const Option* FindOption(const Command& command, std::string_view key) {
  for (const std::span<const Option> options : {command.options, GlobalOptions()}) {
    for (const Option& option : options) {
      if (std::string_view(option.name).substr(2) == key) return &option;
    }
  }
  return nullptr;
}

/// The options of this name that a setting is for: one command's, or every command's.
std::vector<const Option*> OptionsOf(const std::string& command, std::string_view key) {
  std::vector<const Option*> options;
  for (const Command& own : AllCommands()) {
    if (!command.empty() && command != own.name) continue;
    if (const Option* option = FindOption(own, key)) options.push_back(option);
  }
  return options;
}

/// Why the option does not take the value; nothing when it does.
std::optional<std::string> Refusal(const Option& option, std::string value) {
  if (option.value == nullptr)
    return value == "true" || value == "false" ? std::nullopt
                                               : std::optional<std::string>("true or false");
  if (option.choices == nullptr) return std::nullopt;
  if (std::string_view(option.value).ends_with("[=FILE]"))
    value.resize(std::min(value.find('='), value.size()));
  const std::vector<std::string> choices = SplitWords(option.choices);
  if (std::ranges::find(choices, value) != choices.end()) return std::nullopt;
  return "one of: " + Join(choices, ", ");
}

/// What is wrong with a setting's values; nothing when at least one command takes them.
std::optional<std::string> Complaint(const OwnSetting& setting) {
  const auto options = OptionsOf(setting.command, setting.key);
  for (const std::string& value : setting.values) {
    std::optional<std::string> refusal;
    bool taken = false;
    for (const Option* option : options) {
      const auto own = Refusal(*option, value);
      taken |= !own;
      // The longest list of choices is the one that a setting for every command is about.
      if (own && (!refusal || own->size() > refusal->size())) refusal = own;
    }
    if (!taken && refusal) {
      return fmt::format("{} does not take '{}', it takes {}", setting.key,
                         PrintableShort(value, 60), *refusal);
    }
  }
  if (setting.values.size() > 1 &&
      std::ranges::none_of(options, [](const Option* option) { return option->repeats; }))
    return fmt::format("{} takes one value", setting.key);
  Arguments alone;
  alone.values[setting.key] = setting.values;
  if (const auto probe = ReadProbeOptions(alone); !probe) {
    const Error& error = probe.error();
    return fmt::format("{} does not take it: {}{}", setting.key, error.why,
                       error.todo.empty() ? "" : ": " + error.todo);
  }
  if (setting.key == "rules" || setting.key == "row" || setting.key == "cis") {
    if (const auto selection = ReadSelection(alone); !selection)
      return selection.error().why + (selection.error().todo.empty() ? "" : ": ") +
             selection.error().todo;
  }
  return std::nullopt;
}

class FileReader {
 public:
  explicit FileReader(std::vector<OwnSetting>& settings) : settings_(settings) {}

  Result<void> Read(const std::string& file, std::string bytes) {
    auto stream = yaml::Parse(file, std::move(bytes));
    if (!stream) {
      stream.error().attempt = kAttempt;
      return std::unexpected(stream.error());
    }
    if (!stream->duplicates().empty()) {
      const auto& twice = stream->duplicates().front();
      return Wrong(twice.again,
                   fmt::format("the key '{}' stands there twice", PrintableShort(twice.key, 40)),
                   "leave one");
    }
    if (stream->documents() > 1)
      return Wrong(stream->root(1).place(), "a second document", "one is read");
    const yaml::Value root = stream->root();
    if (root.is_null()) return {};  // empty, or comments only
    if (!root.is_mapping()) return Wrong(root.place(), "it is no mapping", "write KEY: VALUE");
    // What is of one command is stronger than what is of all.
    if (auto ok = ReadCommands(root["commands"]); !ok) return ok;
    return ReadKeys(root, "");
  }

 private:
  Result<void> ReadCommands(const yaml::Value& commands) {
    if (commands.is_null()) return {};
    if (!commands.is_mapping())
      return Wrong(commands.place(), "commands is no mapping", "write COMMAND: {KEY: VALUE}");
    for (const yaml::Value::Pair& pair : commands.Pairs()) {
      const std::string name = pair.key.KeyText();
      if (FindCommand(name) == nullptr) {
        std::vector<std::string> names;
        for (const Command& command : AllCommands()) names.emplace_back(command.name);
        const auto near = Closest(name, names);
        return Wrong(pair.key.place(),
                     fmt::format("there is no command '{}'", PrintableShort(name, 40)),
                     near ? fmt::format("did you mean {}?", *near) : "see `seawall help`");
      }
      if (!pair.value.is_mapping())
        return Wrong(pair.value.place(), name + " is no mapping", "write KEY: VALUE below it");
      if (auto ok = ReadKeys(pair.value, name); !ok) return ok;
    }
    return {};
  }

  Result<void> ReadKeys(const yaml::Value& mapping, const std::string& command) {
    for (const yaml::Value::Pair& pair : mapping.Pairs()) {
      const std::string key = pair.key.KeyText();
      if (command.empty() && key == "commands") continue;
      if (FindSettable(key) == nullptr || OptionsOf(command, key).empty())
        return UnknownKey(pair.key, key, command);
      if (auto ok = ReadOne(pair.value, key, command); !ok) return ok;
    }
    return {};
  }

  static std::unexpected<Error> UnknownKey(const yaml::Value& at, const std::string& key,
                                           const std::string& command) {
    std::vector<std::string> keys;
    bool option = false;
    for (const Settable& s : AllSettables()) {
      if (!OptionsOf(command, s.key).empty()) keys.emplace_back(s.key);
    }
    for (const Command& own : AllCommands()) option |= FindOption(own, key) != nullptr;
    const auto near = Closest(key, keys);
    const std::string of = command.empty() ? "" : fmt::format(" of {}", command);
    return Wrong(at.place(),
                 option && !near
                     ? fmt::format("--{} cannot be set beforehand{}", key, of)
                     : fmt::format("there is no setting '{}'{}", PrintableShort(key, 40), of),
                 near ? fmt::format("did you mean {}?", *near)
                      : fmt::format("there are {}", Join(keys, ", ")));
  }

  Result<void> ReadOne(const yaml::Value& value, const std::string& key,
                       const std::string& command) {
    OwnSetting setting{command, key, {}, ""};
    const std::vector<yaml::Value> items =
        value.is_sequence() ? value.Items() : std::vector<yaml::Value>{value};
    for (const yaml::Value& item : items) {
      if (!item.is_scalar() || item.is_null() || Trim(item.text()).empty())
        return Wrong(item.exists() ? item.place() : value.place(), key + " is empty, or no text",
                     "leave it out, or write what is meant");
      // YAML 1.1's yes and no.
      const auto boolean = item.AsBool();
      setting.values.push_back(boolean ? (*boolean ? "true" : "false") : item.text());
    }
    if (setting.values.empty())
      return Wrong(value.place(), key + " is an empty list", "leave it out");
    const Place place = value.place();
    setting.origin = fmt::format("{}:{}:{}", place.file, place.line, place.column);
    if (const auto complaint = Complaint(setting)) return Wrong(place, *complaint, "");
    settings_.push_back(std::move(setting));
    return {};
  }

  std::vector<OwnSetting>& settings_;
};

std::string VariableOf(std::string_view key) {
  std::string name = "SEAWALL_";
  for (const char c : key) name += c == '-' ? '_' : static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return name;
}

Result<std::optional<OwnSetting>> ReadVariable(const Settable& settable,
                                               const SettingSources& sources) {
  const std::string name = VariableOf(settable.key);
  const char* value = sources.variable(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  OwnSetting setting{"", settable.key, {}, name};
  const auto options = OptionsOf("", settable.key);
  const bool list =
      std::ranges::any_of(options, [](const Option* option) { return option->repeats; });
  setting.values = list ? SplitLists({value}) : std::vector<std::string>{value};
  if (setting.values.empty()) return std::nullopt;
  if (const auto complaint = Complaint(setting))
    return Fail(ErrorCode::kUsage, kAttempt, name, *complaint, "mend or unset it");
  return setting;
}

}  // namespace

std::span<const Settable> AllSettables() { return kSettables; }

SettingSources SourcesOfProcess() {
  SettingSources sources;
  sources.variable = [](const char* name) -> const char* { return std::getenv(name); };
  if (const char* own = std::getenv("SEAWALL_CONFIG")) {
    if (*own) sources.files.emplace_back(own);
    sources.named = true;
    return sources;
  }
  const char* folder = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  // The XDG specification ignores a relative folder.
  if (folder != nullptr && *folder == '/') {
    sources.files.push_back(std::string(folder) + "/seawall/config.yaml");
  } else if (home != nullptr && *home == '/') {
    sources.files.push_back(std::string(home) + "/.config/seawall/config.yaml");
  }
  sources.files.emplace_back("/etc/seawall/config.yaml");
  return sources;
}

std::vector<std::string> MistakenVariables(const std::vector<std::string>& names) {
  constexpr std::string_view kBegin = "SEAWALL_";
  std::vector<std::string> known = {"SEAWALL_CONFIG"}, keys = {"CONFIG"}, others, mistaken;
  for (const Settable& settable : kSettables) {
    known.push_back(VariableOf(settable.key));
    keys.push_back(known.back().substr(kBegin.size()));
  }
  for (const Command& command : AllCommands()) {
    for (const Option& option : command.options)
      others.push_back(VariableOf(std::string_view(option.name).substr(2)));
  }
  for (const std::string& name : names) {
    if (!name.starts_with(kBegin) || std::ranges::find(known, name) != known.end() ||
        name.starts_with("SEAWALL_SERVICE_") || name.starts_with("SEAWALL_PORT"))
      continue;
    const std::string shown = PrintableShort(name, 60);
    if (std::ranges::find(others, name) != others.end()) {
      mistaken.push_back(shown + " sets nothing: that option cannot be set beforehand");
    } else if (const auto near = Closest(name.substr(kBegin.size()), keys)) {
      mistaken.push_back(fmt::format("{} sets nothing: did you mean {}{}?", shown, kBegin, *near));
    }
  }
  return mistaken;
}

void WarnOfVariables() {
  std::vector<std::string> names;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string_view text = *one;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& warning : MistakenVariables(names))
    fmt::print(stderr, "seawall: warning: {}\n", warning);
}

void OwnSettings::Add(OwnSetting setting) {
  const bool hidden = std::ranges::any_of(settings_, [&](const OwnSetting& own) {
    return own.key == setting.key && (own.command == setting.command || own.command.empty());
  });
  if (!hidden) settings_.push_back(std::move(setting));
}

Result<OwnSettings> OwnSettings::Read(const SettingSources& sources) {
  OwnSettings own;
  for (const Settable& settable : kSettables) {
    auto setting = ReadVariable(settable, sources);
    if (!setting) return std::unexpected(setting.error());
    if (*setting) own.Add(std::move(**setting));
  }
  for (const std::string& file : sources.files) {
    auto bytes = ReadOwnFile(file, kAttempt, "it belongs to you or root, and nobody else writes");
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes && sources.named && access(file.c_str(), F_OK) != 0) {
      return Fail(ErrorCode::kNotFound, kAttempt, file,
                  "$SEAWALL_CONFIG names it, and it is not there",
                  "mend the variable; empty, it means no file");
    }
    if (!*bytes) continue;
    std::vector<OwnSetting> read;
    if (auto ok = FileReader(read).Read(file, std::move(**bytes)); !ok)
      return std::unexpected(ok.error());
    for (OwnSetting& setting : read) own.Add(std::move(setting));
  }
  return own;
}

void OwnSettings::Apply(const Command& command, Arguments& arguments) const {
  std::vector<std::string> decided;  // by a stronger source, though not given
  const auto decide = [&](std::string_view key) {
    for (const auto& pair : kExclusive) {
      if (key == pair[0]) decided.emplace_back(pair[1]);
      if (key == pair[1]) decided.emplace_back(pair[0]);
    }
  };
  for (const auto& [key, values] : arguments.values) decide(key);
  // Who names a rule now wants it, whatever else was to be asked for every time.
  if (arguments.Has("rules"))
    decided.insert(decided.end(), std::begin(kNarrowsRules), std::end(kNarrowsRules));
  for (const OwnSetting& setting : settings_) {
    if (!setting.command.empty() && setting.command != command.name) continue;
    const Option* option = FindOption(command, setting.key);
    if (option == nullptr || arguments.Has(setting.key) ||
        std::ranges::find(decided, setting.key) != decided.end())
      continue;
    // What only other commands take is not for this one.
    const bool taken = std::ranges::none_of(setting.values, [&](const std::string& value) {
      return Refusal(*option, value).has_value();
    });
    if (!taken || (setting.values.size() > 1 && !option->repeats)) continue;
    decided.push_back(setting.key);
    if (option->value == nullptr && setting.values.back() == "false") continue;
    decide(setting.key);
    arguments.values[setting.key] = setting.values;
  }
}

}  // namespace seawall::app
