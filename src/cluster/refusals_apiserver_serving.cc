// How kube-apiserver serves: apiserver/pkg/server/options, cmd/kube-apiserver/app/options of
// Kubernetes 1.37.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/go_regexp.h"
#include "cluster/ip_text.h"
#include "cluster/refusals_parts.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

void Origins(const Refusal& r) {
  const Setting* origins = r.Given("cors-allowed-origins");
  if (origins == nullptr) return;
  for (const Item& item : origins->items) {
    const std::string& text = item.text;
    const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    if (const auto fault = FindRegexpFault(text)) {
      r.Bad(*origins, item,
            fmt::format("--cors-allowed-origins has an expression that does not compile: {}",
                        *fault));
    } else if (!(has("^") || has("//")) || !(has("$") || has(":"))) {
      r.Bad(*origins, item,
            "--cors-allowed-origins has an expression that is not anchored at both ends of the "
            "host: it begins with ^ or //, and ends with $ or (:|$)");
    }
  }
}

void StrictTransport(const Refusal& r) {
  const Setting* list = r.Given("strict-transport-security-directives");
  if (list == nullptr) return;
  for (const Item& item : list->items) {
    if (item.text == "includeSubDomains" || item.text == "preload") continue;
    const bool age = item.text.starts_with("max-age=") && std::ranges::count(item.text, '=') == 1;
    if (age) continue;
    r.Bad(*list, item,
          "--strict-transport-security-directives takes max-age=SECONDS, includeSubDomains and "
          "preload");
  }
}

/// The last address of a range of services and the first are not given to any.
bool TooSmall(const IpNetwork& network) { return network.bits() - network.prefix < 3; }

void ServiceNetworks(const Refusal& r) {
  const Setting* setting = r.Given("service-cluster-ip-range");
  if (setting == nullptr) return;
  const Item& item = setting->items.front();
  const auto parts = Split(setting->text, ',');
  if (parts.size() > 2)
    r.Bad(*setting, item, "--service-cluster-ip-range takes two networks at most");
  std::vector<IpNetwork> networks;
  for (const std::string_view part : parts) {
    const auto network = ParseNetwork(part);
    if (!network) {
      return r.Bad(*setting, item,
                   "--service-cluster-ip-range takes networks such as 10.96.0.0/12");
    }
    networks.push_back(*network);
  }
  if (TooSmall(networks.front()))
    r.Bad(*setting, item, "--service-cluster-ip-range needs room for 8 addresses at least");
  if (networks.size() > 1 && networks[0].family == networks[1].family)
    r.Bad(*setting, item, "--service-cluster-ip-range: the two networks must be IPv4 and IPv6");
  const Setting* own = r.Given("advertise-address");
  const auto address = own != nullptr ? ParseIp(own->text) : std::nullopt;
  if (address && *address != networks.front().family &&
      r.Text("endpoint-reconciler-type", "none") != "none") {
    r.Conflict(*setting,
               "--service-cluster-ip-range and --advertise-address are of different IP families");
  }
}

void NodePorts(const Refusal& r) {
  const Setting* range = r.Given("service-node-port-range");
  int64_t from = 30000;
  int64_t to = 32767;
  if (range != nullptr) {
    const std::string_view text = Trim(range->text);
    const size_t dash = text.find('-');
    const size_t plus = text.find('+');
    const auto low = seawall::ParseInt(Trim(text.substr(0, std::min(dash, plus))));
    const auto high = dash == text.npos ? low : seawall::ParseInt(Trim(text.substr(dash + 1)));
    if (plus != text.npos || text == "0") return;  // "30000+10"
    if (dash == text.npos || !low || !high || *high < *low || *high > 65535) {
      return r.Bad(*range, range->items.front(),
                   "--service-node-port-range takes a range of ports such as 30000-32767");
    }
    from = *low;
    to = *high;
  }
  const Setting* port = r.Given("kubernetes-service-node-port");
  const auto number = port != nullptr ? seawall::ParseInt(port->text) : std::nullopt;
  const bool certain = range != nullptr || r.Missing("service-node-port-range");
  if (!certain || !number || *number <= 0 || *number > 65535) return;
  if (*number < from || *number > to) {
    r.Conflict(*port, fmt::format("--kubernetes-service-node-port lies outside of {}-{}, the range "
                                  "of --service-node-port-range",
                                  from, to));
  }
}

