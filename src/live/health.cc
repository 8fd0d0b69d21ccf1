#include "live/health.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/client.h"
#include "base/text.h"
#include "cluster/listeners.h"

namespace seawall::live {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;

constexpr int kTimeoutMs = 3000;

/// Which listener tells, in the order of preference, and what it is asked for.
struct Door {
  ComponentKind kind;
  const char* role;
  bool https;
  const char* path;
};
constexpr Door kDoors[] = {
    {ComponentKind::kApiServer, "", true, "/readyz"},
    {ComponentKind::kControllerManager, "", true, "/healthz"},
    {ComponentKind::kScheduler, "", true, "/healthz"},
    {ComponentKind::kKubelet, "healthz", false, "/healthz"},
    {ComponentKind::kKubelet, "", true, "/healthz"},
    {ComponentKind::kProxy, "healthz", false, "/livez"},
    {ComponentKind::kEtcd, "metrics", false, "/health"},
    {ComponentKind::kEtcd, "client", true, "/health"},
};

std::string PathOf(const Component& component, const char* name) {
  const cluster::Setting setting = component.Get(name);
  if (!setting.known() || setting.text.empty()) return "";
  return component.HostPath(setting.text).value_or("");
}

/// A certificate and key of this node, as PEM.
void ShowPair(const Node& node, const std::string& certificate, const std::string& key,
              api::Access& access) {
  if (certificate.empty() || key.empty()) return;
  const auto& pem = node.Bytes(certificate);
  auto secret = node.files->Read(key);
  if (!pem || !secret) return;
  access.certificate = *pem;
  access.key = api::Secret(std::move(*secret));
}

/// Kubeconfigs of this node, the most privileged first.
std::vector<std::string> Kubeconfigs(const Node& node) {
  std::vector<std::string> files = {"/etc/kubernetes/admin.conf",
                                    "/etc/kubernetes/super-admin.conf"};
  for (const Component& component : node.components) {
    const std::string file = PathOf(component, "kubeconfig");
    if (!file.empty()) files.push_back(file);
  }
  return files;
}

/// The first kubeconfig that shows a certificate.
std::optional<api::Access> OwnAccess(const Node& node) {
  for (const std::string& file : Kubeconfigs(node)) {
    if (!node.Stat(file)) continue;
    api::Wanted wanted;
    wanted.kubeconfig = file;
    auto access = api::ReadAccess(wanted, {}, *node.files);
    if (access && !access->certificate.empty() && !access->exec) return std::move(*access);
  }
  return std::nullopt;
}

/// Whoever etcd lets in: the API server of this node, else etcd itself.
void ShowToEtcd(const Node& node, const Component& etcd, api::Access& access) {
  for (const Component* server : node.Of(ComponentKind::kApiServer))
    ShowPair(node, PathOf(*server, "etcd-certfile"), PathOf(*server, "etcd-keyfile"), access);
  if (access.certificate.empty())
    ShowPair(node, PathOf(etcd, "cert-file"), PathOf(etcd, "key-file"), access);
}

bool SpeaksHttp(const Component& component, const cluster::Listener& listener, bool https) {
  if (component.kind != ComponentKind::kEtcd) return !https;
  const bool metrics = listener.role == "metrics";
  const cluster::Setting urls =
      component.Get(metrics ? "listen-metrics-urls" : "listen-client-urls");
  const std::string end = fmt::format(":{}", listener.port);
  return std::ranges::any_of(Split(urls.text, ','), [&](std::string_view url) {
    return Trim(url).starts_with("http://") && Trim(url).ends_with(end);
  });
}

Health Ask(const Node& node, const Component& component, const cluster::Listener& listener,
           const Door& door) {
  api::Access access;
  access.server.https = !SpeaksHttp(component, listener, door.https);
  access.server.host = listener.host;
  access.server.port = listener.port;
  // The node asks itself; what is shown is a certificate, whose key does not leave.
  access.insecure = true;
  if (component.kind == ComponentKind::kEtcd && access.server.https)
    ShowToEtcd(node, component, access);
  if (component.kind == ComponentKind::kApiServer) {
    if (const auto own = OwnAccess(node)) {
      access.certificate = own->certificate;
      access.key = own->key;
    }
  }
  const std::string asked = fmt::format("GET http{}://{}{}", access.server.https ? "s" : "",
                                        access.server.HostPort(), door.path);
  auto client = api::ApiClient::Open(access, {.timeout_ms = kTimeoutMs, .attempts = 1});
  if (!client) return {false, asked + ": " + client.error().why};
  auto answer = (*client)->Get(door.path);
  if (!answer) return {false, asked + ": " + answer.error().why};
  const bool not_us = answer->status == 401 || answer->status == 403;
  const bool well = answer->status == 200 || not_us;
  std::string why = fmt::format("{}: status {}", asked, answer->status);
  if (!well) why += ": " + PrintableShort(answer->body, 300);
  return {well, why};
}

}  // namespace

Health AskHealth(const Node& node, const Component& component) {
  const cluster::Listeners found = cluster::ListenersOf(node);
  for (const Door& door : kDoors) {
    if (door.kind != component.kind) continue;
    for (const cluster::Listener& listener : found.listeners) {
      if (listener.component == &component && listener.role == door.role && listener.port != 0)
        return Ask(node, component, listener, door);
    }
  }
  return {true, "it has no listener that tells how it is"};
}

std::set<std::string> ReadyNodes(const Node& node) {
  std::set<std::string> ready;
  auto access = OwnAccess(node);
  if (!access) return ready;
  auto client = api::ApiClient::Open(*access, {.timeout_ms = kTimeoutMs, .attempts = 1});
  if (!client) return ready;
  [[maybe_unused]] const auto read = (*client)->List(
      {.path = "/api/v1/nodes"},
      [&](const yaml::Value& item) {
        for (const yaml::Value condition : item["status"]["conditions"].Items()) {
          if (condition["type"].text() == "Ready" && condition["status"].text() == "True")
            ready.insert(item["metadata"]["name"].text());
        }
      },
      [&] { ready.clear(); });
  return ready;
}

}  // namespace seawall::live
