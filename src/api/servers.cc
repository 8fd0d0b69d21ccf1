#include "api/servers.h"

#include <algorithm>

#include "base/text.h"

namespace seawall::api {

ListRequest ServersRequest() {
  return {.path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
          .selector = "labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes"};
}

void AddServers(const yaml::Value& slice, std::vector<std::string>& servers) {
  for (const yaml::Value& port : slice["ports"].Items()) {
    const auto number = port["port"].AsInt();
    if (!number || *number < 1 || *number > 65535) continue;
    for (const yaml::Value& endpoint : slice["endpoints"].Items()) {
      for (const yaml::Value& address : endpoint["addresses"].Items()) {
        const bool v6 = address.text().contains(':');
        std::string place =
            (v6 ? "[" + address.text() + "]" : address.text()) + ":" + std::to_string(*number);
        if (std::ranges::find(servers, place) == servers.end()) servers.push_back(std::move(place));
      }
    }
  }
}

Result<std::vector<std::string>> ListServers(ApiClient& client) {
  std::vector<std::string> servers;
  const auto ok = client.List(
      ServersRequest(), [&](const yaml::Value& slice) { AddServers(slice, servers); },
      [&] { servers.clear(); });
  if (!ok) return std::unexpected(ok.error());
  std::ranges::sort(servers);
  return servers;
}

Result<Access> AccessTo(const std::string& place, const Access& through) {
  const auto address = ParseAddress((through.server.https ? "https://" : "http://") + place);
  if (!address)
    return Fail(ErrorCode::kUsage, "ask each API server", Printable(place),
                "it is no address of a server", "look at kubectl get endpointslices -n default");
  Access access = through;
  if (access.tls_server_name.empty()) access.tls_server_name = access.server.host;
  access.server = *address;
  access.proxy.reset();
  return access;
}

}  // namespace seawall::api
