#include "rbac/node_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::rbac {
namespace {

constexpr std::string_view kPrefix = "system:node:";

struct StaticRule {
  const char* verbs;
  const char* groups;
  const char* resources;
};
/// NodeRules, without the resources that are looked at one by one.
constexpr StaticRule kStaticRules[] = {
    {"create", "authentication.k8s.io", "tokenreviews"},
    {"create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"},
    {"get list watch", "", "services"},
    {"create update patch", " events.k8s.io", "events"},
    {"get", "", "endpoints"},
    {"create get list watch", "certificates.k8s.io", "certificatesigningrequests"},
    {"get list watch", "storage.k8s.io", "csidrivers"},
    {"get list watch", "node.k8s.io", "runtimeclasses"},
    {"get list watch", "certificates.k8s.io", "clustertrustbundles"},
};

bool Among(std::string_view word, const char* words) {
  const auto list = Split(words, ' ');
  return std::ranges::find(list, word) != list.end();
}

bool StaticallyAllowed(const Attributes& a) {
  if (!a.resource_request || !a.subresource.empty()) return false;
  return std::ranges::any_of(kStaticRules, [&](const StaticRule& rule) {
    return Among(a.verb, rule.verbs) && Among(a.group, rule.groups) &&
           Among(a.resource, rule.resources);
  });
}

NodeGraph::Opinion Certain(bool allowed) { return {allowed, ""}; }

}  // namespace

/// One question of one node, resource by resource as node_authorizer.go has them.
struct NodeQuestion {
  const NodeGraph& graph;
  const Attributes& a;
  std::string_view node;

  using Opinion = NodeGraph::Opinion;
  using Vertex = NodeGraph::Vertex;

  bool Verb(const char* verbs) const { return Among(a.verb, verbs); }

  Opinion Related(const char* verbs, Vertex vertex, bool namespaced = true) const {
    if (!Verb(verbs) || !a.subresource.empty() || (namespaced && a.space.empty()))
      return Certain(false);
    return graph.Reach(vertex, a, node);
  }
  /// A list that is allowed with a field selector for this node only.
  Opinion Selected() const {
    if (!a.field_selector) return Certain(false);
    return {false, "it depends on the field selector, which is not read"};
  }
  /// An object of this node's own name.
  Opinion OwnName(const char* verbs) const {
    if (!Verb(verbs)) return Certain(false);
    return Certain(a.verb == "create" || a.name == node);
  }

  Opinion Claims() const {
    if (a.subresource != "status") return Related("get", Vertex::kClaim, false);
    return Verb("update patch") ? graph.Reach(Vertex::kClaim, a, node) : Certain(false);
  }
  Opinion Volumes() const {
    if (a.verb != "get" || !a.subresource.empty() || a.name.empty()) return Certain(false);
    if (graph.VolumeOn(std::string(a.name), node)) return Certain(true);
    return {false, graph.Missing(NodeObject::kVolume)};
  }
  Opinion Accounts() const {
    if (a.verb == "get" && a.subresource.empty()) return Related("get", Vertex::kAccount);
    if (a.verb != "create" || a.subresource != "token") return Certain(false);
    return graph.Reach(Vertex::kAccount, a, node);
  }
  Opinion Leases() const {
    if (a.space != "kube-node-lease") return Certain(false);
    return OwnName("get create update patch delete");
  }
  Opinion CsiNodes() const {
    return a.subresource.empty() ? OwnName("get create update patch delete") : Certain(false);
  }
  Opinion Slices() const {
    if (!a.subresource.empty()) return Certain(false);
    if (a.verb == "create") return Certain(true);
    if (Verb("get update patch delete")) return graph.OfNode(NodeObject::kSlice, a, node);
    return Verb("watch list deletecollection") ? Selected() : Certain(false);
  }
  Opinion Requests() const {
    if (!a.subresource.empty()) return Certain(false);
    if (a.verb == "create") return Certain(true);
    if (a.verb == "get") return graph.OfNode(NodeObject::kRequest, a, node);
    return Verb("list watch") ? Selected() : Certain(false);
  }
  Opinion Nodes() const {
    if (a.subresource == "status") return Certain(Verb("update patch"));
    if (!a.subresource.empty()) return Certain(false);
    return Certain(Verb("create update patch") || (Verb("get list watch") && a.name == node));
  }
  Opinion Pods() const {
    if (a.subresource == "status") return Certain(Verb("update patch"));
    if (a.subresource == "eviction") return Certain(a.verb == "create");
    if (!a.subresource.empty()) return Certain(false);
    if (Verb("create delete")) return Certain(true);
    if (Verb("list watch") && (a.field_selector || a.name.empty())) {
      Opinion related = a.name.empty() ? Certain(false) : graph.Reach(Vertex::kPod, a, node);
      return related.allowed ? related : Selected();
    }
    return Verb("get list watch") ? graph.Reach(Vertex::kPod, a, node) : Certain(false);
  }

