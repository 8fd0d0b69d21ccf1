// kubeadm's own files: ClusterConfiguration, InitConfiguration, JoinConfiguration, the component
// kinds beside them, and a folder of patches.
#include <fmt/format.h>

#include <map>

#include "cluster/kubeadm_parts.h"

namespace seawall::cluster {
namespace {

constexpr std::string_view kGroup = "kubeadm.k8s.io";

bool IsKubeadm(const Document& d) {
  return d.group == kGroup && (d.kind == "ClusterConfiguration" || d.kind == "InitConfiguration" ||
                               d.kind == "JoinConfiguration");
}

/// kubeadm documents that belong together.
struct Set {
  Document* cluster = nullptr;
  Document* init = nullptr;
  Document* join = nullptr;
  Document* kubelet = nullptr;
  Document* proxy = nullptr;
  std::string file;
};

void Take(Set& set, Document& d) {
  if (d.Is(kGroup, "ClusterConfiguration")) set.cluster = &d;
  if (d.Is(kGroup, "InitConfiguration")) set.init = &d;
  if (d.Is(kGroup, "JoinConfiguration")) set.join = &d;
  if (d.Is("kubelet.config.k8s.io", "KubeletConfiguration")) set.kubelet = &d;
  if (d.Is("kubeproxy.config.k8s.io", "KubeProxyConfiguration")) set.proxy = &d;
}

/// One set for each file with a kubeadm document; when all files together have at most one of each
/// kind, they are one cluster that somebody keeps in several files.
std::vector<Set> Gather(ConfigurationInput& input) {
  std::map<std::string, Set> by_file;
  std::map<std::string, size_t> kinds;
  size_t proxies = 0;
  size_t kubelets = 0;
  bool twice = false;
  for (Document& d : input.documents) {
    const std::string& file = d.stream->file();
    if (IsKubeadm(d)) {
      by_file[file].file = file;
      twice = ++kinds[d.kind] > 1 || twice;
    }
    kubelets += d.kind == "KubeletConfiguration";
    proxies += d.kind == "KubeProxyConfiguration";
  }
  std::vector<Set> sets;
  if (by_file.empty()) return sets;
  const bool together = !twice && kubelets <= 1 && proxies <= 1;
  if (together) {
    Set all;
    for (Document& d : input.documents) Take(all, d);
    const Document* first = all.cluster != nullptr ? all.cluster
                            : all.init != nullptr  ? all.init
                                                   : all.join;
    all.file = first->stream->file();
    sets.push_back(all);
    return sets;
  }
  for (Document& d : input.documents) {
    const auto set = by_file.find(d.stream->file());
    if (set != by_file.end()) Take(set->second, d);
  }
  for (auto& [file, set] : by_file) sets.push_back(set);
  return sets;
}

std::vector<KubeadmPatch> Patches(const ConfigurationInput& input) {
  std::vector<KubeadmPatch> patches;
  for (const auto& stream : input.streams) {
    auto patch = PatchByName(BaseName(stream->file()));
    // A kubelet's whole configuration may be called so too: that is a document, not a patch.
    if (!patch || !stream->root().exists() ||
        stream->root()["kind"].text() == "ClusterConfiguration") {
      continue;
    }
    patch->root = stream->root();
    patches.push_back(std::move(*patch));
  }
  return patches;
}

yaml::Value RootOf(const Document* document) {
  return document == nullptr ? yaml::Value() : document->root;
}

Draft MakeDraft(Set& set, std::vector<KubeadmPatch> patches) {
  Draft draft;
  KubeadmParts parts;
  parts.cluster = RootOf(set.cluster);
  parts.init = RootOf(set.init);
  parts.join = RootOf(set.join);
  parts.kubelet = set.kubelet;
  parts.proxy = set.proxy;
  parts.patches = std::move(patches);
  parts.version = VersionOf(parts.cluster["kubernetesVersion"], "kubernetesVersion");
  // `kubeadm init` with an InitConfiguration alone sets up a control plane with every default.
  parts.control_plane =
      set.cluster != nullptr || set.init != nullptr || parts.join["controlPlane"].is_mapping();
  parts.instance = set.file;
  const Document* main = set.cluster != nullptr ? set.cluster
                         : set.init != nullptr  ? set.init
                                                : set.join;
  parts.where = main->root.place();
  draft.node.root = set.file;
  draft.node.name = parts.cluster["clusterName"].text();
  AddKubeadmNode(parts, draft);
  for (Document* d : {set.cluster, set.init, set.join, set.kubelet, set.proxy}) {
    if (d != nullptr) d->used = true;
  }
  if (parts.control_plane && set.cluster == nullptr && set.init == nullptr) {
    for (Component& component : draft.node.components) {
      component.unknown = "the cluster's ClusterConfiguration decides it, and it is not given";
      component.how = "give the ClusterConfiguration too, or audit the node";
    }
  }
  return draft;
}

}  // namespace

void ReadKubeadm(ConfigurationInput& input, std::vector<Draft>& drafts) {
  std::vector<Set> sets = Gather(input);
  for (Set& set : sets) {
    drafts.push_back(
        MakeDraft(set, sets.size() == 1 ? Patches(input) : std::vector<KubeadmPatch>()));
  }
}

}  // namespace seawall::cluster
