// The cluster's name, its machines and its API servers.
#include <algorithm>

#include "api/facts_parts.h"
#include "api/servers.h"
#include "base/text.h"

namespace seawall::api {

using cluster::ApiNode;
using cluster::Role;

namespace {

std::vector<std::string> Addresses(const yaml::Value& status) {
  std::vector<std::string> internal, other;
  for (const yaml::Value& one : status["addresses"].Items()) {
    const std::string& type = one["type"].text();
    if (type == "InternalIP") internal.push_back(one["address"].text());
    if (type == "ExternalIP") other.push_back(one["address"].text());
  }
  internal.insert(internal.end(), other.begin(), other.end());
  return internal;
}

std::optional<ApiNode> ReadNode(const yaml::Value& item) {
  ApiNode node;
  node.name = item.Path("metadata.name").text();
  node.uid = item.Path("metadata.uid").text();
  const yaml::Value status = item["status"];
  node.version = status.Path("nodeInfo.kubeletVersion").text();
  node.os = status.Path("nodeInfo.osImage").text();
  node.runtime = status.Path("nodeInfo.containerRuntimeVersion").text();
  node.addresses = Addresses(status);
  const auto port = status.Path("daemonEndpoints.kubeletEndpoint.Port").AsInt();
  if (port && *port > 0 && *port < 65536) node.kubelet_port = static_cast<uint16_t>(*port);
  const yaml::Value labels = item.Path("metadata.labels");
  const auto has = [&](const char* role) {
    return labels[std::string("node-role.kubernetes.io/") + role].exists();
  };
  if (has("control-plane") || has("master") || has("controlplane"))
    node.roles.insert(Role::kControlPlane);
  if (has("etcd")) node.roles.insert(Role::kEtcd);
  if (node.roles.empty()) node.roles.insert(Role::kWorker);
  return node;
}

}  // namespace

void ReadMachines(Asker& ask, cluster::ApiFacts& facts) {
  ask.List<ApiNode>({.path = "/api/v1/nodes"}, facts.nodes, ReadNode);
  if (auto space = ask.Object("/api/v1/namespaces/kube-system")) {
    Asker::Know(facts.uid, space->root().Path("metadata.uid").text());
  } else {
    Asker::Blame(facts.uid, space.error());
  }
  std::vector<std::string> servers;
  const auto ok = ask.Each(
      ServersRequest(), [&](const yaml::Value& slice) { AddServers(slice, servers); },
      [&] { servers.clear(); });
  if (ok) {
    Asker::Know(facts.servers, std::move(servers));
  } else {
    Asker::Blame(facts.servers, ok.error());
  }
}

}  // namespace seawall::api