bool IsBuiltInGroup(std::string_view group) {
  constexpr std::string_view kWithoutDot[] = {"",      "api",        "apps",  "autoscaling",
                                              "batch", "extensions", "policy"};
  return group.ends_with(".k8s.io") ||
         std::ranges::find(kWithoutDot, group) != std::end(kWithoutDot);
}

void RuntimeConfigKey(const Refusal& r, const Setting& config, const Item& item) {
  const std::string_view text = item.text;
  const std::string_view key = text.substr(0, text.find('='));
  const std::string_view value = key.size() == text.size() ? "" : text.substr(key.size() + 1);
  const auto bad = [&](const char* why) {
    r.Bad(config, item, fmt::format("--runtime-config: {} {}", PrintableShort(key, 60), why));
  };
  if (key == "v1" || key.starts_with("v1/") || key.starts_with("api/v1") || key == "api/legacy")
    return;
  if (key == "api/all" || key == "api/ga" || key == "api/beta" || key == "api/alpha") {
    if (value != "true" && value != "false") bad("takes true or false");
    return;
  }
  const auto slashes = std::ranges::count(key, '/');
  if (slashes < 1 || slashes > 2) return bad("is no GROUP/VERSION or GROUP/VERSION/RESOURCE");
  if (!IsBuiltInGroup(key.substr(0, key.find('/')))) bad("is of no API group of kube-apiserver");
}

void RuntimeConfig(const Refusal& r) {
  const Setting* config = r.Given("runtime-config");
  if (config == nullptr) return;
  for (const Item& item : config->items) RuntimeConfigKey(r, *config, item);
  if (config->items.size() == 1 && config->text == "api/all=false") {
    r.Conflict(*config, "--runtime-config turns every API off");
    return;
  }
  if (r.Text("enable-priority-and-fairness") != "true") return;
  for (const std::string_view api : {"flowcontrol.apiserver.k8s.io/v1", "api/ga", "api/all"}) {
    if (config->Contains(fmt::format("{}=true", api))) return;
    if (!config->Contains(fmt::format("{}=false", api))) continue;
    r.Conflict(*config, fmt::format("--runtime-config turns off {}, which "
                                    "--enable-priority-and-fairness needs",
                                    api));
    return;
  }
}

void Batches(const Refusal& r, const std::string& backend) {
  const std::string start = fmt::format("audit-{}-", backend);
  if (r.Text(start + "mode") == "batch") {
    r.Range(start + "batch-buffer-size", 1, INT64_MAX);
    r.Range(start + "batch-max-size", 1, INT64_MAX);
    if (r.Text(start + "batch-throttle-enable") == "true") {
      for (const char* name : {"batch-throttle-qps", "batch-throttle-burst"}) {
        const Setting rate = r.component().Get(start + name);
        const auto number = rate.known() ? ParseFloat(rate.text) : std::nullopt;
        if (!number || *number > 0) continue;
        r.Conflict(rate.written() ? rate : r.component().Get(start + "batch-throttle-enable"),
                   fmt::format("{}{} must be above zero", start, name));
      }
    }
  }
  const auto event = seawall::ParseInt(r.Text(start + "truncate-max-event-size"));
  const auto batch = seawall::ParseInt(r.Text(start + "truncate-max-batch-size"));
  for (const char* name : {"truncate-max-event-size", "truncate-max-batch-size"})
    r.Range(start + name, 1, INT64_MAX);
  if (event && batch && *event > 0 && *batch < *event) {
    r.Conflict(
        r.component().Get(start + (r.Given(start + "truncate-max-batch-size") != nullptr
                                       ? "truncate-max-batch-size"
                                       : "truncate-max-event-size")),
        fmt::format("{0}truncate-max-batch-size is below {0}truncate-max-event-size", start));
  }
}

/// kube-apiserver opens its log before anything else, for writing.
void LogIsWritable(const Refusal& r, const Setting& log) {
  const std::string& path = log.text;
  const Mount* mount = nullptr;
  for (const Mount& one : r.component().mounts) {
    const std::string& at = one.container_path;
    const bool below = path.starts_with(at) &&
                       (path.size() == at.size() || at.ends_with('/') || path[at.size()] == '/');
    if (below && (mount == nullptr || at.size() >= mount->container_path.size())) mount = &one;
  }
  if (mount == nullptr || !mount->read_only || log.items.empty()) return;
  r.Bad(log, log.items.front(),
        fmt::format("--audit-log-path is below {}, which is mounted read-only: kube-apiserver "
                    "does not start when it cannot open the log",
                    PrintableShort(mount->container_path, 100)));
}

