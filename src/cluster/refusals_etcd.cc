// etcd's own validation: embed.Config.Validate, etcdmain and pkg/flags of etcd 3.7.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/ip_text.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// "http://127.0.0.1:2379": scheme, host and port of a URL. One that etcd listens on has an IP
/// address, as etcd binds to addresses.
bool IsUrl(std::string_view url, bool listens) {
  if (url.starts_with("unix://") || url.starts_with("unixs://")) return true;
  const size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return false;
  url.remove_prefix(scheme);
  const size_t colon = url.rfind(':');
  if (colon == url.npos || url.find('/') != url.npos) return false;
  std::string_view host = url.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return false;
  }
  if (!listens) return !host.empty();
  return host == "localhost" || ParseIp(host.substr(0, host.find('%')));
}

void Urls(const Refusal& r, std::string_view name, bool listens) {
  const Setting* urls = r.Given(name);
  // What kubeadm will write by itself is right, also where the node's address is not known yet.
  if (urls == nullptr || urls->origin.kind == OriginKind::kDefault) return;
  for (const Item& url : urls->items) {
    if (IsUrl(Trim(url.text), listens)) continue;
    r.Bad(*urls, url,
          fmt::format("{} takes URLs such as https://192.0.2.1:2379, with {} and without a path",
                      name, listens ? "an IP address" : "a host and a port"));
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

/// A URL for clients with TLS; nobody's URL is the default of http://.
bool ServesTls(const Refusal& r) {
  for (const std::string_view name : {"listen-client-urls", "listen-client-http-urls"}) {
    const Setting* urls = r.Given(name);
    for (size_t i = 0; urls != nullptr && i < urls->items.size(); ++i) {
      const std::string_view url = Trim(urls->items[i].text);
      if (url.starts_with("https://") || url.starts_with("unixs://")) return true;
    }
  }
  return false;
}

void EtcdTls(const Refusal& r) {
  r.OneOf("tls-min-version", "TLS1.2,TLS1.3");
  r.OneOf("tls-max-version", "TLS1.2,TLS1.3");
  r.Ciphers("cipher-suites");
  if (ServesTls(r)) r.Http2("cipher-suites", "tls-min-version");
  if (const Setting* none = r.Mentioned("cipher-suites"); none != nullptr && none->written() &&
                                                          none->origin.kind == OriginKind::kFlag &&
                                                          none->text.empty()) {
    r.Conflict(*none, "cipher-suites is empty, and etcd looks for a suite of that name");
  }
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
    r.CertificateFiles({p + "cert-file", p + "client-cert-file"});
    r.KeyFits(p + "cert-file", p + "key-file");
  }
  const Setting* names = r.Given("peer-cert-allowed-hostname");
  if (names != nullptr && r.Given("peer-cert-allowed-cn") != nullptr) {
    r.Conflict(*names, "peer-cert-allowed-hostname and peer-cert-allowed-cn exclude each other");
  }
}

void Elections(const Refusal& r) {
  const auto beat = ParseInt(r.Text("heartbeat-interval"));
  const auto election = ParseInt(r.Text("election-timeout"));
  if (!beat || !election || *beat < 1 || *election < 1) return;
  if (*election / 5 >= *beat) return;
  for (const char* name : {"election-timeout", "heartbeat-interval"}) {
    if (const Setting* own = r.Given(name))
      return r.Conflict(*own, "election-timeout must be 5 times heartbeat-interval at least");
  }
}

/// How a member finds the others.
void Discovery(const Refusal& r) {
  const Setting* token = r.Given("discovery-token");
  const Setting* endpoints = r.Given("discovery-endpoints");
  const Setting* dns = r.Given("discovery-srv");
  const Setting* cluster = r.Given("initial-cluster");
  const Setting* last = endpoints != nullptr ? endpoints : dns;
  if (last != nullptr && (cluster != nullptr || (endpoints != nullptr && dns != nullptr)))
    r.Conflict(*last, "initial-cluster, discovery-endpoints and discovery-srv exclude each other");
  if (!r.Since(6)) return;
  if (token != nullptr && r.Missing("discovery-endpoints"))
    r.Conflict(*token, "discovery-token needs discovery-endpoints");
  if (endpoints != nullptr && r.Missing("discovery-token"))
    r.Conflict(*endpoints, "discovery-endpoints needs discovery-token");
  const Setting* fallback = r.Given("discovery-fallback");
  if (fallback != nullptr && fallback->text == "proxy")
    r.Bad(*fallback, fallback->items.front(), "discovery-fallback takes exit only");
}

bool IsRetention(std::string_view text) {
  const auto number = seawall::ParseInt(text);
  if (number && *number >= 0) return true;
  return ParseDuration(text).has_value();
}

void Odds(const Refusal& r) {
  const Setting* retention = r.Given("auto-compaction-retention");
  if (retention != nullptr && !IsRetention(retention->text)) {
    r.Bad(*retention, retention->items.front(),
          "auto-compaction-retention takes a number or a duration such as 8h");
  }
  const Setting* origins = r.Given("cors");
  for (size_t i = 0; origins != nullptr && i < origins->items.size(); ++i) {
    const std::string_view url = Trim(origins->items[i].text);
    if ((url != "*" || origins->items.size() > 1) && !IsUrl(url, false))
      r.Bad(*origins, origins->items[i], "cors takes * or URLs such as https://example.com:443");
  }
  const Setting* outputs = r.Given("log-outputs");
  if (outputs != nullptr && outputs->items.size() > 1 && outputs->Contains("default"))
    r.Conflict(*outputs, "log-outputs: default stands alone only");
  for (const char* name : {"auto-compaction-mode", "listen-client-urls"}) {
    const Setting* empty = r.Mentioned(name);
    if (empty != nullptr && empty->origin.kind == OriginKind::kFlag && empty->known() &&
        empty->text.empty())
      r.Conflict(*empty, fmt::format("{} is empty", name));
  }
  const Setting* rate = r.Given("distributed-tracing-sampling-rate");
  if (rate != nullptr && r.Text("enable-distributed-tracing") == "true")
    r.Range("distributed-tracing-sampling-rate", 0, 1'000'000);
}

}  // namespace

void RefuseEtcd(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.Bounds();
  EtcdTls(r);
  for (const std::string_view urls : {"listen-client-urls", "listen-peer-urls",
                                      "listen-client-http-urls", "listen-metrics-urls"}) {
    Urls(r, urls, true);
  }
  Urls(r, "advertise-client-urls", false);
  Urls(r, "initial-advertise-peer-urls", false);
  NeedsCertificate(r, "listen-client-urls", "");
  NeedsCertificate(r, "listen-peer-urls", "peer-");
  if (const Setting* listen = r.Given("listen-client-urls")) {
    // Given and empty is enough for etcd.
    if (r.Missing("advertise-client-urls") && r.Mentioned("advertise-client-urls") == nullptr) {
      r.Conflict(*listen, "listen-client-urls needs advertise-client-urls beside it");
    }
  }
  Elections(r);
  Discovery(r);
  Odds(r);
  r.Gates("feature-gates");
}

}  // namespace seawall::cluster
