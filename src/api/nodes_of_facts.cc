// The cluster, and its machines of which nothing but their names is known.
#include "api/api_files.h"
#include "api/facts.h"
#include "api/facts_parts.h"

namespace seawall::api {

using cluster::ApiFacts;
using cluster::ComponentKind;
using cluster::Node;
using cluster::Role;

namespace {

constexpr const char* kNobody = "nobody gave this node's bundle";
constexpr const char* kCollect =
    "run `sudo seawall collect --out FILE` on the node, and give the file as well";

template <typename T>
void Note(Node& node, const char* what, const cluster::Answer<T>& answer) {
  if (answer.known()) return;
  node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "ask the API", what, answer.why, answer.how}, {}});
}

Node Unseen(const cluster::ApiNode& machine, const std::string& server,
            const cluster::ReadOptions& options) {
  Node node;
  node.name = machine.name;
  node.by_api = true;
  node.root = server;
  node.read = {server};
  node.files = std::make_shared<ApiFiles>();
  node.roles = options.roles.empty() ? machine.roles : options.roles;
  std::set<ComponentKind> kinds = {ComponentKind::kKubelet, ComponentKind::kProxy};
  if (node.roles.contains(Role::kControlPlane) || node.roles.contains(Role::kEtcd)) {
    kinds.insert({ComponentKind::kApiServer, ComponentKind::kControllerManager,
                  ComponentKind::kScheduler, ComponentKind::kEtcd});
  }
  node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "see what runs there", machine.name, kNobody, kCollect},
       std::move(kinds)});
  return node;
}

}  // namespace

std::string OwnName(const std::string& base, const std::set<std::string>& machines) {
  return machines.contains(base) ? base + " (API)" : base;  // no machine has a blank in its name
}

Node WholeCluster(const std::shared_ptr<const ApiFacts>& facts, const std::string& server) {
  Node node;
  node.name = "cluster";
  node.root = server;
  node.is_machine = false;
  node.api = facts;
  node.files = std::make_shared<ApiFiles>();
  node.read = {server};
  Note(node, "nodes", facts->nodes);
  Note(node, "roles", facts->roles);
  Note(node, "clusterroles", facts->cluster_roles);
  Note(node, "rolebindings", facts->bindings);
  Note(node, "clusterrolebindings", facts->cluster_bindings);
  Note(node, "validatingwebhookconfigurations", facts->validating);
  Note(node, "mutatingwebhookconfigurations", facts->mutating);
  Note(node, "apiservices", facts->services);
  Note(node, "bootstrap tokens", facts->bootstrap_tokens);
  Note(node, "service account tokens", facts->legacy_tokens);
  Note(node, "networkpolicies", facts->system_policies);
  return node;
}

std::vector<Node> NodesOfFacts(const std::shared_ptr<const ApiFacts>& facts,
                               const std::string& server, const cluster::ReadOptions& options,
                               const std::set<std::string>& covered) {
  std::vector<Node> nodes;
  std::set<std::string> names = covered;
  for (const cluster::ApiNode& machine : facts->nodes.value) {
    if (names.insert(machine.name).second) nodes.push_back(Unseen(machine, server, options));
  }
  nodes.push_back(WholeCluster(facts, server));
  nodes.back().name = OwnName(nodes.back().name, names);
  return nodes;
}

}  // namespace seawall::api
