#include "api/pod_components.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/pod_container.h"

namespace seawall::api {

using cluster::Component;
using cluster::ComponentKind;

namespace {

constexpr const char* kSystem = "/api/v1/namespaces/kube-system";

class PodReader {
 public:
  explicit PodReader(Asker& ask) : ask_(ask) {}

  PodComponents Read() {
    const auto ok = ask_.Each(
        {.path = std::string(kSystem) + "/pods"}, [&](const yaml::Value& pod) { Take(pod); },
        [&] { found_.by_node.clear(); });
    if (!ok) {
      found_.by_node.clear();
      found_.error = ok.error();
    }
    return std::move(found_);
  }

 private:
  void Take(const yaml::Value& pod) {
    const std::string& node = pod.Path("spec.nodeName").text();
    const bool mirror = pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].exists();
    const std::string& phase = pod.Path("status.phase").text();
    if (node.empty() || phase == "Succeeded" || phase == "Failed") return;
    const Span span = pod.place().bytes;
    const std::string name = "pod kube-system/" + pod.Path("metadata.name").text();
    auto own = yaml::Parse(name, pod.stream()->bytes().substr(span.begin, span.end - span.begin));
    if (!own) return;
    for (const yaml::Value& container : own->root().Path("spec.containers").Items()) {
      auto component = cluster::ReadContainer(own->root(), container);
      if (!component || (!mirror && component->kind != ComponentKind::kProxy)) continue;
      component->instance = name;
      component->in_container = true;
      if (!mirror) {
        component->run_by = cluster::RunBy::kProcess;
        MountConfigMaps(own->root(), container, *component);
      }
      found_.by_node[node].push_back(std::move(*component));
    }
  }

  /// Volumes of ConfigMaps become folders that hold what the ConfigMaps do.
  void MountConfigMaps(const yaml::Value& pod, const yaml::Value& container, Component& component) {
    std::map<std::string, std::string> map_of;
    for (const yaml::Value& volume : pod.Path("spec.volumes").Items())
      map_of[volume["name"].text()] = volume.Path("configMap.name").text();
    size_t i = 0;
    for (const yaml::Value& entry : container["volumeMounts"].Items()) {
      if (i >= component.mounts.size()) break;
      cluster::Mount& mount = component.mounts[i++];
      const std::string& map = map_of[entry["name"].text()];
      if (mount.kind == "configMap" && !map.empty() && Load(map)) mount.host_path = Folder(map);
    }
  }

  static std::string Folder(const std::string& map) { return "/configmaps/kube-system/" + map; }

  bool Load(const std::string& map) {
    const auto known = loaded_.find(map);
    if (known != loaded_.end()) return known->second;
    const auto object = ask_.Object(fmt::format("{}/configmaps/{}", kSystem, Escape(map)));
    if (object) {
      for (const yaml::Value::Pair& pair : object->root()["data"].Pairs()) {
        const std::string path = Folder(map) + "/" + pair.key.text();
        found_.files->Add(path, pair.value.text());
        found_.shown_as[path] = "ConfigMap kube-system/" + map;
      }
    }
    return loaded_[map] = object.has_value();
  }

  Asker& ask_;
  PodComponents found_;
  std::map<std::string, bool> loaded_;
};

void Forget(Place& place) {
  place.line = place.column = 0;
  place.bytes = {};
}

void Forget(cluster::Setting& setting) {
  Forget(setting.origin.place);
  for (cluster::Item& item : setting.items) Forget(item.place);
  for (cluster::Overridden& lost : setting.overrode) Forget(lost.origin.place);
}

}  // namespace

PodComponents ReadPodComponents(Asker& ask) { return PodReader(ask).Read(); }

void ForgetLines(Component& component) {
  Forget(component.where);
  if (component.version) Forget(component.version->place);
  for (cluster::Argument& argument : component.command.arguments) {
    Forget(argument.place);
    argument.raw.clear();
  }
  for (cluster::Variable& variable : component.command.environment) Forget(variable.place);
  for (cluster::Mount& mount : component.mounts) Forget(mount.place);
  for (cluster::Problem& problem : component.problems) Forget(problem.place);
  for (auto& [name, setting] : component.written) Forget(setting);
}

}  // namespace seawall::api
