// The Node authorizer: what a kubelet is allowed by its name and by the pods that run on it.
// Sources: plugin/pkg/auth/authorizer/node, rbac/bootstrappolicy NodeRules of Kubernetes 1.37 with
// its features as they are by default.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"
#include "rbac/manifests.h"
#include "yaml/document.h"

namespace seawall::rbac {

/// What the graph is made of, object by object.
enum class NodeObject : uint8_t { kPod, kVolume, kAttachment, kSlice, kRequest };
inline constexpr size_t kNodeObjects = 5;

class NodeGraph {
 public:
  using Name = std::pair<std::string, std::string>;  ///< namespace ("" of the cluster's), name

  /// What a pod on a node refers to, in its own namespace.
  struct Pod {
    std::string space, name, node, account;
    bool mirror = false;  ///< of a static pod: it gives nothing but itself
    std::vector<std::string> secrets, config_maps, claims, resource_claims;
  };
  void AddPod(const Pod& pod);
  /// A PersistentVolume with the claim that it is bound to and the secrets that a kubelet needs.
  void AddVolume(const std::string& name, const Name& claim, const std::vector<Name>& secrets);
  /// A VolumeAttachment, ResourceSlice or PodCertificateRequest of a node.
  void AddOfNode(NodeObject kind, const Name& name, const std::string& node);
  /// All objects of the kind are there; `why` otherwise.
  void Know(NodeObject kind) { unknown_[static_cast<size_t>(kind)].clear(); }
  void Unknow(NodeObject kind, std::string why) {
    unknown_[static_cast<size_t>(kind)] = std::move(why);
  }

  /// Whether the Node authorizer speaks about the asker at all.
  static bool IsNode(const Attributes& attributes);
  struct Opinion {
    bool allowed = false;
    std::string unknown;  ///< what would have to be known to be sure that it is not allowed
  };
  /// Of a node. Without a graph (nullptr) only what needs none is certain. Thread-safe.
  static Opinion Ask(const NodeGraph* graph, const Attributes& attributes);

 private:
  enum class Vertex : uint8_t { kPod, kSecret, kConfigMap, kClaim, kResourceClaim, kAccount };
  static constexpr size_t kVertices = 6;
  using Nodes = std::set<std::string, std::less<>>;

  void Link(Vertex vertex, const std::string& space, const std::string& name,
            const std::string& node);
  bool Runs(Vertex vertex, const Name& name, std::string_view node) const;
  bool VolumeOn(const std::string& volume, std::string_view node) const;
  std::string Missing(NodeObject kind) const;
  Opinion Reach(Vertex vertex, const Attributes& attributes, std::string_view node) const;
  Opinion OfNode(NodeObject kind, const Attributes& attributes, std::string_view node) const;
  friend struct NodeQuestion;

  std::array<std::map<Name, Nodes>, kVertices> direct_;
  std::map<std::string, Name, std::less<>> claim_of_volume_;
  std::map<Name, std::vector<std::string>> volumes_of_secret_;
  std::array<std::map<Name, std::string>, kNodeObjects> node_of_;
  std::array<std::string, kNodeObjects> unknown_ = {
      "no pods are given", "no persistent volumes are given", "no volume attachments are given",
      "no resource slices are given", "no pod certificate requests are given"};
};

/// The graph of manifests: pods are known where nodes are given, too, other objects where there is
/// one of their kind. Errors: what ReadEvents says.
Result<NodeGraph> ReadNodeGraph(const std::vector<Manifest>& manifests);

/// An item of an API server's list.
void AddLiveNodeObject(NodeGraph& graph, const char* kind, const yaml::Value& item);

}  // namespace seawall::rbac
