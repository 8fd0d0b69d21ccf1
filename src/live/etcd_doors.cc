#include "live/etcd_doors.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::live {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;

constexpr size_t kMostDoors = 20;
constexpr int kTimeoutMs = 5000;

/// What is shown and trusted, by the names of the settings that say so.
struct Ways {
  ComponentKind kind;
  const char* urls;
  const char *ca, *certificate, *key;
};
constexpr Ways kWays[] = {
    {ComponentKind::kApiServer, "etcd-servers", "etcd-cafile", "etcd-certfile", "etcd-keyfile"},
    {ComponentKind::kEtcd, "listen-client-urls", "trusted-ca-file", "cert-file", "key-file"},
    {ComponentKind::kEtcd, "listen-client-urls", "trusted-ca-file", "peer-cert-file",
     "peer-key-file"},
};

std::string PathOf(const Component& component, const char* name) {
  const cluster::Setting setting = component.Get(name);
  if (!setting.known() || setting.text.empty()) return "";
  return component.HostPath(setting.text).value_or("");
}

/// Who listens everywhere is asked at home.
void GoHome(api::Address& server) {
  if (server.host == "0.0.0.0") server.host = "127.0.0.1";
  if (server.host == "::") server.host = "::1";
}

/// A server's own certificate may be good for servers only.
bool IsForServersOnly(const Node& node, const std::string& certificate) {
  if (certificate.empty()) return false;
  const auto& chain = node.Certificates(certificate);
  return chain && !chain->empty() && !chain->front().client_auth;
}

/// An Access without an address; an empty `why` says that it is one.
api::Access Shown(const Node& node, const Component& component, const Ways& ways,
                  std::string& why) {
  api::Access access;
  access.source = "etcd's clients";
  const auto read = [&](const char* name, std::string& into) {
    const std::string path = PathOf(component, name);
    if (path.empty()) return;
    auto bytes = node.files->Read(path);
    if (bytes)
      into = std::move(*bytes);
    else
      why = bytes.error().ToString();
  };
  std::string key;
  read(ways.ca, access.ca);
  read(ways.certificate, access.certificate);
  read(ways.key, key);
  access.key = api::Secret(std::move(key));
  const std::string file = PathOf(component, ways.certificate);
  if (why.empty() && IsForServersOnly(node, file)) why = file + " is no client's certificate";
  return access;
}

void AddDoors(const Node& node, const Component& component, const Ways& ways, EtcdDoors& found) {
  const cluster::Setting urls = component.Get(ways.urls);
  if (!urls.known()) return;
  const bool as_member = ways.certificate == std::string_view("peer-cert-file");
  if (as_member && (PathOf(component, ways.certificate).empty() ||
                    !IsForServersOnly(node, PathOf(component, "cert-file"))))
    return;
  std::string why;
  const api::Access shown = Shown(node, component, ways, why);
  for (const std::string_view text : Split(urls.text, ',')) {
    const auto address = api::ParseAddress(Trim(text));
    const std::string name = PrintableShort(Trim(text).substr(0, Trim(text).rfind('@')), 100);
    if (name.empty()) continue;
    if (!address) {
      found.why_not.push_back(name + ": it is not reached over the network");
    } else if (address->https && !why.empty()) {
      found.why_not.push_back(why);
    } else if (found.doors.size() < kMostDoors) {
      api::Access door = shown;
      door.server = *address;
      GoHome(door.server);
      found.doors.push_back(std::move(door));
    }
  }
}

Result<OpenedEtcd> Enter(const api::Access& door) {
  auto client = etcd::Client::Open(door, kTimeoutMs);
  if (!client) return std::unexpected(client.error());
  auto status = (*client)->Status();
  if (!status) return std::unexpected(status.error());
  return OpenedEtcd{std::move(*client), std::move(*status)};
}

}  // namespace

EtcdDoors DoorsToEtcd(const Node& node) {
  EtcdDoors found;
  for (const Ways& ways : kWays) {
    for (const Component* component : node.Of(ways.kind)) AddDoors(node, *component, ways, found);
  }
  if (found.doors.empty() && found.why_not.empty())
    found.why_not.emplace_back("neither kube-apiserver nor etcd of this node says where it is");
  return found;
}

Result<OpenedEtcd> OpenEtcd(const Node& node) {
  const EtcdDoors found = DoorsToEtcd(node);
  std::vector<std::string> why = found.why_not;
  for (const api::Access& door : found.doors) {
    auto opened = Enter(door);
    if (opened) return opened;
    why.push_back(opened.error().ToString());
  }
  return Fail(ErrorCode::kIo, "reach etcd from this node", "", Join(why, "; "), "");
}

Result<api::Access> DoorTo(const Node& node, const std::string& url) {
  const EtcdDoors found = DoorsToEtcd(node);
  auto address = api::ParseAddress(url);
  if (!address || found.doors.empty())
    return Fail(ErrorCode::kIo, "reach etcd's member", url, "there is no way to it", "");
  GoHome(*address);
  api::Access door = found.doors.front();
  for (const api::Access& other : found.doors) {
    if (other.server.https == address->https) {
      door = other;
      break;
    }
  }
  door.server = *address;
  return door;
}

Result<OpenedEtcd> OpenMember(const Node& node, const std::string& url) {
  auto door = DoorTo(node, url);
  if (!door) return std::unexpected(door.error());
  return Enter(*door);
}

}  // namespace seawall::live
