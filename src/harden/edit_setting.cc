#include "harden/edit_setting.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/flag_table.h"
#include "harden/edit_flags.h"
#include "harden/edit_variable.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;
using cluster::OriginKind;
using cluster::Setting;

std::unexpected<Error> Refused(const std::string& name, const Place& place, std::string why) {
  return Fail(
      ErrorCode::kUnsupported, "edit " + name,
      place.line == 0 ? place.file : fmt::format("{}:{}:{}", place.file, place.line, place.column),
      std::move(why), "edit it by hand");
}

Fresh ToFresh(const Wanted& wanted) {
  const auto one = [&](const std::string& text) {
    return wanted.literal ? Fresh::Literal(text) : Fresh::Text(text);
  };
  if (!wanted.list) return one(wanted.items.front());
  std::vector<Fresh> items;
  for (const std::string& item : wanted.items) items.push_back(one(item));
  return Fresh::List(std::move(items));
}

/// Keys of etcd's file for flags that are called otherwise there.
std::vector<std::string> EtcdPath(const std::string& flag) {
  constexpr std::string_view kSecurity[] = {"cert-file", "key-file", "trusted-ca-file",
                                            "client-cert-auth", "auto-tls"};
  const bool peer = flag.starts_with("peer-");
  std::string key = peer ? flag.substr(5) : flag;
  if (peer && key == "cert-allowed-cn") key = "allowed-cn";
  if (!peer && key == "client-cert-allowed-hostname") key = "allowed-hostname";
  const bool inside = std::ranges::find(kSecurity, std::string_view(key)) != std::end(kSecurity) ||
                      key.starts_with("allowed-");
  if (!inside) return {flag};
  return {peer ? "peer-transport-security" : "client-transport-security", key};
}

std::vector<std::string> PathOf(const Component& component, const std::string& field) {
  if (component.kind == ComponentKind::kEtcd) return EtcdPath(field);
  std::vector<std::string> path;
  for (const std::string_view part : Split(field, '.')) path.emplace_back(part);
  return path;
}

Result<Touches> EditFile(const Node& node, const Component& component, const std::string& file,
                         const std::string& field, const std::optional<Wanted>& wanted) {
  const auto& stream = node.Yaml(file);
  if (!stream) return std::unexpected(stream.error());
  const Fresh value = wanted ? ToFresh(*wanted) : Fresh();
  auto edit = SetPath(*stream, PathOf(component, field), wanted ? &value : nullptr);
  if (!edit) return std::unexpected(edit.error());
  if (edit->length == 0 && edit->replacement.empty()) return Touches{};
  return Touches{Touch::Splice(file, std::move(*edit))};
}

/// The flag that says what the field says; "" when there is none.
std::string FlagFor(const Component& component, const std::string& name) {
  const cluster::FlagTable table(component.kind, component.version);
  if (table.Find(name) != nullptr) return name;
  const char* flag = table.FlagOf(name);
  return flag != nullptr ? flag : "";
}

bool HasFields(const Component& component) {
  return component.kind == ComponentKind::kKubelet || component.kind == ComponentKind::kProxy ||
         component.kind == ComponentKind::kEtcd;
}

/// The scheduler's settings that its file decides when there is one, by the file's own names.
std::string SchedulerField(const std::string& flag) {
  if (flag == "profiling") return "enableProfiling";
  return flag == "contention-profiling" ? "enableContentionProfiling" : "";
}

Result<Touches> EditWritten(const Node& node, const Component& component, const Setting& setting,
                            const std::optional<Wanted>& wanted) {
  const Place& place = setting.origin.place;
  if (place.file.empty()) return Refused(setting.name, place, "no file says where it comes from");
  switch (setting.origin.kind) {
    case OriginKind::kFile:
    case OriginKind::kDropIn: {
      const std::string own =
          component.kind == ComponentKind::kScheduler ? SchedulerField(setting.name) : setting.name;
      return EditFile(node, component, place.file, own.empty() ? setting.name : own, wanted);
    }
    case OriginKind::kEnv:
      if (component.kind == ComponentKind::kEtcd) {
        const std::string flag = FlagFor(component, setting.name);
        auto by_flag = EditFlag(node, component, flag, std::nullopt);
        // No argument has it: a variable of etcd's own.
        if (by_flag && by_flag->empty())
          return EditVariable(node, component, flag,
                              wanted ? std::optional(Join(wanted->items, ",")) : std::nullopt);
      }
      [[fallthrough]];
    case OriginKind::kFlag: {
      std::string flag = FlagFor(component, setting.name);
      // What this version no longer knows can still be taken away.
      if (flag.empty() && !wanted) flag = setting.name;
      if (flag.empty()) return Refused(setting.name, place, "no flag is known for it");
      return EditFlag(node, component, flag,
                      wanted ? std::optional(Join(wanted->items, ",")) : std::nullopt);
    }
    case OriginKind::kDefault:
      break;
  }
  return Touches{};
}

}  // namespace

std::string ConfigFileOf(const Component& component) {
  const bool etcd = component.kind == ComponentKind::kEtcd;
  if (!HasFields(component) && component.kind != ComponentKind::kScheduler) return "";
  const Setting config = component.Get(etcd ? "config-file" : "config");
  if (!config.known() || config.text.empty()) return "";
  return component.HostPath(config.text).value_or("");
}

Result<Touches> EditSetting(const Node& node, const Component& component, const std::string& name,
                            const std::optional<Wanted>& wanted) {
  const Setting setting = component.Get(name);
  const auto written = component.written.find(setting.name);
  if (setting.written() || written != component.written.end())
    return EditWritten(node, component,
                       written != component.written.end() ? written->second : setting, wanted);
  if (!wanted) return Touches{};
  const std::string file = ConfigFileOf(component);
  const cluster::FlagTable table(component.kind, component.version);
  const bool only_flag =
      table.Find(setting.name) != nullptr && component.kind != ComponentKind::kEtcd;
  if (!file.empty() && HasFields(component) && !only_flag)
    return EditFile(node, component, file, setting.name, wanted);
  if (!file.empty() && !SchedulerField(setting.name).empty())
    return EditFile(node, component, file, SchedulerField(setting.name), wanted);
  const std::string flag = FlagFor(component, setting.name);
  if (flag.empty())
    return Refused(setting.name, component.where,
                   "it can only be said in a configuration file, and the component has none");
  return EditFlag(node, component, flag, Join(wanted->items, ","));
}

}  // namespace seawall::harden
