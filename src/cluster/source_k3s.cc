// k3s' and RKE2's config.yaml: known by its keys, for it has no kind.
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "cluster/configurations.h"
#include "cluster/k3s.h"

namespace seawall::cluster {
namespace {

constexpr std::string_view kServerKeys[] = {"kube-apiserver-arg",
                                            "kube-controller-manager-arg",
                                            "kube-controller-arg",
                                            "kube-scheduler-arg",
                                            "kube-cloud-controller-manager-arg",
                                            "etcd-arg",
                                            "cluster-init",
                                            "cluster-cidr",
                                            "service-cidr",
                                            "tls-san",
                                            "write-kubeconfig-mode",
                                            "secrets-encryption",
                                            "secrets-encryption-provider",
                                            "datastore-endpoint",
                                            "disable",
                                            "etcd-expose-metrics",
                                            "audit-policy-file",
                                            "pod-security-admission-config-file",
                                            "cni",
                                            "kube-apiserver-extra-mount",
                                            "etcd-snapshot-schedule-cron"};
constexpr std::string_view kAgentKeys[] = {
    "kubelet-arg", "kube-proxy-arg", "protect-kernel-defaults",
    "node-label",  "node-taint",     "selinux",
    "profile",     "server",         "token",
    "node-name"};
constexpr std::string_view kRke2Keys[] = {"cni",
                                          "profile",
                                          "audit-policy-file",
                                          "pod-security-admission-config-file",
                                          "kube-apiserver-extra-mount",
                                          "kube-apiserver-image",
                                          "kube-apiserver-extra-env",
                                          "etcd-extra-mount",
                                          "control-plane-resource-requests",
                                          "cloud-provider-name"};

enum class Likeness : uint8_t { kNone, kAgent, kServer };

/// What a mapping without a kind looks like. One key that only k3s and RKE2 have, or several that
/// they share with others.
Likeness Look(const yaml::Value& root) {
  Likeness likeness = Likeness::kNone;
  size_t shared = 0;
  for (const yaml::Value::Pair& pair : root.Pairs()) {
    std::string_view key = pair.key.text();
    if (key.ends_with('+')) key.remove_suffix(1);
    for (const std::string_view known : kServerKeys) {
      if (key == known) likeness = Likeness::kServer;
    }
    for (const std::string_view known : kAgentKeys) shared += key == known;
    if (key == "kubelet-arg" || key == "kube-proxy-arg" || key == "protect-kernel-defaults")
      shared += 2;
  }
  if (likeness == Likeness::kServer) return likeness;
  return shared >= 2 ? Likeness::kAgent : Likeness::kNone;
}

bool LooksLikeRke2(const yaml::Value& root, const std::string& file) {
  if (Lower(file).find("rke2") != std::string::npos) return true;
  if (Lower(file).find("k3s") != std::string::npos) return false;
  for (const std::string_view key : kRke2Keys) {
    if (root[key].exists()) return true;
  }
  return false;
}

/// "dir/config.yaml.d/50-x.yaml" belongs to "dir/config.yaml".
std::string MainFile(const std::string& file) {
  const size_t folder = file.find("config.yaml.d/");
  return folder == std::string::npos ? file : file.substr(0, folder) + "config.yaml";
}

}  // namespace

void ReadDistributionFiles(ConfigurationInput& input, std::vector<Draft>& drafts) {
  // Parts of one configuration, in the order of their names: config.yaml sorts before
  // config.yaml.d/….
  std::map<std::string, std::map<std::string, Document*>> groups;
  std::map<std::string, Likeness> likeness;
  for (Document& d : input.documents) {
    if (d.used || !d.kind.empty() || !d.api_version.empty()) continue;
    const std::string main = MainFile(d.stream->file());
    const Likeness look = Look(d.root);
    if (look == Likeness::kNone && main == d.stream->file()) continue;
    groups[main][d.stream->file()] = &d;
    likeness[main] = std::max(likeness[main], look);
  }
  for (auto& [main, parts] : groups) {
    if (likeness[main] == Likeness::kNone) continue;
    Distribution distribution;
    distribution.server = likeness[main] == Likeness::kServer;
    distribution.instance = main;
    distribution.program = "k3s";
    for (auto& [file, document] : parts) {
      if (LooksLikeRke2(document->root, file)) distribution.program = "rke2";
      distribution.options.AddFile(document->root);
      distribution.where = document->root.place();
      document->used = true;
    }
    Draft draft;
    draft.node.root = main;
    draft.node.roles = {distribution.server ? Role::kControlPlane : Role::kWorker};
    draft.node.components = ComponentsOf(distribution);
    for (Component& component : draft.node.components) component.owner_hint = distribution.program;
    drafts.push_back(std::move(draft));
  }
}

}  // namespace seawall::cluster
