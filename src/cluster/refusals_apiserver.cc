// kube-apiserver's own validation: pkg/kubeapiserver/options and apiserver/pkg/server/options of
// Kubernetes 1.37.
#include <fmt/format.h>
#include <set>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"

namespace seawall::cluster {
namespace {

void Authorization(const Refusal& r) {
  constexpr std::string_view kLegacy[] = {
      "authorization-mode", "authorization-webhook-config-file", "authorization-webhook-version",
      "authorization-webhook-cache-authorized-ttl", "authorization-webhook-cache-unauthorized-ttl"};
  if (const Setting* config = r.Given("authorization-config")) {
    for (const std::string_view flag : kLegacy) {
      if (const Setting* legacy = r.Mentioned(flag)) {
        r.Conflict(*legacy,
                   fmt::format("--{} and --authorization-config exclude each other", flag));
      }
    }
    (void)config;
    return;
  }
  const Setting* modes = r.Given("authorization-mode");
  std::set<std::string_view> seen;
  if (modes != nullptr) {
    for (const Item& mode : modes->items) {
      if (r.table().certain() && !versions::KnowsAuthorizationMode(mode.text, r.table().minor())) {
        r.Bad(*modes, mode,
              fmt::format("{} is no authorization mode", PrintableShort(mode.text, 40)));
      }
      if (!seen.insert(mode.text).second) {
        r.Bad(
            *modes, mode,
            fmt::format("the authorization mode {} is given twice", PrintableShort(mode.text, 40)));
      }
    }
    if (seen.contains("ABAC"))
      r.Demand("authorization-policy-file", "the mode ABAC needs --authorization-policy-file");
    if (seen.contains("Webhook")) {
      r.Demand("authorization-webhook-config-file",
               "the mode Webhook needs --authorization-webhook-config-file");
    }
  }
  const bool known = modes != nullptr || r.Missing("authorization-mode");
  if (const Setting* file = r.Given("authorization-policy-file");
      known && file != nullptr && !seen.contains("ABAC")) {
    r.Conflict(*file, "--authorization-policy-file needs the authorization mode ABAC");
  }
  const Setting* webhook = r.Given("authorization-webhook-config-file");
  if (known && webhook != nullptr && !seen.contains("Webhook")) {
    r.Conflict(*webhook,
               "--authorization-webhook-config-file needs the authorization mode Webhook");
  }
}

void Oidc(const Refusal& r) {
  const Setting* any = nullptr;
  const bool file = r.Given("authentication-config") != nullptr;
  for (const auto& [name, setting] : r.component().written) {
    if (!name.starts_with("oidc-")) continue;
    any = &setting;
    if (file)
      r.Conflict(setting, fmt::format("--{} and --authentication-config exclude each other", name));
  }
  if (any == nullptr || file || !r.Missing("authentication-config")) return;
  if (r.Missing("oidc-issuer-url") || r.Missing("oidc-client-id")) {
    r.Conflict(
        *any,
        "--oidc-issuer-url and --oidc-client-id are both needed where any --oidc-* flag is given");
  }
}

/// `anonymous` of the file and the flag exclude each other, whatever they say.
void Anonymous(const Refusal& r) {
  const Setting* flag = r.Mentioned("anonymous-auth");
  if (flag == nullptr || r.Given("authentication-config") == nullptr) return;
  const auto loaded = kinds::LoadAuthentication(r.node(), r.component());
  if (loaded && loaded->anonymous.written) {
    r.Conflict(*flag,
               "--anonymous-auth and `anonymous` in the file of --authentication-config exclude "
               "each other");
  }
}

void ServiceAccounts(const Refusal& r) {
  const Setting* endpoint = r.Given("service-account-signing-endpoint");
  for (const std::string_view file :
       {"service-account-signing-key-file", "service-account-key-file"}) {
    if (const Setting* given = r.Given(file); endpoint != nullptr && given != nullptr) {
      r.Conflict(
          *given,
          fmt::format("--{} and --service-account-signing-endpoint exclude each other", file));
    }
  }
  r.Demand("service-account-issuer", "--service-account-issuer is required");
  if (r.Missing("service-account-signing-endpoint")) {
    r.Demand("service-account-signing-key-file", "--service-account-signing-key-file is required");
    // Without a key file the key of the serving certificate is taken, if there is one.
    if (r.Missing("tls-private-key-file")) {
      r.Demand("service-account-key-file", "--service-account-key-file is required");
    }
  }
  const Setting* issuers = r.Given("service-account-issuer");
  std::set<std::string_view> seen;
  if (issuers == nullptr) return;
  for (const Item& issuer : issuers->items) {
    if (!seen.insert(issuer.text).second)
      r.Bad(*issuers, issuer, "the service account issuer is given twice");
  }
}

void Admission(const Refusal& r) {
  const Setting* whole = r.Mentioned("admission-control");
  const Setting* enable = r.Mentioned("enable-admission-plugins");
  const Setting* disable = r.Mentioned("disable-admission-plugins");
  for (const Setting* part : {enable, disable}) {
    if (whole == nullptr || part == nullptr) continue;
    r.Conflict(*part, fmt::format("--{} and --admission-control exclude each other", part->name));
  }
  for (const Setting* list : {whole, enable, disable}) {
    if (list == nullptr || !list->written()) continue;
    for (const Item& plugin : list->items) {
      if (!r.table().certain() ||
          versions::FindAdmissionPlugin(plugin.text, r.table().minor()) != nullptr)
        continue;
      const auto* removed = versions::FindRemoved(r.table().component(), plugin.text,
                                                  versions::Thing::kAdmissionPlugin);
      r.Bad(*list, plugin,
            fmt::format(
                "kube-apiserver {}.{} does not know the admission plugin {} and does not start{}",
                r.table().minor().major, r.table().minor().minor, PrintableShort(plugin.text, 60),
                removed != nullptr
                    ? fmt::format(" (gone in 1.{}: {})", removed->gone_in, removed->advice)
                    : ""));
    }
  }
  if (enable == nullptr || disable == nullptr || !enable->written()) return;
  std::set<std::string_view> enabled;
  for (const Item& plugin : enable->items) enabled.insert(plugin.text);
  for (const Item& plugin : disable->items) {
    if (enabled.contains(plugin.text)) {
      r.Bad(*disable, plugin,
            fmt::format("the admission plugin {} is both enabled and disabled",
                        PrintableShort(plugin.text, 60)));
    }
  }
}

void Audit(const Refusal& r) {
  if (r.Given("audit-log-path") != nullptr) {
    for (const std::string_view name :
         {"audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"}) {
      r.NotNegative(name);
    }
    r.OneOf("audit-log-format", {"legacy", "json"});
    r.OneOf("audit-log-mode", {"batch", "blocking", "blocking-strict"});
    r.OneOf("audit-log-version", {"audit.k8s.io/v1"});
  }
  if (r.Given("audit-webhook-config-file") != nullptr) {
    r.OneOf("audit-webhook-mode", {"batch", "blocking", "blocking-strict"});
    r.OneOf("audit-webhook-version", {"audit.k8s.io/v1"});
  }
}

/// Since 1.35: with one CA for both and no list of names every client could set the proxy's
/// headers.
void RequestHeader(const Refusal& r) {
  const Setting* client = r.Given("client-ca-file");
  const Setting* proxy = r.Given("requestheader-client-ca-file");
  if (client == nullptr || proxy == nullptr || !r.Missing("requestheader-allowed-names")) return;
  if (!r.table().certain() || r.table().minor().minor < 35) return;
  const auto one = r.component().HostPath(client->text);
  const auto other = r.component().HostPath(proxy->text);
  if (!one || !other) return;
  const auto& clients = r.node().Certificates(*one);
  const auto& proxies = r.node().Certificates(*other);
  if (!clients || !proxies) return;
  for (const auto& certificate : *clients) {
    for (const auto& again : *proxies) {
      if (certificate.fingerprint_sha256 != again.fingerprint_sha256) continue;
      return r.Conflict(*proxy,
                        "--requestheader-client-ca-file and --client-ca-file share a certificate: "
                        "--requestheader-allowed-names is then required");
    }
  }
}

}  // namespace

void RefuseApiServer(const Node& node, Component& component) {
  const Refusal r(node, component);
  Authorization(r);
  Oidc(r);
  Anonymous(r);
  ServiceAccounts(r);
  Admission(r);
  Audit(r);
  RequestHeader(r);
  r.Range("secure-port", 1, 65535);
  r.Demand("etcd-servers", "--etcd-servers must be given");
  const Setting* reload = r.Given("encryption-provider-config-automatic-reload");
  if (reload != nullptr && reload->text == "true" && r.Missing("encryption-provider-config")) {
    r.Conflict(*reload,
               "--encryption-provider-config-automatic-reload needs --encryption-provider-config");
  }
  for (const std::string_view name :
       {"livez-grace-period", "max-requests-inflight", "max-mutating-requests-inflight",
        "request-timeout", "min-request-timeout", "storage-initialization-timeout",
        "shutdown-delay-duration"}) {
    r.NotNegative(name);
  }
  r.OneOf("storage-backend", {"etcd3"});
  r.Ciphers("tls-cipher-suites");
  r.KubernetesTlsVersion("tls-min-version");
  r.Gates("feature-gates");
  r.Pair("tls-cert-file", "tls-private-key-file");
  r.Files({"client-ca-file", "requestheader-client-ca-file", "token-auth-file", "tls-cert-file",
           "tls-private-key-file", "service-account-key-file", "service-account-signing-key-file",
           "etcd-cafile", "etcd-certfile", "etcd-keyfile", "kubelet-certificate-authority",
           "kubelet-client-certificate", "kubelet-client-key", "proxy-client-cert-file",
           "proxy-client-key-file", "authorization-policy-file", "oidc-ca-file"});
}

}  // namespace seawall::cluster
