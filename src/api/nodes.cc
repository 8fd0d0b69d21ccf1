// The cluster's machines as the API shows them, made into nodes of the model.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "api/api_files.h"
#include "api/asker.h"
#include "api/facts.h"
#include "api/facts_parts.h"
#include "api/kubelet_configz.h"
#include "api/pod_components.h"
#include "base/text.h"
#include "cluster/settings.h"

namespace seawall::api {
namespace {

using cluster::ApiFacts;
using cluster::ApiNode;
using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;
using cluster::Role;

const std::set<ComponentKind> kControlPlane = {ComponentKind::kApiServer,
                                               ComponentKind::kControllerManager,
                                               ComponentKind::kScheduler, ComponentKind::kEtcd};

/// Why a component of the machine may be there although the API does not show it.
cluster::BlindSpot Unseen(const std::string& what, std::set<ComponentKind> kinds) {
  return {Error{ErrorCode::kPermission, "see what runs there otherwise than as a pod", what,
                kNeedsFiles, kGiveFiles},
          std::move(kinds)};
}

class NodeBuilder {
 public:
  NodeBuilder(ApiClient& client, std::shared_ptr<const ApiFacts> facts,
              const cluster::ReadOptions& options, const std::set<std::string>& covered,
              const ReadLimits& limits)
      : client_(client),
        facts_(std::move(facts)),
        options_(options),
        covered_(covered),
        limits_(limits),
        ask_(client, std::chrono::steady_clock::now() + limits.all) {}

  std::vector<Node> Build() {
    pods_ = ReadPodComponents(ask_);
    Machines machines = MachinesByName();
    names_ = covered_;
    for (const auto& [name, machine] : machines) names_.insert(name);
    KubeletReader kubelets(client_, limits_.kubelets);
    std::vector<Node> nodes;
    for (auto& [name, machine] : machines) {
      if (IsCovered(name, machine)) continue;
      nodes.push_back(MakeNode(name, machine, kubelets));
    }
    if (!control_plane_seen_ && covered_.empty()) nodes.push_back(Hidden());
    AddKubeadm(nodes);
    nodes.push_back(Whole());
    return nodes;
  }

 private:
  using Machines = std::map<std::string, ApiNode>;

  /// Those that the API lists, and those that a pod says it runs on.
  Machines MachinesByName() {
    Machines machines;
    for (const ApiNode& node : facts_->nodes.value) machines.emplace(node.name, node);
    for (const auto& [name, components] : pods_.by_node) {
      ApiNode node;
      node.name = name;
      machines.emplace(name, std::move(node));
      for (const Component& component : components)
        control_plane_seen_ = control_plane_seen_ || component.kind == ComponentKind::kApiServer;
    }
    return machines;
  }

  /// A host of --ssh may have been named by its address.
  bool IsCovered(const std::string& name, const ApiNode& machine) const {
    return covered_.contains(name) ||
           std::ranges::any_of(machine.addresses, [&](const std::string& address) {
             return covered_.contains(address);
           });
  }

  Node MakeNode(const std::string& name, const ApiNode& machine, KubeletReader& kubelets) {
    Node node = Begin(name);
    node.roles = machine.roles;
    if (const auto of_pods = pods_.by_node.find(name); of_pods != pods_.by_node.end())
      node.components = std::move(of_pods->second);
    node.components.push_back(kubelets.Read(machine));
    for (Component& component : node.components) Settle(node, component);
    std::ranges::stable_sort(node.components, [](const Component& a, const Component& b) {
      return std::pair(a.kind, std::string_view(a.instance)) <
             std::pair(b.kind, std::string_view(b.instance));
    });
    if (!node.Of(ComponentKind::kApiServer).empty()) node.roles.insert(Role::kControlPlane);
    if (!node.Of(ComponentKind::kEtcd).empty()) node.roles.insert(Role::kEtcd);
    if (node.roles.contains(Role::kControlPlane) && node.roles.size() > 1)
      node.roles.erase(Role::kWorker);
    AddBlindSpots(node);
    if (!options_.roles.empty()) node.roles = options_.roles;
    return node;
  }

