// What a new file of ours needs: its folder, an owner who can read it, and in a static pod a volume
// with its mount.
#include <fmt/format.h>

#include "harden/edit_flags.h"
#include "harden/edit_yaml.h"
#include "harden/fix_actions.h"

namespace seawall::harden {
namespace {

using yaml::NodeId;
using yaml::Value;

Fresh Volume(const std::string& name, const std::string& path) {
  return Fresh::Map({{"hostPath", Fresh::Map({{"path", Fresh::Text(path)},
                                              {"type", Fresh::Text("DirectoryOrCreate")}})},
                     {"name", Fresh::Text(name)}});
}

Fresh VolumeMount(const std::string& name, const std::string& path, bool read_only) {
  std::vector<std::pair<std::string, Fresh>> pairs = {{"mountPath", Fresh::Text(path)},
                                                      {"name", Fresh::Text(name)}};
  if (read_only) pairs.emplace_back("readOnly", Fresh::Literal("true"));
  return Fresh::Map(std::move(pairs));
}

/// `item` at the end of the list `key` of `map`; the list is made when it is not there.
Result<Edit> Append(const yaml::Stream& stream, Value map, const std::string& key, Fresh item) {
  const Value list = map[key];
  if (!list.exists() || list.is_null()) {
    if (list.exists())
      return SpliceFor(
          stream, {YamlEdit::Kind::kReplace, list.id(), 0, "", Fresh::List({std::move(item)})});
    return SpliceFor(
        stream, {YamlEdit::Kind::kInsertPair, map.id(), 0, key, Fresh::List({std::move(item)})});
  }
  return SpliceFor(stream,
                   {YamlEdit::Kind::kInsertItem, list.id(), list.size(), "", std::move(item)});
}

Value ContainerAt(const yaml::Stream& stream, const cluster::Component& component) {
  for (NodeId id = 0; id < stream.size(); ++id) {
    if (stream.node(id).kind == yaml::Kind::kMapping &&
        stream.node(id).span == component.where.bytes)
      return Value(&stream, id);
  }
  return {};
}

bool HasVolume(Value pod, const std::string& name) {
  for (const Value volume : pod.Path("spec.volumes").Items()) {
    if (volume["name"].text() == name) return true;
  }
  return false;
}

}  // namespace

Result<void> EnsureMount(const FixContext& context, const std::string& name,
                         const std::string& path, bool read_only, Draft& draft) {
  const cluster::Component& component = *context.component;
  draft.mounts.push_back({component.instance, name, path, read_only});
  if (!component.in_container || component.HostPath(path) == path) return {};
  if (component.run_by != cluster::RunBy::kStaticPod)
    return Missing(fmt::format("{} does not see {}", component.instance, path),
                   "mount the folder, then plan again");
  if (component.HostPath(path))
    return Missing(fmt::format("{} has something else mounted at {}", component.instance, path),
                   "mount the node's own folder there, then plan again");
  const auto& stream = context.node.Yaml(component.where.file);
  if (!stream) return std::unexpected(stream.error());
  const Value container = ContainerAt(*stream, component);
  const Value pod = stream->root(0);
  if (!container.exists() || !pod["spec"].is_mapping())
    return Missing("the manifest is of no known form", "mount the folder by hand");
  if (HasVolume(pod, name))
    return Missing(fmt::format("a volume is called {} already", name), "mount the folder by hand");
  auto mount = Append(*stream, container, "volumeMounts", VolumeMount(name, path, read_only));
  if (!mount) return std::unexpected(mount.error());
  auto volume = Append(*stream, pod["spec"], "volumes", Volume(name, path));
  if (!volume) return std::unexpected(volume.error());
  draft.touches.push_back(Touch::Splice(component.where.file, std::move(*mount)));
  draft.touches.push_back(Touch::Splice(component.where.file, std::move(*volume)));
  return {};
}

Result<void> NewFile(const FixContext& context, const std::string& path, std::string content,
                     Draft& draft) {
  Touch file = Touch::Create(path, std::move(content), 0600);
  const cluster::Setting key = context.component->Get("tls-private-key-file");
  const auto on_node = key.known() ? context.component->HostPath(key.text) : std::nullopt;
  if (on_node && !key.text.empty()) {
    if (const auto& stat = context.node.Stat(*on_node)) {
      file.uid = stat->uid;
      file.gid = stat->gid;
    }
  }
  AddFolders(context.node, path, draft.touches);
  draft.touches.push_back(std::move(file));
  return {};
}

}  // namespace seawall::harden
