#include "cluster/k3s.h"

#include <algorithm>

#include "base/text.h"
#include "cluster/env_file.h"
#include "cluster/unit_file.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

class DistributionReader {
 public:
  DistributionReader(const Node& node, Found& found, std::string program)
      : node_(node), found_(found) {
    d_.program = std::move(program);
  }

  void Read() {
    const DistributionLaunch* launch = Launch();
    std::string config = ConfigFile(launch);
    const bool has_config = Exists(config) || Exists(config + ".d");
    if (launch == nullptr && !has_config) return;
    if (launch != nullptr && launch->arguments.empty()) return;
    d_.instance = launch != nullptr ? launch->instance : config;
    if (launch != nullptr) {
      d_.where = launch->where;
      d_.binary = launch->binary;
      d_.unknown = launch->unknown;
    } else {
      d_.where.file = config;
    }
    ReadConfig(config);
    if (launch != nullptr) d_.options.AddArguments(launch->arguments);
    FromEnvironment(launch);
    std::string data = d_.options.Last("data-dir");
    if (data.empty()) data = "/var/lib/rancher/" + d_.program;
    d_.server = launch != nullptr ? launch->arguments[0].text == "server"
                                  : Exists(data + "/server") || !d_.options.Has("server");
    d_.etcd_folder = Exists(data + "/server/db/etcd");
    FindKubeletConfiguration(data);
    for (Component& component : ComponentsOf(d_)) {
      if (component.kind == ComponentKind::kKubelet) {
        found_.components.push_back(std::move(component));
      } else {
        found_.later.push_back(std::move(component));
      }
    }
  }

 private:
  bool Exists(const std::string& path) const {
    const auto& stat = node_.Stat(path);
    return stat.has_value() || stat.error().code != ErrorCode::kNotFound;
  }

  /// Packages install both units; the one that is wanted, or whose data is there, is the one that
  /// runs.
  const DistributionLaunch* Launch() const {
    const DistributionLaunch* best = nullptr;
    int best_score = -1;
    for (const DistributionLaunch& launch : found_.distributions) {
      if (launch.program != d_.program || launch.arguments.empty()) continue;
      const std::string& role = launch.arguments[0].text;
      if (role != "server" && role != "agent") continue;
      int score = role == "server" ? 1 : 0;
      if (Exists("/etc/systemd/system/multi-user.target.wants/" + launch.instance)) score += 4;
      if (launch.instance.starts_with("pid ")) score += 8;
      if (role == "server" && Exists("/var/lib/rancher/" + d_.program + "/server")) score += 2;
      if (score > best_score) {
        best_score = score;
        best = &launch;
      }
    }
    return best;
  }

  std::string ConfigFile(const DistributionLaunch* launch) const {
    const std::string fallback = "/etc/rancher/" + d_.program + "/config.yaml";
    if (launch == nullptr) return fallback;
    for (const Variable& variable : launch->environment) {
      if (variable.name == (d_.program == "k3s" ? "K3S_CONFIG_FILE" : "RKE2_CONFIG_FILE") &&
          !variable.value.empty()) {
        return variable.value;
      }
    }
    DistributionOptions options;
    options.AddArguments(launch->arguments);
    const std::string given = options.Last("config");
    return given.empty() ? fallback : given;
  }

  void FromEnvironment(const DistributionLaunch* launch) {
    if (launch == nullptr) return;
    static constexpr std::pair<std::string_view, std::string_view> kVariables[] = {
        {"DATASTORE_ENDPOINT", "datastore-endpoint"},
        {"DATA_DIR", "data-dir"},
        {"URL", "server"},
        {"CIS_PROFILE", "profile"},
        {"KUBECONFIG_MODE", "write-kubeconfig-mode"}};
    const std::string prefix = d_.program == "k3s" ? "K3S_" : "RKE2_";
    for (const Variable& variable : launch->environment) {
      for (const auto& [suffix, option] : kVariables) {
        if (variable.name != prefix + std::string(suffix) || d_.options.Has(std::string(option)))
          continue;
        Argument argument;
        argument.text = fmt::format("--{}={}", option, variable.value);
        argument.origin = OriginKind::kEnv;
        argument.place = variable.place;
        d_.options.AddArguments({argument});
      }
    }
  }

