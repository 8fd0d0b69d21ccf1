// Rows 5a and 5b: TLS on etcd's client and peer side, and kube-apiserver as its client.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/etcd_pki.h"
#include "harden/etcd_side.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

using cluster::Setting;

/// How far a running etcd can go towards TLS on its client side.
enum class ClientStage : uint8_t {
  kOnly,  ///< TLS only: nothing runs, or nobody asks in the clear any more
  kBoth,  ///< TLS as well, so that API servers can come over
  kWait,  ///< that is so already, and an API server of this node has not come over yet
};

Result<ClientStage> ClientStageOf(const FixContext& context) {
  const cluster::Component* etcd = RunningEtcd(context);
  if (etcd == nullptr) return ClientStage::kOnly;
  const Setting urls = etcd->Get("listen-client-urls");
  if (!HasPlain(urls)) return ClientStage::kOnly;
  const bool speaks_tls = std::ranges::any_of(
      urls.items, [](const cluster::Item& item) { return item.text.starts_with("https://"); });
  if (!speaks_tls) return ClientStage::kBoth;
  const auto servers = context.running->Of(cluster::ComponentKind::kApiServer);
  for (const cluster::Component* server : servers) {
    if (HasPlain(server->Get("etcd-servers"))) return ClientStage::kWait;
  }
  if (!servers.empty() && !etcd->Get("initial-cluster").text.contains(','))
    return ClientStage::kOnly;
  auto said = Consent(context, "accept-etcd-http-end",
                      "whether API servers of other nodes still ask this member in the clear "
                      "cannot be seen in files: every one of them has to come over to TLS first");
  if (!said) return std::unexpected(said.error());
  return ClientStage::kOnly;
}

/// Rules that only hold when nothing is served in the clear any more.
bool NeedsTheEnd(const Fix& fix) {
  const std::string_view rule = fix.rule;
  return rule == "etcd-client-urls-https" || rule == "etcd-client-cert-auth";
}

/// Where nothing runs there are no stages: TLS only, when the API servers of this node have come
/// over in the same plan.
Result<void> NobodyAsksInTheClear(const FixContext& context) {
  if (context.running != nullptr || !HasPlain(context.component->Get("listen-client-urls")))
    return {};
  for (const cluster::Component* server : context.node.Of(cluster::ComponentKind::kApiServer)) {
    if (HasPlain(server->Get("etcd-servers")))
      return Fail(ErrorCode::kLimit, "plan the change", "",
                  "kube-apiserver of this node asks etcd in the clear, and would find nobody",
                  "let it come over in the same plan: --set etcd-pki=DIR");
  }
  return {};
}

Result<Draft> ClientSide(const Fix& fix, const FixContext& context) {
  if (auto nobody = NobodyAsksInTheClear(context); !nobody) return std::unexpected(nobody.error());
  const auto stage = ClientStageOf(context);
  if (!stage) return std::unexpected(stage.error());
  const bool beside = *stage != ClientStage::kOnly;
  if (beside && NeedsTheEnd(fix))
    return Missing(
        "etcd goes on serving in the clear, beside TLS, until the API servers ask it "
        "over TLS: none of them loses it on the way",
        kNextStage);
  auto draft = EtcdSide(context, "");
  if (!draft) return draft;
  for (const char* urls :
       {"listen-client-urls", "advertise-client-urls", "listen-client-http-urls"}) {
    if (auto done = UrlsOverTls(context, urls, *draft, beside); !done)
      return std::unexpected(done.error());
  }
  if (beside) {
    draft->notes.emplace_back(
        "TLS beside what is served in the clear now, at the same address: "
        "nobody is cut off yet");
    return draft;
  }
  draft->notes.emplace_back(
      "every client of this member must speak TLS with a certificate then: "
      "all API servers, and whoever takes snapshots");
  return draft;
}

/// kube-apiserver as etcd's client.
Result<Draft> ApiServerAsClient(const Fix&, const FixContext& context) {
  Draft draft;
  if (!IsGiven(context, "etcd-cafile") || !IsGiven(context, "etcd-certfile") ||
      !IsGiven(context, "etcd-keyfile")) {
    auto pair = EtcdPki(context, PkiUse::kClient, {});
    if (!pair) return std::unexpected(pair.error());
    const std::pair<const char*, std::string> files[] = {{"etcd-cafile", pair->ca},
                                                         {"etcd-certfile", pair->certificate},
                                                         {"etcd-keyfile", pair->key}};
    for (const auto& [name, path] : files) {
      if (IsGiven(context, name)) continue;
      if (auto done = Want(context, name, Wanted::Text(path), draft); !done)
        return std::unexpected(done.error());
    }
  }
  if (auto done = UrlsOverTls(context, "etcd-servers", draft); !done)
    return std::unexpected(done.error());
  return draft;
}