void Audit(const Refusal& r) {
  if (const Setting* log = r.Given("audit-log-path"); log != nullptr) {
    LogIsWritable(r, *log);
    for (const std::string_view name :
         {"audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"}) {
      r.Range(name, 0, INT64_MAX);
    }
    r.OneOf("audit-log-format", "legacy,json");
    r.OneOf("audit-log-mode", "batch,blocking,blocking-strict");
    r.OneOf("audit-log-version", "audit.k8s.io/v1");
    Batches(r, "log");
  }
  if (r.Given("audit-webhook-config-file") != nullptr) {
    r.OneOf("audit-webhook-mode", "batch,blocking,blocking-strict");
    r.OneOf("audit-webhook-version", "audit.k8s.io/v1");
    Batches(r, "webhook");
  }
}

void Overrides(const Refusal& r) {
  const Setting* servers = r.Given("etcd-servers-overrides");
  for (size_t i = 0; servers != nullptr && i < servers->items.size(); ++i) {
    const std::string_view text = servers->items[i].text;
    const size_t hash = text.find('#');
    const bool good = hash != text.npos && text.find('#', hash + 1) == text.npos &&
                      std::ranges::count(text.substr(0, hash), '/') == 1;
    if (!good)
      r.Bad(*servers, servers->items[i], "--etcd-servers-overrides takes GROUP/RESOURCE#SERVERS");
  }
  const Setting* sizes = r.Given("watch-cache-sizes");
  for (size_t i = 0; sizes != nullptr && i < sizes->items.size(); ++i) {
    const std::string_view text = sizes->items[i].text;
    const size_t hash = text.find('#');
    const auto size = hash == text.npos ? std::nullopt : seawall::ParseInt(text.substr(hash + 1));
    if (!size || *size < 0)
      r.Bad(*sizes, sizes->items[i], "--watch-cache-sizes takes RESOURCE#SIZE");
  }
}

void CoordinatedLeadership(const Refusal& r) {
  const std::string start = "coordinated-leadership-";
  const auto lease = ParseDuration(r.Text(start + "lease-duration"));
  const auto renew = ParseDuration(r.Text(start + "renew-deadline"));
  const auto retry = ParseDuration(r.Text(start + "retry-period"));
  if (!r.Since(34) || !lease || !renew || !retry) return;
  const char* text = nullptr;
  if (*lease <= *renew) text = "--coordinated-leadership-lease-duration must exceed renew-deadline";
  if (*renew <= *retry) text = "--coordinated-leadership-renew-deadline must exceed retry-period";
  for (const char* name : {"lease-duration", "renew-deadline", "retry-period"}) {
    const Setting* own = r.Given(start + name);
    if (text != nullptr && own != nullptr) return r.Conflict(*own, text);
  }
}

/// Flags for versions older than this one need --emulated-version.
void Emulation(const Refusal& r) {
  if (r.Mentioned("emulated-version") != nullptr || !r.Missing("emulated-version")) return;
  for (const char* name :
       {"emulation-forward-compatible", "runtime-config-emulation-forward-compatible"}) {
    const Setting* flag = r.Given(name);
    if (flag != nullptr && flag->text == "true")
      r.Conflict(*flag, fmt::format("--{} needs --emulated-version", name));
  }
}

}  // namespace

void RefuseApiServerServing(const Refusal& r) {
  Origins(r);
  StrictTransport(r);
  ServiceNetworks(r);
  NodePorts(r);
  RuntimeConfig(r);
  Audit(r);
  Overrides(r);
  CoordinatedLeadership(r);
  Emulation(r);
  r.Files({"tracing-config-file"});
  r.CertificatePairs("tls-sni-cert-key");
  r.Addresses("advertise-address");
  r.Addresses("bind-address");
  const Setting* chance = r.Given("goaway-chance");
  const auto part = chance != nullptr ? ParseFloat(chance->text) : std::nullopt;
  if (part && (*part < 0 || *part > 0.02))
    r.Bad(*chance, chance->items.front(), "--goaway-chance must lie between 0 and 0.02");
  r.Ciphers("tls-cipher-suites");
  if (r.Text("disable-http2-serving", "true") != "true")
    r.Http2("tls-cipher-suites", "tls-min-version");
  r.Curves("tls-curve-preferences");
  r.KubernetesTlsVersion("tls-min-version");
  r.Pair("tls-cert-file", "tls-private-key-file");
  r.Files({"tls-cert-file", "tls-private-key-file"});
  r.CertificateFiles({"tls-cert-file"});
  r.KeyFits("tls-cert-file", "tls-private-key-file");
}

}  // namespace seawall::cluster
