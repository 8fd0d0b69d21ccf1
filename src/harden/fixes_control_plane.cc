// Rows 2a, 2b and 6a on kube-apiserver, kube-controller-manager, kube-scheduler and kube-proxy.
#include <algorithm>

#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

constexpr const char* kOldTls = "clients that know nothing newer than TLS 1.1";
constexpr const char* kOldSuites = "clients that know suites with CBC, RC4 or 3DES only";
constexpr const char* kScrapers = "what scrapes its metrics from another machine";

/// Both controllers by name; whatever else the list says stays.
Result<Draft> CleanTokens(const Fix&, const FixContext& context) {
  const cluster::Setting setting = context.component->Get("controllers");
  std::vector<std::string> names;
  for (const cluster::Item& item : setting.items) names.push_back(item.text);
  if (names.empty()) names.emplace_back("*");
  for (const char* name : {"bootstrapsigner", "tokencleaner"}) {
    std::erase(names, std::string("-") + name);
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  Draft draft;
  auto done = Want(context, "controllers", Wanted::List(std::move(names)), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

constexpr Fix kFixes[] = {
    {.rule = "apiserver-profiling-off", .make = SetValue},
    {.rule = "apiserver-request-timeout", .make = SetValue, .value = "1m0s"},
    {.rule = "apiserver-logs-handler-off", .make = SetValue},
    {.rule = "apiserver-contention-profiling-off", .make = SetValue},
    {.rule = "apiserver-debug-socket-off", .make = TakeAway},
    {.rule = "apiserver-insecure-port-off",
     .make = TakeAway,
     .risk = Risk::kClients,
     .cuts_off = "whoever uses the port without TLS",
     .clients_unknown = true},
    {.rule = "apiserver-insecure-address-off",
     .make = TakeAway,
     .risk = Risk::kClients,
     .cuts_off = "whoever uses the address without TLS",
     .clients_unknown = true},
    {.rule = "apiserver-kubelet-https", .make = TakeAway},
    {.rule = "apiserver-priority-and-fairness", .make = TakeAway},
    {.rule = "apiserver-tls-floor",
     .make = SetValue,
     .value = "VersionTLS12",
     .risk = Risk::kClients,
     .cuts_off = kOldTls,
     .clients_unknown = true},
    {.rule = "apiserver-strong-ciphers",
     .make = SetStrongCiphers,
     .setting = "tls-cipher-suites",
     .risk = Risk::kClients,
     .cuts_off = kOldSuites,
     .clients_unknown = true},
    {.rule = "apiserver-post-quantum", .make = TakeAway},
    {.rule = "apiserver-kubelet-certificate-authority",
     .make = SetFile,
     .setting = "kubelet-certificate-authority",
     .risk = Risk::kClients,
     .cuts_off = "kubectl logs and exec on nodes whose kubelet shows a certificate of another CA",
     .parameter = "kubelet-certificate-authority",
     .what = "the CA of the kubelets' serving certificates: all of them must have one of it "
             "(serverTLSBootstrap) before",
     .clients_unknown = true},
    {.rule = "apiserver-client-ca",
     .make = SetFile,
     .setting = "client-ca-file",
     .parameter = "client-ca-file",
     .what = "the cluster's client CA"},
    {.rule = "controller-manager-pod-gc", .make = SetValue, .value = "12500"},
    {.rule = "controller-manager-profiling-off", .make = SetValue},
    {.rule = "controller-manager-loopback",
     .make = SetValue,
     .value = "127.0.0.1",
     .risk = Risk::kClients,
     .cuts_off = kScrapers,
     .clients_unknown = true},
    {.rule = "controller-manager-tls-floor",
     .make = SetValue,
     .value = "VersionTLS12",
     .risk = Risk::kClients,
     .cuts_off = kOldTls,
     .clients_unknown = true},
    {.rule = "controller-manager-strong-ciphers",
     .make = SetStrongCiphers,
     .setting = "tls-cipher-suites",
     .risk = Risk::kClients,
     .cuts_off = kOldSuites,
     .clients_unknown = true},
    {.rule = "controller-manager-root-ca",
     .make = SetFile,
     .setting = "root-ca-file",
     .parameter = "root-ca-file",
     .what = "the CA of kube-apiserver's certificate, for pods"},
    {.rule = "controller-manager-insecure-port-off",
     .make = TakeAway,
     .risk = Risk::kClients,
     .cuts_off = "whoever uses the port without TLS",
     .clients_unknown = true},
    {.rule = "controller-manager-own-credentials", .make = SetValue},
    {.rule = "bootstrap-tokens-cleaned", .make = CleanTokens},
    {.rule = "cluster-signing-duration", .make = SetValue, .value = "8760h"},
    {.rule = "scheduler-profiling-off", .make = SetValue},
    {.rule = "scheduler-loopback",
     .make = SetValue,
     .value = "127.0.0.1",
     .risk = Risk::kClients,
     .cuts_off = kScrapers,
     .clients_unknown = true},
    {.rule = "scheduler-tls-floor",
     .make = SetValue,
     .value = "VersionTLS12",
     .risk = Risk::kClients,
     .cuts_off = kOldTls,
     .clients_unknown = true},
    {.rule = "scheduler-strong-ciphers",
     .make = SetStrongCiphers,
     .setting = "tls-cipher-suites",
     .risk = Risk::kClients,
     .cuts_off = kOldSuites,
     .clients_unknown = true},
    {.rule = "scheduler-insecure-port-off",
     .make = TakeAway,
     .risk = Risk::kClients,
     .cuts_off = "whoever uses the port without TLS",
     .clients_unknown = true},
    {.rule = "proxy-metrics-local",
     .make = SetValue,
     .value = "127.0.0.1:10249",
     .risk = Risk::kClients,
     .cuts_off = kScrapers,
     .clients_unknown = true},
    {.rule = "proxy-profiling-off", .make = SetValue},
};

constexpr NoFix kNoFixes[] = {
    {"apiserver-starts", "what the component refuses has to be mended by whoever wrote it"},
    {"apiserver-cors-origins", "only a person knows which web sites may call the API"},
    {"apiserver-service-account-key-apart",
     "a new key for service accounts has to be made, and "
     "every token made anew"},
    {"bootstrap-token-auth", "tokens of --token-auth-file: see apiserver-no-token-file"},
    {"etcd-own-ca", "a CA of etcd's own has to be made"},
    {"etcd-clients-are-no-peers", "a CA of the members' own has to be made"},
    {"etcd-on-its-own-node", "machines have to be added"},
    {"etcd-data-owner", "etcd must run as a user of its own first"},
    {"no-system-masters-certificates", "certificates of another group have to be issued first"},
};

}  // namespace

std::span<const Fix> ControlPlaneFixes() { return kFixes; }
std::span<const NoFix> NoFixes() { return kNoFixes; }

}  // namespace seawall::harden
