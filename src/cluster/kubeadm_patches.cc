// kubeadm's patches: strategic and merge patches and JSON patches of pods and of the kubelet's
// configuration.
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kubeadm_parts.h"
#include "cluster/pod_container.h"

namespace seawall::cluster {
namespace {

constexpr const char* kTargets[] = {"kube-apiserver", "kube-controller-manager", "kube-scheduler",
                                    "etcd", "kubeletconfiguration"};

void MakeUnknown(Component& component, const yaml::Value& where) {
  component.unknown =
      fmt::format("a patch ({}:{}) changes the pod in a way that seawall does not follow",
                  where.place().file, where.place().line);
  component.how = "audit the node that kubeadm sets up with it";
}

/// The arguments of `command` and `args`, without the program.
void TakeCommand(const yaml::Value& container, Component& component) {
  std::vector<Argument>& arguments = component.command.arguments;
  arguments.clear();
  bool program = true;
  for (const char* key : {"command", "args"}) {
    for (const yaml::Value& item : container[key].Items()) {
      Argument argument = ArgumentOf(item);
      argument.origin = OriginKind::kFlag;
      if (std::string why = TemplateIn(argument.text); !why.empty())
        argument.unknown = std::move(why);
      if (!program) arguments.push_back(std::move(argument));
      program = false;
    }
  }
}

void TakeMounts(const yaml::Value& spec, const yaml::Value& container, Component& component) {
  for (const yaml::Value& item : container["volumeMounts"].Items()) {
    Mount mount;
    mount.container_path = item["mountPath"].text();
    mount.read_only = item["readOnly"].AsBool().value_or(false);
    mount.place = item.place();
    for (const yaml::Value& volume : spec["volumes"].Items()) {
      if (volume["name"].text() != item["name"].text()) continue;
      if (volume["hostPath"].is_mapping()) {
        mount.kind = "hostPath";
        mount.host_path = volume.Path("hostPath.path").text();
      }
    }
    component.mounts.push_back(std::move(mount));
  }
}

void ApplyToPod(const KubeadmPatch& patch, Component& component) {
  const yaml::Value spec = patch.root["spec"];
  const yaml::Value containers = spec["containers"];
  if (!containers.exists()) return;
  if (!containers.is_sequence()) return MakeUnknown(component, patch.root);
  for (const yaml::Value& container : containers.Items()) {
    const std::string& name = container["name"].text();
    if (!name.empty() && name != patch.target) continue;
    if (container["$patch"].exists()) return MakeUnknown(component, container);
    const bool writes = container["command"].exists();
    if (writes) TakeCommand(container, component);
    // A merge patch replaces the whole list of containers, so what it does not say is gone.
    if (!writes && (patch.type == KubeadmPatch::Type::kMerge || container["args"].exists())) {
      return MakeUnknown(component, container);
    }
    TakeMounts(spec, container, component);
  }
}

class JsonPatch {
 public:
  explicit JsonPatch(Component& component) : component_(component) {}

  void Apply(const yaml::Value& root) {
    for (const yaml::Value& operation : root.Items()) {
      const std::string& op = operation["op"].text();
      const std::string& path = operation["path"].text();
      if (op == "test" || !path.starts_with("/spec")) continue;
      if (!Operate(op, path, operation)) return MakeUnknown(component_, operation);
    }
  }

 private:
  bool Operate(const std::string& op, std::string_view path, const yaml::Value& operation) {
    static constexpr std::string_view kCommand = "/spec/containers/0/command";
    if (path == "/spec" || path == "/spec/containers" || path == "/spec/containers/0" ||
        path.starts_with("/spec/containers/0/args")) {
      return false;
    }
    if (path.starts_with("/spec/containers/0/volumeMounts") || path.starts_with("/spec/volumes")) {
      return op == "add" && AddVolume(path, operation["value"]);
    }
    if (!path.starts_with(kCommand)) return true;  // nothing that a setting comes from
    path.remove_prefix(kCommand.size());
    const yaml::Value value = operation["value"];
    if (path.empty()) {
      if (op == "remove" || !value.is_sequence()) return false;
      component_.command.arguments.clear();
      for (const yaml::Value& item : value.Items()) Push(component_.command.arguments.size(), item);
      if (component_.command.arguments.empty()) return false;
      component_.command.arguments.erase(component_.command.arguments.begin());  // the program
      return true;
    }
    return At(op, path.substr(1), value);
  }

  bool At(const std::string& op, std::string_view index, const yaml::Value& value) {
    std::vector<Argument>& arguments = component_.command.arguments;
    if (index == "-") return op == "add" && Push(arguments.size(), value);
    const auto number = ParseInt(index);
    // Index 0 is the program itself.
    if (!number || *number < 1 || static_cast<size_t>(*number) > arguments.size() + 1) return false;
    const size_t at = static_cast<size_t>(*number) - 1;
    if (op == "add") return Push(at, value);
    if (at >= arguments.size()) return false;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at));
    return op == "remove" || (op == "replace" && Push(at, value));
  }

