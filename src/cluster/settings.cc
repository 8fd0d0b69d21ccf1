#include "cluster/settings.h"

#include "cluster/flag_table.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {

void ReadSettings(const Node& node, Component& component) {
  if (!component.command.unknown.empty() && component.unknown.empty()) {
    component.unknown = component.command.unknown;
    component.how =
        "run seawall on the node itself, as root, where the running process shows its arguments";
  }
  switch (component.kind) {
    case ComponentKind::kApiServer:
      return ReadApiServer(node, component);
    case ComponentKind::kControllerManager:
      return ReadControllerManager(node, component);
    case ComponentKind::kScheduler:
      return ReadScheduler(node, component);
    case ComponentKind::kKubelet:
      return ReadKubelet(node, component);
    case ComponentKind::kProxy:
      return ReadProxy(node, component);
    case ComponentKind::kEtcd:
      return ReadEtcd(node, component);
  }
}

namespace {

/// The value that only a tool gives to a flag or field; nothing when somebody wrote it.
std::optional<std::string> ByTool(const Component& component, const FlagTable& flags,
                                  const std::string& name) {
  auto setting = component.written.find(name);
  if (const char* field = flags.Field(name); field != nullptr && setting == component.written.end())
    setting = component.written.find(field);
  if (setting != component.written.end()) {
    const Setting& found = setting->second;
    const bool of_version = found.state == SettingState::kDefault && found.origin.note.empty();
    if (found.origin.kind != OriginKind::kDefault || of_version) return std::nullopt;
    return found.text;
  }
  // etcd's file stands for every flag: only the command line still knows of --config-file.
  const std::string prefix = "--" + name + "=";
  for (const Argument& argument : component.command.arguments) {
    if (argument.origin == OriginKind::kDefault && argument.text.starts_with(prefix))
      return argument.text.substr(prefix.size());
  }
  return std::nullopt;
}

}  // namespace

void ForgiveTools(Component& component) {
  const FlagTable flags(component.kind, component.version);
  std::erase_if(component.problems, [&](const Problem& problem) {
    if (!problem.place.file.empty() || problem.setting.empty()) return false;
    auto value = ByTool(component, flags, problem.setting);
    if (!value) return false;
    if (problem.kind == Problem::Kind::kMissingFile) component.absent_tool_file = std::move(*value);
    return true;
  });
}

}  // namespace seawall::cluster