  void ReadConfig(const std::string& config) {
    ReadFile(config);
    const auto& entries = node_.List(config + ".d");
    if (!entries) {
      if (entries.error().code != ErrorCode::kNotFound) Broken(config + ".d", entries.error());
      return;
    }
    for (const FolderEntry& entry : *entries) {
      const std::string lower = Lower(entry.name);
      if (lower.ends_with(".yaml") || lower.ends_with(".yml"))
        ReadFile(config + ".d/" + entry.name);
    }
  }

  void ReadFile(const std::string& path) {
    const auto& stream = node_.Yaml(path);
    if (!stream) {
      if (stream.error().code != ErrorCode::kNotFound) Broken(path, stream.error());
      return;
    }
    const yaml::Value root = stream->root(0);
    if (root.is_mapping()) {
      d_.options.AddFile(root);
    } else if (!root.is_null()) {
      Broken(path, Error{ErrorCode::kMalformed, "read the configuration", path,
                         "it is not a mapping", ""});
    }
  }

  void Broken(const std::string& path, const Error& error) {
    if (d_.unknown.empty())
      d_.unknown = fmt::format("the configuration {} cannot be read: {}", path, error.why);
    found_.blind_spots.push_back({error, EveryKind()});
  }

  void FindKubeletConfiguration(const std::string& data) {
    const std::string folder = data + "/agent/etc/kubelet.conf.d";
    if (!Exists(folder)) return;
    d_.kubelet_config = true;
    d_.kubelet_config_dir = "--config-dir=" + folder;
  }

  const Node& node_;
  Found& found_;
  Distribution d_;
};

}  // namespace

void ReadDistributions(const Node& node, Found& found) {
  for (const char* program : {"k3s", "rke2"}) DistributionReader(node, found, program).Read();
}

void FillDistributions(Found& found) {
  for (Component& component : found.later) {
    const bool has_manifest =
        std::any_of(found.components.begin(), found.components.end(), [&](const Component& other) {
          return other.kind == component.kind && other.run_by == RunBy::kRke2 && other.in_container;
        });
    if (component.run_by != RunBy::kRke2 || !has_manifest)
      found.components.push_back(std::move(component));
  }
  found.later.clear();
}

Component AssumedKubelet(const Node& node, const std::string& config) {
  Component component;
  component.kind = ComponentKind::kKubelet;
  component.instance = config;
  component.run_by = RunBy::kConfiguration;
  component.where.file = config;
  component.command.program = "/usr/bin/kubelet";
  const auto assume = [&](std::string text) {
    Argument argument;
    argument.text = std::move(text);
    argument.origin = OriginKind::kDefault;
    argument.note = "kubeadm's own unit passes it";
    component.command.arguments.push_back(std::move(argument));
  };
  const auto& kubeconfig = node.Stat("/etc/kubernetes/kubelet.conf");
  if (kubeconfig) {
    component.owner_hint = "kubeadm";
    assume("--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf");
    assume("--kubeconfig=/etc/kubernetes/kubelet.conf");
  }
  assume("--config=" + config);
  const std::pair<const char*, const char*> kFiles[] = {
      {"/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS"},
      {"/etc/default/kubelet", "KUBELET_EXTRA_ARGS"},
      {"/etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS"}};
  for (const auto& [path, name] : kFiles) {
    const auto& bytes = node.Bytes(path);
    if (!bytes) continue;
    const TextFile file(path, *bytes);
    const Locate locate = [&](const std::string&, size_t begin, size_t end) {
      return file.At(begin, end);
    };
    bool whole = true;
    for (const EnvAssignment& assignment : ReadEnvFile(file.bytes(), &whole)) {
      if (assignment.name != name) continue;
      for (UnitWord& word : SplitVariableWords(assignment.value, &whole)) {
        Argument argument = ToArgument(std::move(word.text), path, word.begin, locate);
        argument.origin = OriginKind::kEnv;
        component.command.arguments.push_back(std::move(argument));
      }
    }
    if (whole) continue;
    component.unknown = fmt::format("{} is no text, or longer than seawall reads", path);
    component.how = "look at the kubelet's arguments on the node";
  }
  return component;
}

}  // namespace seawall::cluster
