// The own validation of kube-controller-manager, kube-scheduler, kube-proxy and etcd.
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// What controller manager and scheduler have in common: their own HTTPS server.
void Serving(const Refusal& r) {
  r.Range("secure-port", 0, 65535);
  r.Ciphers("tls-cipher-suites");
  r.KubernetesTlsVersion("tls-min-version");
  r.Gates("feature-gates");
  r.Pair("tls-cert-file", "tls-private-key-file");
  r.Files(
      {"client-ca-file", "requestheader-client-ca-file", "tls-cert-file", "tls-private-key-file"});
}

/// "http://127.0.0.1:2379": scheme, host and port of a URL that etcd listens on.
bool IsListenUrl(std::string_view url) {
  if (url.starts_with("unix://") || url.starts_with("unixs://")) return true;
  const size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return false;
  url.remove_prefix(scheme);
  const size_t colon = url.rfind(':');
  if (colon == url.npos || url.find('/') != url.npos) return false;
  std::string_view host = url.substr(0, colon);
  const bool six = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (six || host == "localhost") return true;
  // Anything but an address is refused: etcd binds to addresses.
  const auto parts = seawall::Split(host, '.');
  if (parts.size() != 4) return false;
  for (const std::string_view part : parts) {
    const auto number = seawall::ParseInt(part);
    if (!number || *number < 0 || *number > 255 || part.size() > 3) return false;
  }
  return true;
}

void ListenUrls(const Refusal& r, std::string_view name) {
  const Setting* urls = r.Given(name);
  if (urls == nullptr) return;
  for (const Item& url : urls->items) {
    if (IsListenUrl(Trim(url.text))) continue;
    r.Bad(*urls, url,
          fmt::format(
              "{} takes URLs such as https://192.0.2.1:2379, with an IP address and without a path",
              name));
  }
}

/// A listener on https:// needs a certificate, its own or a self-made one.
void NeedsCertificate(const Refusal& r, std::string_view urls, const std::string& prefix) {
  const Setting* listen = r.Given(urls);
  if (listen == nullptr) return;
  bool tls = false;
  for (const Item& url : listen->items) tls = tls || Trim(url.text).starts_with("https://");
  const std::string self_made = r.Text(prefix + "auto-tls", "true");
  if (!tls || self_made == "true") return;
  if (!r.Missing(prefix + "cert-file") || !r.Missing(prefix + "key-file")) return;
  r.Conflict(
      *listen,
      fmt::format("{} has an https:// URL, and there is neither --{}cert-file nor --{}auto-tls",
                  urls, prefix, prefix));
}

void EtcdTls(const Refusal& r) {
  r.OneOf("tls-min-version", {"TLS1.2", "TLS1.3"});
  r.OneOf("tls-max-version", {"TLS1.2", "TLS1.3"});
  r.Ciphers("cipher-suites");
  const std::string min = r.Text("tls-min-version");
  const Setting* max = r.Given("tls-max-version");
  if (max != nullptr && max->text == "TLS1.2" && min == "TLS1.3") {
    r.Conflict(*max, "tls-min-version is greater than tls-max-version");
  }
  if (const Setting* suites = r.Given("cipher-suites"); suites != nullptr && min == "TLS1.3") {
    r.Conflict(*suites, "cipher-suites cannot be given where only TLS 1.3 is spoken");
  }
  for (const std::string_view prefix : {"", "peer-"}) {
    const std::string p(prefix);
    r.Pair(p + "cert-file", p + "key-file");
    r.Pair(p + "client-cert-file", p + "client-key-file");
    for (const char* file :
         {"cert-file", "key-file", "trusted-ca-file", "client-cert-file", "client-key-file"}) {
      r.Files({p + file});
    }
  }
  const Setting* names = r.Given("peer-cert-allowed-hostname");
  if (names != nullptr && r.Given("peer-cert-allowed-cn") != nullptr) {
    r.Conflict(*names, "peer-cert-allowed-hostname and peer-cert-allowed-cn exclude each other");
  }
}

}  // namespace

void RefuseControllerManager(const Node& node, Component& component) {
  const Refusal r(node, component);
  Serving(r);
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
  }
  r.Files({"root-ca-file", "service-account-private-key-file", "cluster-signing-cert-file",
           "cluster-signing-key-file"});
  if (const Setting* cloud = r.Given("cloud-provider");
      cloud != nullptr && cloud->text != "external" && r.table().certain() &&
      r.table().minor().minor >= 31) {
    r.Bad(*cloud, cloud->items.front(),
          "--cloud-provider takes external only: providers inside of Kubernetes are gone");
  }
}

void RefuseScheduler(const Node& node, Component& component) { Serving(Refusal(node, component)); }

void RefuseProxy(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.OneOf("mode", {"iptables", "ipvs", "nftables", "kernelspace"});
  r.Gates("featureGates");
  r.Range("oomScoreAdj", -1000, 1000);
}

void RefuseEtcd(const Node& node, Component& component) {
  const Refusal r(node, component);
  EtcdTls(r);
  for (const std::string_view urls : {"listen-client-urls", "listen-peer-urls",
                                      "listen-client-http-urls", "listen-metrics-urls"}) {
    ListenUrls(r, urls);
  }
  NeedsCertificate(r, "listen-client-urls", "");
  NeedsCertificate(r, "listen-peer-urls", "peer-");
  if (const Setting* listen = r.Given("listen-client-urls")) {
    if (r.Missing("advertise-client-urls")) {
      r.Conflict(*listen, "listen-client-urls needs advertise-client-urls beside it");
    }
  }
  r.OneOf("initial-cluster-state", {"new", "existing"});
  r.OneOf("auto-compaction-mode", {"periodic", "revision"});
  r.Gates("feature-gates");
}

}  // namespace seawall::cluster
