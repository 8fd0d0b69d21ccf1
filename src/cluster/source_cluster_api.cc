// Cluster API's kubeadm providers: KubeadmControlPlane, KubeadmControlPlaneTemplate, KubeadmConfig,
// KubeadmConfigTemplate.
#include <fmt/format.h>

#include <set>

#include "base/base64.h"
#include "base/text.h"
#include "cluster/kubeadm_parts.h"

namespace seawall::cluster {
namespace {

struct KnownKind {
  std::string_view group, kind;
  const char* spec;     ///< path of the KubeadmConfigSpec
  const char* version;  ///< path of the Kubernetes version; nullptr: the Machine has it
  bool control_plane;
};
constexpr KnownKind kKinds[] = {
    {"controlplane.cluster.x-k8s.io", "KubeadmControlPlane", "spec.kubeadmConfigSpec",
     "spec.version", true},
    {"controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate",
     "spec.template.spec.kubeadmConfigSpec", "spec.template.spec.version", true},
    {"bootstrap.cluster.x-k8s.io", "KubeadmConfig", "spec", nullptr, false},
    {"bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", "spec.template.spec", nullptr, false}};

/// `files:` with their content; what comes from a Secret stays away, and whoever needs it is
/// unknown.
void TakeFiles(const yaml::Value& spec, Draft& draft) {
  for (const yaml::Value& file : spec["files"].Items()) {
    const yaml::Value content = file["content"];
    if (!content.is_scalar() || file["append"].AsBool().value_or(false)) continue;
    const std::string& encoding = file["encoding"].text();
    const std::string& path = file["path"].text();
    if (encoding.empty()) {
      draft.AddText(path, content);
    } else if (auto bytes = encoding == "base64" ? DecodeBase64(content.text()) : std::nullopt;
               bytes && path.starts_with('/')) {
      draft.files->Add(path, std::move(*bytes));
      draft.node.shown_as[path] = fmt::format("{} (base64 in {})", path, content.stream()->file());
    }
  }
}

/// Patches are files too: `patches.directory` of the InitConfiguration or JoinConfiguration names
/// their folder.
std::vector<KubeadmPatch> TakePatches(const yaml::Value& spec, ConfigurationInput& input) {
  std::vector<KubeadmPatch> patches;
  std::string folder = spec.Path("initConfiguration.patches.directory").text();
  if (folder.empty()) folder = spec.Path("joinConfiguration.patches.directory").text();
  if (folder.empty()) return patches;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  for (const yaml::Value& file : spec["files"].Items()) {
    const std::string& path = file["path"].text();
    const yaml::Value content = file["content"];
    if (!path.starts_with(folder + "/") || !content.is_scalar()) continue;
    auto patch = PatchByName(BaseName(path));
    if (!patch) continue;
    Draft scratch;
    scratch.AddText(path, content);
    auto bytes = scratch.files->Read(path);
    if (!bytes) continue;
    auto stream = yaml::Parse(scratch.node.shown_as[path], std::move(*bytes));
    if (!stream) {
      input.unreadable.push_back(
          {stream.error(), {std::begin(kAllComponents), std::end(kAllComponents)}});
      continue;
    }
    input.streams.push_back(std::make_unique<yaml::Stream>(std::move(*stream)));
    patch->root = input.streams.back()->root();
    patches.push_back(std::move(*patch));
  }
  return patches;
}

/// The KubeletConfiguration and KubeProxyConfiguration that Cluster API's v1beta1 cannot embed come
/// as files of nobody's.
Draft MakeDraft(const KnownKind& known, Document& document, ConfigurationInput& input) {
  Draft draft;
  const yaml::Value spec = document.root.Path(known.spec);
  KubeadmParts parts;
  parts.cluster = spec["clusterConfiguration"];
  parts.init = spec["initConfiguration"];
  parts.join = spec["joinConfiguration"];
  parts.cluster_api = true;
  parts.control_plane = known.control_plane || parts.cluster.exists();
  if (known.version != nullptr)
    parts.version = VersionOf(document.root.Path(known.version), "spec.version");
  if (!parts.version)
    parts.version = VersionOf(parts.cluster["kubernetesVersion"], "kubernetesVersion");
  parts.instance = document.root.Path("metadata.name").text();
  if (parts.instance.empty()) parts.instance = document.stream->file();
  parts.where = document.root.place();
  parts.patches = TakePatches(spec, input);
  draft.node.name = parts.instance;
  draft.node.root = document.stream->file();
  TakeFiles(spec, draft);
  // A control plane without a clusterConfiguration is one with kubeadm's defaults: an empty mapping
  // says the same.
  if (parts.control_plane && !parts.cluster.exists()) parts.cluster = spec;
  AddKubeadmNode(parts, draft);
  for (Component& component : draft.node.components) component.owner_hint = "Cluster API";
  document.used = true;
  return draft;
}

/// Which components a JSON patch of a ClusterClass touches; every one when the path does not say.
std::set<ComponentKind> Touched(std::string_view path) {
  struct Part {
    std::string_view word;
    ComponentKind kind;
  };
  static constexpr Part kParts[] = {{"/apiServer", ComponentKind::kApiServer},
                                    {"/controllerManager", ComponentKind::kControllerManager},
                                    {"/scheduler", ComponentKind::kScheduler},
                                    {"/etcd", ComponentKind::kEtcd},
                                    {"/nodeRegistration", ComponentKind::kKubelet}};
  std::set<ComponentKind> all(std::begin(kAllComponents), std::end(kAllComponents));
  for (const Part& part : kParts) {
    if (path.find(part.word) != std::string_view::npos) return {part.kind};
  }
  for (const std::string_view other : {"/preKubeadmCommands", "/postKubeadmCommands", "/users",
                                       "/ntp", "/machineTemplate", "/rolloutStrategy"}) {
    if (path.find(other) != std::string_view::npos) return {};
  }
  return all;
}

/// A ClusterClass patches templates when a cluster is made of it; what comes out depends on the
/// cluster's variables.
void Patched(const Document& of_class, const Document& document, Draft& draft) {
  const auto doubt = [&](const std::set<ComponentKind>& kinds, const yaml::Value& patch) {
    for (Component& component : draft.node.components) {
      if (!kinds.contains(component.kind)) continue;
      Argument any;
      any.origin = OriginKind::kFlag;
      any.place = patch.place();
      any.unknown = fmt::format("the ClusterClass {} changes it (patch {})",
                                PrintableShort(of_class.root.Path("metadata.name").text(), 60),
                                PrintableShort(patch["name"].text(), 60));
      component.command.arguments.push_back(std::move(any));
    }
  };
  for (const yaml::Value& patch : of_class.root.Path("spec.patches").Items()) {
    if (patch["external"].is_mapping())
      doubt({std::begin(kAllComponents), std::end(kAllComponents)}, patch);
    for (const yaml::Value& definition : patch["definitions"].Items()) {
      if (definition.Path("selector.kind").text() != document.kind) continue;
      for (const yaml::Value& change : definition["jsonPatches"].Items())
        doubt(Touched(change["path"].text()), patch);
    }
  }
}

}  // namespace

void ReadClusterApi(ConfigurationInput& input, std::vector<Draft>& drafts) {
  std::vector<size_t> classes;
  for (size_t i = 0; i < input.documents.size(); ++i) {
    if (input.documents[i].Is("cluster.x-k8s.io", "ClusterClass")) classes.push_back(i);
  }
  for (size_t i = 0; i < input.documents.size(); ++i) {
    for (const KnownKind& known : kKinds) {
      Document& document = input.documents[i];
      if (!document.Is(known.group, known.kind)) continue;
      if (!document.root.Path(known.spec).is_mapping()) continue;
      drafts.push_back(MakeDraft(known, document, input));
      if (!known.kind.ends_with("Template")) continue;
      for (const size_t c : classes) {
        Patched(input.documents[c], document, drafts.back());
        input.documents[c].used = true;
      }
    }
  }
}

}  // namespace seawall::cluster