  Opinion Ask() const {
    if (a.group.empty()) {
      if (a.resource == "secrets") return Related("get list watch", Vertex::kSecret);
      if (a.resource == "configmaps") return Related("get list watch", Vertex::kConfigMap);
      if (a.resource == "persistentvolumeclaims") return Claims();
      if (a.resource == "persistentvolumes") return Volumes();
      if (a.resource == "serviceaccounts") return Accounts();
      if (a.resource == "nodes") return Nodes();
      if (a.resource == "pods") return Pods();
    }
    if (a.group == "resource.k8s.io") {
      if (a.resource == "resourceclaims") return Related("get", Vertex::kResourceClaim, false);
      if (a.resource == "resourceslices") return Slices();
    }
    if (a.group == "storage.k8s.io") {
      if (a.resource == "csinodes") return CsiNodes();
      if (a.resource == "volumeattachments") {
        return a.verb == "get" && a.subresource.empty()
                   ? graph.OfNode(NodeObject::kAttachment, a, node)
                   : Certain(false);
      }
    }
    if (a.group == "coordination.k8s.io" && a.resource == "leases") return Leases();
    if (a.group == "certificates.k8s.io" && a.resource == "podcertificaterequests")
      return Requests();
    return Certain(StaticallyAllowed(a));
  }
};

bool NodeGraph::IsNode(const Attributes& a) {
  return a.user.starts_with(kPrefix) &&
         std::ranges::find(a.groups, "system:nodes") != a.groups.end();
}

NodeGraph::Opinion NodeGraph::Ask(const NodeGraph* graph, const Attributes& attributes) {
  static const NodeGraph kNothing;
  const std::string_view node = attributes.user.substr(kPrefix.size());
  if (node.empty()) return Certain(false);
  return NodeQuestion{graph ? *graph : kNothing, attributes, node}.Ask();
}

void NodeGraph::Link(Vertex vertex, const std::string& space, const std::string& name,
                     const std::string& node) {
  if (!name.empty()) direct_[static_cast<size_t>(vertex)][{space, name}].insert(node);
}

void NodeGraph::AddPod(const Pod& pod) {
  if (pod.node.empty()) return;
  Link(Vertex::kPod, pod.space, pod.name, pod.node);
  if (pod.mirror) return;
  Link(Vertex::kAccount, pod.space, pod.account, pod.node);
  for (const auto& name : pod.secrets) Link(Vertex::kSecret, pod.space, name, pod.node);
  for (const auto& name : pod.config_maps) Link(Vertex::kConfigMap, pod.space, name, pod.node);
  for (const auto& name : pod.claims) Link(Vertex::kClaim, pod.space, name, pod.node);
  for (const auto& name : pod.resource_claims)
    Link(Vertex::kResourceClaim, pod.space, name, pod.node);
}

void NodeGraph::AddVolume(const std::string& name, const Name& claim,
                          const std::vector<Name>& secrets) {
  if (claim.second.empty()) return;
  claim_of_volume_[name] = claim;
  for (const Name& secret : secrets) {
    if (!secret.second.empty()) volumes_of_secret_[secret].push_back(name);
  }
}

void NodeGraph::AddOfNode(NodeObject kind, const Name& name, const std::string& node) {
  if (!node.empty()) node_of_[static_cast<size_t>(kind)][name] = node;
}

bool NodeGraph::Runs(Vertex vertex, const Name& name, std::string_view node) const {
  const auto& all = direct_[static_cast<size_t>(vertex)];
  const auto at = all.find(name);
  return at != all.end() && at->second.contains(node);
}

bool NodeGraph::VolumeOn(const std::string& volume, std::string_view node) const {
  const auto at = claim_of_volume_.find(volume);
  return at != claim_of_volume_.end() && Runs(Vertex::kClaim, at->second, node);
}

std::string NodeGraph::Missing(NodeObject kind) const {
  const std::string& pods = unknown_[static_cast<size_t>(NodeObject::kPod)];
  const std::string& why = unknown_[static_cast<size_t>(kind)];
  const bool needs_pods = kind == NodeObject::kPod || kind == NodeObject::kVolume;
  return needs_pods && !pods.empty() ? pods : why;
}

NodeGraph::Opinion NodeGraph::Reach(Vertex vertex, const Attributes& a,
                                    std::string_view node) const {
  if (a.name.empty()) return Certain(false);
  const Name name{std::string(a.space), std::string(a.name)};
  if (Runs(vertex, name, node)) return Certain(true);
  if (vertex != Vertex::kSecret) return {false, Missing(NodeObject::kPod)};
  const auto volumes = volumes_of_secret_.find(name);
  if (volumes != volumes_of_secret_.end()) {
    for (const std::string& volume : volumes->second) {
      if (VolumeOn(volume, node)) return Certain(true);
    }
  }
  // A volume that nobody gave may need it; of no claim, none does.
  const bool claims = !direct_[static_cast<size_t>(Vertex::kClaim)].empty();
  return {false, Missing(claims ? NodeObject::kVolume : NodeObject::kPod)};
}

NodeGraph::Opinion NodeGraph::OfNode(NodeObject kind, const Attributes& a,
                                     std::string_view node) const {
  if (a.name.empty()) return Certain(false);
  const auto& all = node_of_[static_cast<size_t>(kind)];
  const auto at = all.find({std::string(a.space), std::string(a.name)});
  if (at != all.end()) return Certain(at->second == node);
  return {false, Missing(kind)};
}

}  // namespace seawall::rbac