  /// What may be there all the same. On a worker nobody looks for a control plane that was found
  /// elsewhere.
  void AddBlindSpots(Node& node) const {
    std::set<ComponentKind> kinds = {ComponentKind::kProxy};
    const bool serves =
        node.roles.contains(Role::kControlPlane) || node.roles.contains(Role::kEtcd);
    if (serves) kinds.insert(kControlPlane.begin(), kControlPlane.end());
    if (!pods_.error) {
      node.blind_spots.push_back(Unseen(node.name, std::move(kinds)));
    } else {
      kinds.insert(kControlPlane.begin(), kControlPlane.end());
      node.blind_spots.push_back({*pods_.error, std::move(kinds)});
    }
  }

  void Settle(const Node& node, Component& component) const {
    const auto given = options_.versions.find(component.kind);
    if (!component.version && given != options_.versions.end()) component.version = given->second;
    if (component.kind != ComponentKind::kKubelet) cluster::ReadSettings(node, component);
    ForgetLines(component);
  }

  Node Begin(const std::string& name) const {
    Node node;
    node.name = name;
    node.by_api = true;
    node.root = Server();
    node.files = pods_.files;
    node.shown_as = pods_.shown_as;
    node.read = {Server()};
    return node;
  }

  std::string Server() const {
    return (client_.access().server.https ? "https://" : "http://") + facts_->server;
  }

  /// No machine shows an API server: it is no pod, or pods may not be seen.
  Node Hidden() const {
    Node node = Begin(OwnName("control-plane", names_));
    node.roles = {Role::kControlPlane};
    std::set<ComponentKind> kinds = kControlPlane;
    if (facts_->nodes.value.empty()) kinds.insert({ComponentKind::kKubelet, ComponentKind::kProxy});
    if (pods_.error) {
      node.blind_spots.push_back({*pods_.error, std::move(kinds)});
    } else {
      node.blind_spots.push_back(Unseen("the control plane", std::move(kinds)));
    }
    return node;
  }

  /// What kubeadm keeps in ConfigMaps, and gives to whatever joins next.
  void AddKubeadm(std::vector<Node>& nodes) {
    constexpr std::pair<const char*, const char*> kMaps[] = {
        {"kubeadm-config", "ClusterConfiguration"},
        {"kubelet-config", "kubelet"},
        {"kube-proxy", "config.conf"}};
    std::vector<cluster::ConfigurationSource> sources;
    for (const auto& [name, key] : kMaps) {
      auto map = ask_.Object(fmt::format("/api/v1/namespaces/kube-system/configmaps/{}", name));
      if (!map) {
        if (map.error().code != ErrorCode::kNotFound) unread_.push_back(map.error());
        if (sources.empty()) return;
        continue;
      }
      const std::string& text = map->root()["data"][key].text();
      if (text.empty() && sources.empty()) return;
      if (!text.empty()) sources.push_back({fmt::format("ConfigMap kube-system/{}", name), text});
    }
    cluster::ReadOptions versions_only;
    versions_only.versions = options_.versions;
    auto made = cluster::ReadConfigurations(sources, versions_only);
    if (!made) {
      unread_.push_back(made.error());
      return;
    }
    for (Node& node : *made) {
      node.name = made->size() == 1 ? OwnName("kubeadm", names_) : "kubeadm " + node.name;
      nodes.push_back(std::move(node));
    }
  }

  Node Whole() const {
    Node node = WholeCluster(facts_, Server());
    node.name = OwnName(node.name, names_);
    node.files = pods_.files;
    for (const Error& error : unread_) node.blind_spots.push_back({error, {}});
    return node;
  }

  ApiClient& client_;
  std::shared_ptr<const ApiFacts> facts_;
  const cluster::ReadOptions& options_;
  const std::set<std::string>& covered_;
  const ReadLimits limits_;
  Asker ask_;
  PodComponents pods_;
  std::vector<Error> unread_;
  std::set<std::string> names_;  ///< of machines
  bool control_plane_seen_ = false;
};

}  // namespace

std::vector<Node> ReadNodes(ApiClient& client, const std::shared_ptr<const ApiFacts>& facts,
                            const cluster::ReadOptions& options,
                            const std::set<std::string>& covered, const ReadLimits& limits) {
  return NodeBuilder(client, facts, options, covered, limits).Build();
}

}  // namespace seawall::api
