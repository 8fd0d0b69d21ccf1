#include "cluster/refusals.h"
#include "cluster/settings_readers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

/// Without --authorization-mode and --authorization-config everything is allowed; the flag's printed default is empty.
void AllowWithoutModes(Component& server) {
  const auto modes = server.written.find("authorization-mode");
  if (modes != server.written.end() && !(modes->second.known() && modes->second.items.empty())) return;
  const auto config = server.written.find("authorization-config");
  if (config != server.written.end() && !(config->second.known() && config->second.text.empty())) return;
  if (!server.gaps.empty()) return;
  Setting setting;
  setting.name = "authorization-mode";
  setting.state = SettingState::kDefault;
  setting.text = "AlwaysAllow";
  setting.items = {{"AlwaysAllow", {}}};
  setting.origin.note = "neither --authorization-mode nor --authorization-config is given";
  if (modes != server.written.end()) setting.overrode.push_back({"", modes->second.origin});
  server.written[setting.name] = std::move(setting);
}

}  // namespace

void ReadApiServer(const Node& node, Component& component) {
  const FlagTable table(component.kind, component.version);
  ReadFlags(table, component);
  RefuseApiServer(node, component);
  AllowWithoutModes(component);
}

}  // namespace seawall::cluster
