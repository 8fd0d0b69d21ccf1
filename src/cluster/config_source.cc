#include "cluster/config_source.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/flag_use.h"

namespace seawall::cluster {
namespace {

constexpr const char* kRunThere = "run seawall on the node itself, as root";

/// Volumes cover what is below them, whatever their kind.
const Mount* CoveringMount(const Component& component, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : component.mounts) {
    std::string_view at = mount.container_path;
    while (at.ends_with('/')) at.remove_suffix(1);
    const bool below = path.starts_with(at) && (path.size() == at.size() || path[at.size()] == '/');
    if (below && (best == nullptr || mount.container_path.size() >= best->container_path.size()))
      best = &mount;
  }
  return best;
}

}  // namespace

SourcePath FindSource(const Node& node, const Component& component, std::string_view path) {
  SourcePath source;
  const std::string kNotGiven =
      fmt::format("{} is not among what was given to seawall", PrintableShort(path, 200));
  if (!node.files) {
    source.why = kNotGiven;
    return source;
  }
  if (!path.starts_with('/')) {
    source.why = "a relative path: the working folder of the component is not known";
    return source;
  }
  if (auto host_path = component.HostPath(path)) {
    // Of a node made of configuration only the files that came with it can be judged.
    if (!node.is_machine && !node.files->Stat(*host_path)) {
      source.why = kNotGiven;
      return source;
    }
    source.reach = SourcePath::Reach::kNode;
    source.host_path = std::move(*host_path);
    return source;
  }
  const Mount* mount = CoveringMount(component, path);
  source.reach = mount != nullptr ? SourcePath::Reach::kVolume : SourcePath::Reach::kNotMounted;
  source.why =
      mount != nullptr
          ? fmt::format("it lies in a volume of the pod ({}) that is no folder of the node",
                        mount->kind)
          : "nothing of the node is mounted into the pod there";
  return source;
}

SourceFile OpenSource(const Node& node, Component& component, const std::string& setting,
                      const std::string& path, const Place& place) {
  SourceFile file;
  const SourcePath source = FindSource(node, component, path);
  const auto refuse = [&](Problem::Kind kind, const Place& at) {
    component.problems.push_back(
        FlagProblem(kind, setting, fmt::format("{} of {}: {}", path, setting, file.why), at));
  };
  if (source.reach != SourcePath::Reach::kNode) {
    file.why = source.why;
    file.how = kRunThere;
    if (source.reach == SourcePath::Reach::kNotMounted) refuse(Problem::Kind::kMissingFile, place);
    return file;
  }
  const auto& stream = node.Yaml(source.host_path);
  if (stream) {
    file.stream = &*stream;
    return file;
  }
  const Error& error = stream.error();
  file.why = error.why;
  switch (error.code) {
    case ErrorCode::kNotFound:
      file.why = "there is no such file";
      file.how = "put the file there: the component does not start without it";
      refuse(Problem::Kind::kMissingFile, place);
      break;
    case ErrorCode::kNotRegular:
      file.how = "name a regular file";
      refuse(Problem::Kind::kMissingFile, place);
      break;
    case ErrorCode::kMalformed: {
      file.how = "mend the file";
      Place at;
      at.file = source.host_path;
      refuse(Problem::Kind::kMalformedFile, at);
      break;
    }
    default:
      file.how = error.todo.empty() ? kRunThere : error.todo;
  }
  file.why = fmt::format("{} ({}) could not be read: {}", path, setting, file.why);
  return file;
}

void CheckThere(const Node& node, Component& component, const Setting& setting, bool fatal) {
  if (!setting.written()) return;
  for (const Item& item : setting.items) {
    if (item.text.empty()) continue;
    const SourcePath source = FindSource(node, component, item.text);
    std::string why = source.why;
    if (source.reach == SourcePath::Reach::kNode) {
      const auto& stat = node.Stat(source.host_path);
      if (stat || stat.error().code != ErrorCode::kNotFound) continue;
      why = "there is no such file";
    } else if (source.reach != SourcePath::Reach::kNotMounted) {
      continue;
    }
    component.problems.push_back(
        FlagProblem(Problem::Kind::kMissingFile, setting.name,
                    fmt::format("{} of {}: {}", item.text, setting.name, why), item.place, fatal));
  }
}

}  // namespace seawall::cluster
