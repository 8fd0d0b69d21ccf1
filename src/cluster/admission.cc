#include "cluster/admission.h"

#include <fmt/format.h>

#include "cluster/flag_table.h"

namespace seawall::cluster {
namespace {

PluginUse Decided(PluginState state, const Setting& by, const Item& item) {
  PluginUse use;
  use.state = state;
  use.setting = by;
  use.setting.items = {item};
  use.setting.origin.place = item.place;
  return use;
}

const Item* Find(const Setting& list, std::string_view plugin) {
  for (const Item& item : list.items) {
    if (item.text == plugin) return &item;
  }
  return nullptr;
}

PluginUse Unknown(const Setting& because) {
  PluginUse use;
  use.setting = because;
  return use;
}

PluginUse Default(const Component& server, const FlagTable& table, std::string_view plugin,
                  Setting setting) {
  PluginUse use;
  if (!table.certain()) {
    // Get() words it: nothing is written, and the version is not known.
    use.setting = std::move(setting);
    use.setting.state = SettingState::kUnknown;
    use.setting.items.clear();
    use.setting.text.clear();
    if (use.setting.why.empty()) {
      use.setting.why =
          "which admission plugins run by default depends on the version of kube-apiserver";
      use.setting.how = "say it with --component-version kube-apiserver=VERSION";
    }
    return use;
  }
  const auto* row = versions::FindAdmissionPlugin(plugin, table.minor());
  use.state = row == nullptr    ? PluginState::kAbsent
              : row->default_on ? PluginState::kOn
                                : PluginState::kOff;
  use.setting.name = setting.name;
  use.setting.state = row == nullptr ? SettingState::kAbsent : SettingState::kDefault;
  use.setting.text = row != nullptr && row->default_on ? "on" : row != nullptr ? "off" : "";
  use.setting.origin.note = fmt::format("kube-apiserver {}", server.version->ToString());
  return use;
}

}  // namespace

PluginUse AdmissionPlugin(const Component& server, std::string_view plugin) {
  const FlagTable table(server.kind, server.version);
  const Setting whole = server.Get("admission-control");
  // What a tool passes by itself (kubeadm: NodeRestriction) is on the command line as well.
  const auto given = [&](const Setting& list) {
    return list.written() || (list.known() && server.written.contains(list.name));
  };
  if (given(whole)) {
    if (const Item* item = Find(whole, plugin)) return Decided(PluginState::kOn, whole, *item);
    PluginUse use;
    use.state = PluginState::kOff;
    use.setting = whole;
    return use;
  }
  const Setting enable = server.Get("enable-admission-plugins");
  const Setting disable = server.Get("disable-admission-plugins");
  // With what is known of one list the other may still decide: a plugin in both stops the server.
  if (given(enable)) {
    if (const Item* item = Find(enable, plugin)) return Decided(PluginState::kOn, enable, *item);
  }
  if (given(disable)) {
    if (const Item* item = Find(disable, plugin)) return Decided(PluginState::kOff, disable, *item);
  }
  const bool unwritten_only_for_version = server.unknown.empty() && server.gaps.empty();
  for (const Setting* list : {&whole, &enable, &disable}) {
    if (list->state != SettingState::kUnknown) continue;
    if (unwritten_only_for_version && !server.written.contains(list->name)) continue;
    return Unknown(*list);
  }
  return Default(server, table, plugin, enable);
}

std::vector<std::pair<std::string, PluginUse>> AdmissionPlugins(const Component& server) {
  std::vector<std::pair<std::string, PluginUse>> plugins;
  const FlagTable table(server.kind, server.version);
  if (!table.certain()) return plugins;
  for (const versions::AdmissionRow& row : versions::AdmissionPlugins()) {
    if (versions::Covers(row, table.minor()))
      plugins.emplace_back(row.plugin, AdmissionPlugin(server, row.plugin));
  }
  return plugins;
}

}  // namespace seawall::cluster