Result<Draft> MetricsAtHome(const Fix&, const FixContext& context) {
  const Setting urls = context.component->Get("listen-metrics-urls");
  std::vector<std::string> items;
  for (const cluster::Item& item : urls.items) {
    const size_t scheme = item.text.find("://");
    const size_t port = item.text.rfind(':');
    if (scheme == std::string::npos || port <= scheme)
      return Missing("a URL without a port", "write it with its port");
    std::string at_home = item.text.substr(0, scheme) + "://127.0.0.1" + item.text.substr(port);
    if (std::ranges::find(items, at_home) == items.end()) items.push_back(std::move(at_home));
  }
  Draft draft;
  auto done = Want(context, "listen-metrics-urls", Wanted::Text(Join(items, ",")), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

constexpr const char* kClients = "clients of etcd without a certificate of its CA";

constexpr Fix kFixes[] = {
    {.rule = "etcd-serving-certificate",
     .make = ClientSide,
     .risk = Risk::kClients,
     .cuts_off = kClients,
     .parameter = "etcd-pki",
     .clients_unknown = true},
    {.rule = "etcd-client-cert-auth",
     .make = ClientSide,
     .risk = Risk::kClients,
     .cuts_off = kClients,
     .parameter = "etcd-pki",
     .clients_unknown = true},
    {.rule = "etcd-client-ca",
     .make = ClientSide,
     .risk = Risk::kClients,
     .cuts_off = kClients,
     .parameter = "etcd-pki",
     .clients_unknown = true},
    {.rule = "etcd-no-auto-tls",
     .make = ClientSide,
     .risk = Risk::kClients,
     .cuts_off = kClients,
     .parameter = "etcd-pki",
     .clients_unknown = true},
    {.rule = "etcd-client-urls-https",
     .make = ClientSide,
     .risk = Risk::kClients,
     .cuts_off = kClients,
     .parameter = "etcd-pki",
     .clients_unknown = true},
    {.rule = "etcd-peer-certificate",
     .make = PeerSide,
     .risk = Risk::kClients,
     .cuts_off = "members without a certificate of the CA",
     .parameter = "etcd-pki"},
    {.rule = "etcd-peer-client-cert-auth",
     .make = PeerSide,
     .risk = Risk::kClients,
     .cuts_off = "members without a certificate of the CA",
     .parameter = "etcd-pki"},
    {.rule = "etcd-peer-ca",
     .make = PeerSide,
     .risk = Risk::kClients,
     .cuts_off = "members without a certificate of the CA",
     .parameter = "etcd-pki"},
    {.rule = "etcd-no-peer-auto-tls",
     .make = PeerSide,
     .risk = Risk::kClients,
     .cuts_off = "members without a certificate of the CA",
     .parameter = "etcd-pki"},
    {.rule = "etcd-peer-urls-https",
     .make = PeerSide,
     .risk = Risk::kClients,
     .cuts_off = "members without a certificate of the CA",
     .parameter = "etcd-pki"},
    {.rule = "apiserver-etcd-https", .make = ApiServerAsClient, .parameter = "etcd-pki"},
    {.rule = "apiserver-etcd-ca", .make = ApiServerAsClient, .parameter = "etcd-pki"},
    {.rule = "apiserver-etcd-client-certificate",
     .make = ApiServerAsClient,
     .parameter = "etcd-pki"},
    {.rule = "etcd-metrics-local",
     .make = MetricsAtHome,
     .risk = Risk::kClients,
     .cuts_off = "what scrapes etcd's metrics from another machine",
     .clients_unknown = true},
    {.rule = "etcd-tls-floor",
     .make = SetValue,
     .value = "TLS1.2",
     .risk = Risk::kClients,
     .cuts_off = "clients that know nothing newer than TLS 1.1",
     .clients_unknown = true},
    {.rule = "etcd-strong-ciphers",
     .make = SetStrongCiphers,
     .setting = "cipher-suites",
     .risk = Risk::kClients,
     .cuts_off = "clients that know suites with CBC, RC4 or 3DES only",
     .clients_unknown = true},
    {.rule = "etcd-pprof-off", .make = TakeAway},
    {.rule = "etcd-no-v2", .make = TakeAway},
    {.rule = "etcd-fsync", .make = TakeAway},
    {.rule = "etcd-peer-san-verified", .make = TakeAway},
    {.rule = "etcd-strict-reconfig", .make = TakeAway},
};

}  // namespace

std::span<const Fix> EtcdFixes() { return kFixes; }

}  // namespace seawall::harden
