// The Node authorizer's graph out of manifests and lists.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rbac/node_graph.h"
#include "rbac/path_reader.h"

namespace seawall::rbac {
namespace {

/// Fields of a pod's containers, whichever they are.
constexpr std::string_view kContainers[] = {"spec.containers.", "spec.initContainers.",
                                            "spec.ephemeralContainers."};
// pkg/api/v1/pod/util.go VisitPodSecretNames, VisitPodConfigmapNames
constexpr std::string_view kContainerSecrets[] = {"envFrom.secretRef.name.",
                                                  "env.valueFrom.secretKeyRef.name."};
constexpr std::string_view kContainerMaps[] = {"envFrom.configMapRef.name.",
                                               "env.valueFrom.configMapKeyRef.name."};
constexpr std::string_view kPodSecrets[] = {"spec.imagePullSecrets.name.",
                                            "spec.volumes.azureFile.secretName.",
                                            "spec.volumes.cephfs.secretRef.name.",
                                            "spec.volumes.cinder.secretRef.name.",
                                            "spec.volumes.flexVolume.secretRef.name.",
                                            "spec.volumes.projected.sources.secret.name.",
                                            "spec.volumes.rbd.secretRef.name.",
                                            "spec.volumes.secret.secretName.",
                                            "spec.volumes.scaleIO.secretRef.name.",
                                            "spec.volumes.iscsi.secretRef.name.",
                                            "spec.volumes.storageos.secretRef.name.",
                                            "spec.volumes.csi.nodePublishSecretRef.name."};
constexpr std::string_view kPodMaps[] = {"spec.volumes.configMap.name.",
                                         "spec.volumes.projected.sources.configMap.name."};
constexpr std::string_view kResourceClaims[] = {
    "spec.resourceClaims.resourceClaimName.", "status.resourceClaimStatuses.resourceClaimName.",
    "status.extendedResourceClaimStatus.resourceClaimName."};
/// pkg/api/v1/persistentvolume/util.go VisitPVSecretNames: what a kubelet sees of it.
constexpr std::string_view kVolumeSecrets[] = {
    "spec.cephfs.secretRef.",       "spec.cinder.secretRef.",
    "spec.flexVolume.secretRef.",   "spec.rbd.secretRef.",
    "spec.scaleIO.secretRef.",      "spec.iscsi.secretRef.",
    "spec.storageos.secretRef.",    "spec.csi.nodePublishSecretRef.",
    "spec.csi.nodeStageSecretRef.", "spec.csi.nodeExpandSecretRef."};
/// Of these an empty namespace stays empty; of the others it is the claim's.
constexpr std::string_view kWithoutDefault[] = {"spec.cinder.", "spec.storageos.", "spec.csi."};

struct OfNode {
  const char* kind;
  NodeObject object;
};
constexpr OfNode kOfNode[] = {{"VolumeAttachment", NodeObject::kAttachment},
                              {"ResourceSlice", NodeObject::kSlice},
                              {"PodCertificateRequest", NodeObject::kRequest}};

bool In(std::string_view word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

class Reader : public PathReader {
 public:
  explicit Reader(NodeGraph& graph, const char* kind = nullptr) : graph_(graph), kind_(kind) {}

  bool nodes = false, pods = false;
  bool seen[kNodeObjects] = {};

 protected:
  struct Ref {
    std::string_view source;  ///< of kVolumeSecrets, "" of Azure's
    std::string space, name;
  };
  struct Object {
    std::string kind, claim_space, claim;
    NodeGraph::Pod pod;  ///< name, namespace and node of any object
    std::string volume;  ///< the name of the pod's volume that is being read
    bool ephemeral = false;
    std::vector<Ref> refs;
    std::string azure_space, azure_secret;
  };

  void BeginObject(uint32_t) override { objects_.emplace_back(); }
  void Forget() override { objects_.clear(); }
  void Open(std::string_view field) override {
    Object& object = objects_.back();
    if (field == "spec.volumes.") {
      object.volume.clear();
      object.ephemeral = false;
    }
    if (field == "spec.volumes.ephemeral.") object.ephemeral = true;
    const auto* at = std::ranges::find(kVolumeSecrets, field);
    if (at != std::end(kVolumeSecrets)) object.refs.push_back({*at, "", ""});
  }
  void Close(std::string_view field) override {
    Object& object = objects_.back();
    if (field == "spec.volumes." && object.ephemeral) ephemerals_.push_back(object.volume);
  }
  void Take(std::string_view field, const yaml::ScalarEvent& scalar) override {
    Object& o = objects_.back();
    NodeGraph::Pod& pod = o.pod;
    const std::string text(scalar.text);
    if (field == "kind.") o.kind = text;
    if (field == "metadata.name.") pod.name = text;
    if (field == "metadata.namespace.") pod.space = text;
    if (field == "metadata.annotations.kubernetes.io/config.mirror.") pod.mirror = true;
    if (field == "spec.nodeName.") pod.node = text;
    if (field == "spec.serviceAccountName.") pod.account = text;
    if (field == "spec.volumes.name.") o.volume = text;
    if (field == "spec.claimRef.namespace.") o.claim_space = text;
    if (field == "spec.claimRef.name.") o.claim = text;
    if (field == "spec.azureFile.secretName.") o.azure_secret = text;
    if (field == "spec.azureFile.secretNamespace.") o.azure_space = text;
    if (field == "spec.volumes.persistentVolumeClaim.claimName.") pod.claims.push_back(text);
    if (In(field, kPodSecrets)) pod.secrets.push_back(text);
    if (In(field, kPodMaps)) pod.config_maps.push_back(text);
    if (In(field, kResourceClaims)) pod.resource_claims.push_back(text);
    for (const std::string_view containers : kContainers) {
      if (!field.starts_with(containers)) continue;
      if (In(field.substr(containers.size()), kContainerSecrets)) pod.secrets.push_back(text);
      if (In(field.substr(containers.size()), kContainerMaps)) pod.config_maps.push_back(text);
    }
    if (o.refs.empty() || !field.starts_with(o.refs.back().source)) return;
    const std::string_view rest = field.substr(o.refs.back().source.size());
    if (rest == "name.") o.refs.back().name = text;
    if (rest == "namespace.") o.refs.back().space = text;
  }
  void EndObject() override {
    Object& object = objects_.back();
    std::string kind = kind_ ? kind_ : object.kind;
    if (kind.empty() && objects_.size() > 1) {
      kind = objects_[objects_.size() - 2].kind;
      if (kind.ends_with("List")) kind.resize(kind.size() - 4);
    }
    Finish(kind, object);
    objects_.pop_back();
    ephemerals_.clear();
  }

 private:
  void Finish(const std::string& kind, Object& object) {
    nodes = nodes || kind == "Node";
    NodeGraph::Pod& pod = object.pod;
    if (kind == "Pod") {
      seen[static_cast<size_t>(NodeObject::kPod)] = true;
      if (pod.space.empty()) pod.space = "default";
      for (const std::string& volume : ephemerals_) pod.claims.push_back(pod.name + "-" + volume);
      graph_.AddPod(pod);
    } else if (kind == "PersistentVolume") {
      seen[static_cast<size_t>(NodeObject::kVolume)] = true;
      FinishVolume(object);
    }
    for (const OfNode& one : kOfNode) {
      if (kind != one.kind) continue;
      seen[static_cast<size_t>(one.object)] = true;
      graph_.AddOfNode(one.object, {pod.space, pod.name}, pod.node);
    }
  }
  void FinishVolume(const Object& object) {
    std::vector<NodeGraph::Name> secrets;
    if (!object.azure_secret.empty()) {
      secrets.emplace_back(object.azure_space.empty() ? object.claim_space : object.azure_space,
                           object.azure_secret);
    }
    for (const Ref& ref : object.refs) {
      const bool strict = std::ranges::any_of(
          kWithoutDefault, [&](std::string_view one) { return ref.source.starts_with(one); });
      secrets.emplace_back(ref.space.empty() && !strict ? object.claim_space : ref.space, ref.name);
    }
    graph_.AddVolume(object.pod.name, {object.claim_space, object.claim}, secrets);
  }

  NodeGraph& graph_;
  const char* kind_;
  std::vector<Object> objects_;
  std::vector<std::string> ephemerals_;  ///< volumes of the pod that is being read
};

}  // namespace

Result<NodeGraph> ReadNodeGraph(const std::vector<Manifest>& manifests) {
  NodeGraph graph;
  Reader reader(graph);
  for (const Manifest& manifest : manifests) {
    if (auto ok = yaml::ReadEvents(manifest.name, manifest.bytes, reader); !ok)
      return std::unexpected(ok.error());
  }
  for (size_t kind = 0; kind < kNodeObjects; ++kind) {
    const auto object = static_cast<NodeObject>(kind);
    if (reader.seen[kind] && (object != NodeObject::kPod || reader.nodes)) graph.Know(object);
  }
  if (reader.seen[static_cast<size_t>(NodeObject::kPod)] && !reader.nodes)
    graph.Unknow(NodeObject::kPod, "pods are given, but no nodes: they may not be all");
  return graph;
}

void AddLiveNodeObject(NodeGraph& graph, const char* kind, const yaml::Value& item) {
  Reader reader(graph, kind);
  reader.BeginDocument(0);
  yaml::WalkEvents(item, reader);
}

}  // namespace seawall::rbac