  bool Push(size_t at, const yaml::Value& value) {
    if (!value.is_scalar()) return false;
    Argument argument = ArgumentOf(value);
    argument.origin = OriginKind::kFlag;
    std::vector<Argument>& arguments = component_.command.arguments;
    arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(at), std::move(argument));
    return true;
  }

  /// Mounts and volumes come in operations of their own, in any order: joined by name.
  bool AddVolume(std::string_view path, const yaml::Value& value) {
    if (!value.is_mapping()) return false;
    const std::string& name = value["name"].text();
    if (path.starts_with("/spec/volumes")) {
      hosts_[name] = value.Path("hostPath.path").text();
    } else {
      Mount mount;
      mount.container_path = value["mountPath"].text();
      mount.place = value.place();
      waiting_.emplace_back(name, component_.mounts.size());
      component_.mounts.push_back(std::move(mount));
    }
    for (const auto& [volume, index] : waiting_) {
      if (volume != name || hosts_[name].empty()) continue;
      component_.mounts[index].host_path = hosts_[name];
      component_.mounts[index].kind = "hostPath";
    }
    return true;
  }

  Component& component_;
  std::map<std::string, std::string> hosts_;
  std::vector<std::pair<std::string, size_t>> waiting_;
};

/// Every leaf of a patch of the kubelet's configuration as a setting.
void Flatten(const yaml::Value& value, const std::string& path, std::vector<Setting>& out,
             int depth) {
  if (depth > 16) return;
  if (value.is_mapping()) {
    for (const yaml::Value::Pair& pair : value.Pairs()) {
      const std::string& key = pair.key.text();
      if (path.empty() && (key == "apiVersion" || key == "kind")) continue;
      Flatten(pair.value, path.empty() ? key : path + "." + key, out, depth + 1);
    }
    return;
  }
  Setting setting;
  setting.name = path;
  setting.state = SettingState::kSet;
  setting.origin = {OriginKind::kDropIn, value.place(), "a patch of kubeadm"};
  if (value.is_sequence()) {
    std::vector<std::string> texts;
    for (const yaml::Value& item : value.Items()) {
      texts.push_back(item.text());
      setting.items.push_back({item.text(), item.place()});
    }
    setting.text = Join(texts, ",");
  } else {
    setting.text = value.type() == yaml::ScalarType::kBool
                       ? (value.AsBool().value_or(false) ? "true" : "false")
                       : value.text();
    setting.items = {{setting.text, value.place()}};
  }
  if (std::string why = TemplateIn(setting.text); !why.empty()) {
    setting.state = SettingState::kUnknown;
    setting.why = std::move(why);
  }
  out.push_back(std::move(setting));
}

void ApplyToKubelet(const KubeadmPatch& patch, Draft& draft) {
  std::vector<Setting>& out = draft.patched[ComponentKind::kKubelet];
  if (patch.type != KubeadmPatch::Type::kJson) return Flatten(patch.root, "", out, 0);
  for (const yaml::Value& operation : patch.root.Items()) {
    const std::string& op = operation["op"].text();
    if (op != "add" && op != "replace") continue;
    std::string path;
    for (const std::string_view part : Split(operation["path"].text(), '/')) {
      if (!part.empty()) (path += path.empty() ? "" : ".") += part;
    }
    if (operation["value"].exists()) Flatten(operation["value"], path, out, 0);
  }
}

}  // namespace

std::optional<KubeadmPatch> PatchByName(std::string_view name) {
  KubeadmPatch patch;
  bool known_suffix = false;
  for (const std::string_view suffix : {".yaml", ".json"}) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    known_suffix = true;
  }
  if (!known_suffix) return std::nullopt;
  const size_t plus = name.find('+');
  if (plus != std::string_view::npos) {
    const std::string_view type = name.substr(plus + 1);
    if (type != "strategic" && type != "merge" && type != "json") return std::nullopt;
    patch.type = type == "json"    ? KubeadmPatch::Type::kJson
                 : type == "merge" ? KubeadmPatch::Type::kMerge
                                   : KubeadmPatch::Type::kStrategic;
    name = name.substr(0, plus);
  }
  for (const std::string_view target : kTargets) {
    if (!name.starts_with(target)) continue;
    for (const char c : name.substr(target.size())) {
      const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
      if (!good) return std::nullopt;
    }
    patch.target = target;
    return patch;
  }
  return std::nullopt;
}

void ApplyPatches(const std::vector<KubeadmPatch>& patches, Draft& draft) {
  for (const KubeadmPatch& patch : patches) {
    if (patch.target == "kubeletconfiguration") {
      ApplyToKubelet(patch, draft);
      continue;
    }
    for (Component& component : draft.node.components) {
      if (patch.target != ToString(component.kind)) continue;
      if (patch.type == KubeadmPatch::Type::kJson) {
        JsonPatch(component).Apply(patch.root);
      } else {
        ApplyToPod(patch, component);
      }
    }
  }
}

}  // namespace seawall::cluster
