#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "cluster/config_source.h"
#include "cluster/kubelet_config.h"
#include "cluster/pflag.h"
#include "cluster/refusals.h"
#include "cluster/settings_readers.h"
#include "cluster/value_text.h"

namespace seawall::cluster {
namespace {

std::string_view KeyOf(std::string_view pair) { return pair.substr(0, pair.find('=')); }

/// `winner` over what a file said.
void Override(Settings& fields, const std::string& name, Setting winner) {
  const auto [found, fresh] = fields.try_emplace(name);
  Setting& old = found->second;
  if (!fresh) {
    if (old.state == SettingState::kSet) winner.overrode.push_back({old.text, old.origin});
    for (Overridden& before : old.overrode) winner.overrode.push_back(std::move(before));
  }
  winner.name = name;
  old = std::move(winner);
}

/// Gates of the flag win one by one; the others of the files stay.
void OverrideGates(Settings& fields, Setting flag, const std::vector<Gap>& gaps) {
  const bool files_known =
      std::ranges::none_of(gaps, [](const Gap& gap) { return gap.only_fields; });
  for (const Item& item : flag.items) {
    Setting one;
    one.state = SettingState::kSet;
    one.text = item.text.substr(std::min(item.text.size(), KeyOf(item.text).size() + 1));
    one.items = {{one.text, item.place}};
    one.origin = {flag.origin.kind, item.place, {}};
    Override(fields, "featureGates." + std::string(KeyOf(item.text)), std::move(one));
  }
  const auto old = fields.find("featureGates");
  if (flag.state == SettingState::kSet && old != fields.end()) {
    if (old->second.state != SettingState::kSet) {
      flag.state = old->second.state;
      flag.why = old->second.why;
      flag.how = old->second.how;
    }
    std::set<std::string, std::less<>> named;
    for (const Item& item : flag.items) named.emplace(KeyOf(item.text));
    for (Item& item : old->second.items) {
      const bool again = named.contains(KeyOf(item.text));
      if (again)
        flag.overrode.push_back({item.text, {old->second.origin.kind, item.place, {}}});
      else
        flag.items.push_back(std::move(item));
    }
    flag.text = Joined(flag.items);
  } else if (flag.state == SettingState::kSet && !files_known) {
    flag.state = SettingState::kUnknown;
    flag.why = "the kubelet's configuration could not be read, and may set further gates";
  }
  flag.name = "featureGates";
  fields["featureGates"] = std::move(flag);
}

/// --seccomp-default and seccompDefault are or-ed.
void OrSeccomp(Settings& fields, Setting flag) {
  const auto file = fields.find("seccompDefault");
  if (file != fields.end() && file->second.text == "true" && flag.text != "true") {
    file->second.overrode.insert(file->second.overrode.begin(), {flag.text, flag.origin});
    return;
  }
  // "false" by flag says nothing: a file that could not be read may say true.
  if (flag.state == SettingState::kSet && flag.text == "false" && file == fields.end()) return;
  Override(fields, "seccompDefault", std::move(flag));
}

}  // namespace

void ReadKubelet(const Node& node, Component& kubelet) {
  const FlagTable table(kubelet.kind, kubelet.version);
  FlagRead read = ReadPflags(kubelet.command, table);
  for (Problem& problem : read.problems) kubelet.problems.push_back(std::move(problem));
  Settings flags = FoldFlags(read, kubelet.problems);
  Settings fields;
  if (!read.hidden.empty()) {
    AddHiddenGap(kubelet, read.hidden);
    if (!flags.contains("config")) {
      // What the files say may be overridden, or come from another file than we think.
      Setting unknown;
      unknown.state = SettingState::kUnknown;
      unknown.why = read.hidden;
      flags["config"] = unknown;
      flags["config"].name = "config";
    }
  }
  ReadKubeletFiles(node, kubelet, flags, fields);
  if (!read.hidden.empty()) {
    for (auto& [name, setting] : fields) {
      setting.state = SettingState::kUnknown;
      setting.why = read.hidden;
      setting.text.clear();
      setting.items.clear();
    }
  }
  for (auto& [name, setting] : flags) {
    const char* field = table.Field(name);
    if (name == "seccomp-default") {
      OrSeccomp(fields, std::move(setting));
    } else if (name == "feature-gates") {
      OverrideGates(fields, std::move(setting), kubelet.gaps);
    } else {
      Override(fields, field != nullptr ? std::string(field) : name, std::move(setting));
    }
  }
  for (auto& [name, setting] : fields) kubelet.written[name] = std::move(setting);
  RefuseKubelet(node, kubelet);
}

}  // namespace seawall::cluster
