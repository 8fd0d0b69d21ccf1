// Tokens that lie in the cluster, and what it shows to those who have none. Of bootstrap tokens the
// secret part is read with the rest and dropped at once; of service accounts' Secrets only the
// metadata crosses the network.
#include "api/facts_parts.h"
#include "base/base64.h"
#include "base/text.h"

namespace seawall::api {

using cluster::BootstrapToken;
using cluster::FrontProxy;
using cluster::LegacyToken;

namespace {

std::string Decoded(const yaml::Value& data, const char* key) {
  return DecodeBase64(data[key].text()).value_or("");
}

std::optional<BootstrapToken> ReadBootstrapToken(const yaml::Value& item) {
  if (item["type"].text() != "bootstrap.kubernetes.io/token") return std::nullopt;
  BootstrapToken token;
  token.secret = item.Path("metadata.name").text();
  const yaml::Value data = item["data"];
  token.expiration = Decoded(data, "expiration");
  token.ends = ReadRfc3339(token.expiration);
  constexpr std::string_view kUsage = "usage-bootstrap-";
  for (const yaml::Value::Pair& pair : data.Pairs()) {
    const std::string& key = pair.key.text();
    if (key.starts_with(kUsage) && Decoded(data, key.c_str()) == "true")
      token.usages.push_back(key.substr(kUsage.size()));
  }
  const std::string groups = Decoded(data, "auth-extra-groups");
  for (const std::string_view group : Split(groups, ','))
    if (!Trim(group).empty()) token.groups.emplace_back(Trim(group));
  return token;
}

std::optional<LegacyToken> ReadLegacyToken(const yaml::Value& item) {
  const yaml::Value metadata = item["metadata"];
  LegacyToken token;
  token.space = metadata["namespace"].text();
  token.name = metadata["name"].text();
  token.created = metadata["creationTimestamp"].text();
  token.account = metadata["annotations"]["kubernetes.io/service-account.name"].text();
  token.last_used = metadata["labels"]["kubernetes.io/legacy-token-last-used"].text();
  token.invalid_since = metadata["labels"]["kubernetes.io/legacy-token-invalid-since"].text();
  return token;
}

FrontProxy ReadFrontProxy(const yaml::Value& data) {
  FrontProxy proxy;
  const std::string& client = data["client-ca-file"].text();
  const std::string& request = data["requestheader-client-ca-file"].text();
  proxy.client_ca = !Trim(client).empty();
  proxy.request_ca = !Trim(request).empty();
  proxy.same_ca = proxy.client_ca && Trim(client) == Trim(request);
  const std::string& names = data["requestheader-allowed-names"].text();
  if (const auto list = yaml::Parse("requestheader-allowed-names", names))
    proxy.allowed_names = Texts(list->root());
  return proxy;
}

}  // namespace

void ReadTokens(Asker& ask, cluster::ApiFacts& facts) {
  ask.List<BootstrapToken>({.path = "/api/v1/namespaces/kube-system/secrets",
                            .selector = "fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken"},
                           facts.bootstrap_tokens, ReadBootstrapToken);
  ask.List<LegacyToken>({.path = "/api/v1/secrets",
                         .selector = "fieldSelector=type%3Dkubernetes.io%2Fservice-account-token",
                         .metadata_only = true},
                        facts.legacy_tokens, ReadLegacyToken);
  const std::string authentication =
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
  if (auto map = ask.Object(authentication)) {
    Asker::Know(facts.front_proxy, ReadFrontProxy(map->root()["data"]));
  } else {
    Asker::Blame(facts.front_proxy, map.error());
  }
  auto info = ask.Object("/api/v1/namespaces/kube-public/configmaps/cluster-info");
  if (info || info.error().code == ErrorCode::kNotFound) {
    Asker::Know(facts.cluster_info, info.has_value());
  } else {
    Asker::Blame(facts.cluster_info, info.error());
  }
}

}  // namespace seawall::api
