#include "app/api_targets.h"

#include <fmt/format.h>

#include <set>

#include "api/facts.h"
#include "app/prove_options.h"
#include "cluster/listeners.h"

namespace seawall::app {
namespace {

using cluster::ApiNode;
using cluster::Role;

constexpr uint16_t kOnEveryNode[] = {10248, 10249, 10255, 10256};
constexpr uint16_t kOnControlPlanes[] = {6443, 10257, 10259, 8080, 10251, 10252};
constexpr uint16_t kOnEtcd[] = {2379, 2380, 2381};

class Maker {
 public:
  std::vector<ProveTarget> Make(const cluster::ApiFacts& facts) {
    for (const ApiNode& node : facts.nodes.value) names_.insert(node.name);
    if (auto own = ReadEndpoint(facts.server + "=kube-apiserver"))
      Add(own->host, own->port, facts.server, "the kubeconfig's server", false);
    for (const std::string& text : facts.servers.value) {
      if (auto server = ReadEndpoint(text + "=kube-apiserver"))
        Add(server->host, server->port, api::OwnName("control-plane", names_),
            "endpoint of the service kubernetes", false);
    }
    for (const ApiNode& node : facts.nodes.value) AddNode(node);
    if (!facts.nodes.known()) Miss("kubelet", "the API does not list nodes: " + facts.nodes.why);
    if (!facts.servers.known()) {
      Miss("kube-apiserver",
           "the API does not list the endpoints of its own service: " + facts.servers.why);
    }
    return std::move(targets_);
  }

 private:
  void AddNode(const ApiNode& node) {
    if (node.addresses.empty()) Miss("kubelet", "the API has no address of node " + node.name);
    const std::string why = "node " + node.name + " of the API";
    const bool serves =
        node.roles.contains(Role::kControlPlane) || node.roles.contains(Role::kEtcd);
    for (const std::string& address : node.addresses) {
      Add(address, node.kubelet_port, node.name, why + ", the kubelet's port", false, "kubelet");
      for (const uint16_t port : kOnEveryNode) Add(address, port, node.name, why, true);
      if (!serves) continue;
      for (const uint16_t port : kOnControlPlanes) Add(address, port, node.name, why, true);
      for (const uint16_t port : kOnEtcd) Add(address, port, node.name, why, true);
    }
  }

  void Add(const std::string& host, uint16_t port, const std::string& node, std::string why,
           bool guessed, const char* component = nullptr) {
    if (!seen_.emplace(host, port).second) return;
    const cluster::PortUse use = cluster::UseOfPort(port);
    ProveTarget target;
    target.endpoint.host = host;
    target.endpoint.port = port;
    target.endpoint.component = component != nullptr ? component : std::string(use.component);
    if (target.endpoint.component.empty()) target.endpoint.component = "kube-apiserver";
    if (target.endpoint.component == use.component) target.endpoint.role = use.role;
    target.endpoint.why = std::move(why);
    target.endpoint.guessed = guessed;
    target.node_name = node;
    targets_.push_back(std::move(target));
  }

  void Miss(const char* component, std::string why) {
    ProveTarget target;
    target.endpoint.component = component;
    target.endpoint.why = "the API";
    target.node_name = api::OwnName("cluster", names_);
    target.out_of_reach = std::move(why);
    targets_.push_back(std::move(target));
  }

  std::set<std::pair<std::string, uint16_t>> seen_;
  std::set<std::string> names_;  ///< of machines
  std::vector<ProveTarget> targets_;
};

}  // namespace

std::vector<ProveTarget> ApiTargets(const cluster::ApiFacts& facts) { return Maker().Make(facts); }

}  // namespace seawall::app
