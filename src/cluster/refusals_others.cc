// The own validation of kube-controller-manager, kube-scheduler and kube-proxy of Kubernetes 1.37.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/controllers.h"
#include "cluster/ip_text.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// What controller manager and scheduler have in common: their own HTTPS server, whom it asks, and
/// the election of a leader.
void Serving(const Refusal& r) {
  r.Bounds();
  r.Ciphers("tls-cipher-suites");
  if (r.Text("disable-http2-serving", "true") != "true" && r.Text("secure-port", "0") != "0")
    r.Http2("tls-cipher-suites", "tls-min-version");
  r.Curves("tls-curve-preferences");
  r.KubernetesTlsVersion("tls-min-version");
  r.Gates("feature-gates");
  r.Pair("tls-cert-file", "tls-private-key-file");
  r.Files(
      {"client-ca-file", "requestheader-client-ca-file", "tls-cert-file", "tls-private-key-file"});
  r.CertificateFiles({"client-ca-file", "requestheader-client-ca-file", "tls-cert-file"});
  r.KeyFits("tls-cert-file", "tls-private-key-file");
  r.CertificatePairs("tls-sni-cert-key");
  r.Addresses("bind-address");
  r.OpenPaths("authorization-always-allow-paths");
  r.LeaderElection();
  r.HiddenMetrics("show-hidden-metrics-for-version");
  // No more than the default's sign: with qps at or below 0 there is no limit at all.
  const Setting* burst = r.Given("kube-api-burst");
  const auto qps = ParseFloat(r.Text("kube-api-qps"));
  const auto most = burst != nullptr ? ParseInt(burst->text) : std::nullopt;
  if (qps && *qps > 0 && most && *most <= 0)
    r.Conflict(*burst, "--kube-api-burst must be above zero where --kube-api-qps is");
}

void Controllers(const Refusal& r) {
  const Setting* controllers = r.Given("controllers");
  if (controllers == nullptr || !r.table().certain()) return;
  for (const Item& item : controllers->items) {
    std::string_view name = item.text;
    if (name == "*") continue;
    if (name.starts_with('-')) name.remove_prefix(1);
    if (versions::KnowsController(name, r.table().minor())) continue;
    r.Bad(*controllers, item,
          fmt::format("kube-controller-manager {}.{} has no controller {} and does not start",
                      r.table().minor().major, r.table().minor().minor, PrintableShort(name, 60)));
  }
}

void SignerFiles(const Refusal& r) {
  const Setting* whole = r.Given("cluster-signing-cert-file");
  if (whole == nullptr) whole = r.Given("cluster-signing-key-file");
  for (const std::string_view signer :
       {"kubelet-serving", "kubelet-client", "kube-apiserver-client", "legacy-unknown"}) {
    const std::string cert = fmt::format("cluster-signing-{}-cert-file", signer);
    const std::string key = fmt::format("cluster-signing-{}-key-file", signer);
    r.Pair(cert, key);
    for (const std::string& name : {cert, key}) {
      const Setting* own = r.Given(name);
      if (own == nullptr) continue;
      r.Files({name});
      if (whole != nullptr) {
        r.Conflict(*own, fmt::format("--{} and --{} exclude each other", name, whole->name));
      }
    }
    r.CertificateFiles({cert});
    r.KeyFits(cert, key);
  }
  // One of the two alone turns the signers off.
  if (r.Given("cluster-signing-cert-file") == nullptr ||
      r.Given("cluster-signing-key-file") == nullptr)
    return;
  r.Files({"cluster-signing-cert-file", "cluster-signing-key-file"});
  r.CertificateFiles({"cluster-signing-cert-file"});
  r.KeyFits("cluster-signing-cert-file", "cluster-signing-key-file");
}

/// The controller that gives each node a part of the pods' network.
void PodNetworks(const Refusal& r) {
  const Setting* service = r.Given("service-cluster-ip-range");
  if (service != nullptr && Split(service->text, ',').size() > 2)
    r.Conflict(*service, "--service-cluster-ip-range takes two networks at most");
  const Setting* allocate = r.Given("allocate-node-cidrs");
  const Setting controllers = r.component().Get("controllers");
  if (allocate == nullptr || allocate->text != "true" || !controllers.known()) return;
  for (const char* name : {"nodeipam", "node-ipam-controller"}) {
    if (!ControllerEnabled(controllers, name)) return;
  }
  if (r.Missing("cluster-cidr"))
    return r.Conflict(*allocate, "--allocate-node-cidrs needs --cluster-cidr");
  const Setting* setting = r.Given("cluster-cidr");
  if (setting == nullptr) return;
  std::vector<IpNetwork> networks;
  for (const std::string_view part : Split(setting->text, ',')) {
    const auto network = ParseNetwork(part);
    if (!network)
      return r.Conflict(*setting, "--cluster-cidr takes networks such as 10.244.0.0/16");
    networks.push_back(*network);
  }
  const bool dual = networks.size() == 2 && networks[0].family != networks[1].family;
  if (networks.size() > 2 || (networks.size() == 2 && !dual))
    return r.Conflict(*setting, "--cluster-cidr takes one network, or one of IPv4 and one of IPv6");
  const bool six = networks.front().family == IpFamily::kSix;
  const Setting* any = r.Given("node-cidr-mask-size");
  const Setting* own = r.Given(six ? "node-cidr-mask-size-ipv6" : "node-cidr-mask-size-ipv4");
  const Setting* other = r.Given(six ? "node-cidr-mask-size-ipv4" : "node-cidr-mask-size-ipv6");
  const auto set = [](const Setting* size) { return size != nullptr && size->text != "0"; };
  if (dual && set(any))
    r.Conflict(*any, "--node-cidr-mask-size does not go with networks of both IP families");
  if (!dual && set(other)) {
    r.Conflict(*other,
               fmt::format("--{} is of the other IP family than --cluster-cidr", other->name));
  }
  const Setting* size = set(own) ? own : set(any) ? any : nullptr;
  const auto bits = size != nullptr ? ParseInt(size->text) : std::optional<int64_t>(six ? 64 : 24);
  if (!dual && bits && *bits < networks.front().prefix) {
    r.Conflict(
        size != nullptr ? *size : *setting,
        "--cluster-cidr is a smaller network than the one of a node (--node-cidr-mask-size)");
  }
}

}  // namespace

void RefuseControllerManager(const Node& node, Component& component) {
  const Refusal r(node, component);
  Serving(r);
  Controllers(r);
  SignerFiles(r);
  PodNetworks(r);
  if (r.Missing("master"))
    r.Demand("kubeconfig", "--kubeconfig is required: there is no API server to speak to");
  r.Files({"root-ca-file", "service-account-private-key-file"});
  r.CertificateFiles({"root-ca-file"});
  r.KeyFiles({"service-account-private-key-file"});
}

void RefuseScheduler(const Node& node, Component& component) {
  const Refusal r(node, component);
  Serving(r);
  if (r.Missing("master") && r.Missing("config"))
    r.Demand("kubeconfig", "--kubeconfig is required: there is no API server to speak to");
  const auto first = ParseInt(r.Text("podInitialBackoffSeconds", "1"));
  const Setting* last = r.Given("podMaxBackoffSeconds");
  const auto most = last != nullptr ? ParseInt(last->text) : std::nullopt;
  if (first && most && *most < *first)
    r.Conflict(*last, "podMaxBackoffSeconds is below podInitialBackoffSeconds");
}

void RefuseProxy(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.Bounds();
  r.Gates("featureGates");
}

}  // namespace seawall::cluster
