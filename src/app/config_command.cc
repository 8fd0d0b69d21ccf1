// `seawall config view`: which settings of seawall itself hold, and where they come from.
#include <fmt/format.h>

#include "app/app.h"
#include "app/own_settings.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/json_writer.h"

namespace seawall::app {
namespace {

/// A value as YAML has it: always quoted where a plain one could be read otherwise.
std::string Quoted(const std::string& value) {
  const bool plain = !value.empty() &&
                     value.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                         "YZ0123456789-_./=") == std::string::npos &&
                     value.front() != '-' && value.front() != '=';
  if (plain) return value;
  std::string quoted = "'";
  for (const char c : Printable(value)) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string ValueText(const OwnSetting& setting) {
  if (setting.values.size() == 1) return Quoted(setting.values[0]);
  std::vector<std::string> quoted;
  for (const std::string& value : setting.values) quoted.push_back(Quoted(value));
  return fmt::format("[{}]", Join(quoted, ", "));
}

const OwnSetting* Find(const OwnSettings& own, const std::string& command, const char* key) {
  for (const OwnSetting& setting : own.settings()) {
    if (setting.command == command && setting.key == key) return &setting;
  }
  return nullptr;
}

std::string AsText(const OwnSettings& own, bool origin) {
  std::string out;
  const auto line = [&](const char* indent, const OwnSetting& setting) {
    out += fmt::format("{}{}: {}{}\n", indent, setting.key, ValueText(setting),
                       origin ? "  # " + Printable(setting.origin) : "");
  };
  for (const Settable& settable : AllSettables()) {
    if (const OwnSetting* setting = Find(own, "", settable.key)) {
      line("", *setting);
    } else {
      out += fmt::format("# {}: {}{}\n", settable.key, settable.otherwise,
                         origin ? "  # default" : "");
    }
  }
  bool begun = false;
  for (const Command& command : AllCommands()) {
    bool named = false;
    for (const Settable& settable : AllSettables()) {
      const OwnSetting* setting = Find(own, command.name, settable.key);
      if (setting == nullptr) continue;
      if (!begun) out += "commands:\n";
      if (!named) out += fmt::format("  {}:\n", command.name);
      begun = named = true;
      line("    ", *setting);
    }
  }
  return out;
}

void WriteSetting(report::JsonWriter& out, const std::string& command, const char* key,
                  const std::vector<std::string>& values, std::string_view origin) {
  out.StartObject();
  report::Field(out, "setting", key);
  report::Field(out, "command", command);
  out.Key("values");
  out.StartArray();
  for (const std::string& value : values) report::Text(out, value);
  out.EndArray();
  report::Field(out, "origin", origin);
  out.EndObject();
}

std::string AsJson(const OwnSettings& own) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  out.Key("settings");
  out.StartArray();
  for (const Settable& settable : AllSettables()) {
    const OwnSetting* general = Find(own, "", settable.key);
    if (general == nullptr) {
      WriteSetting(out, "", settable.key, {settable.otherwise}, "default");
    }
    for (const OwnSetting& setting : own.settings()) {
      if (setting.key == settable.key)
        WriteSetting(out, setting.command, settable.key, setting.values, setting.origin);
    }
  }
  out.EndArray();
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace

Result<int> RunConfig(const Arguments& arguments) {
  if (arguments.positional[0] != "view") {
    return Fail(ErrorCode::kUsage, "understand `seawall config`", "",
                fmt::format("it does not know '{}'", arguments.positional[0]),
                "it knows `seawall config view`");
  }
  WarnOfVariables();
  auto own = OwnSettings::Read(SourcesOfProcess());
  if (!own) return std::unexpected(own.error());
  const bool json = arguments.Get("output", "text") == "json";
  if (auto ok = WriteOut(json ? AsJson(*own) : AsText(*own, arguments.Has("origin"))); !ok)
    return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
