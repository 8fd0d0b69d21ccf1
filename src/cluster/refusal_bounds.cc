// Numbers, durations and words that the components' own validation bounds: one table.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/ip_text.h"
#include "cluster/refusal.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNoEnd = INT64_MAX;
constexpr auto kApi = ComponentKind::kApiServer;
constexpr auto kManager = ComponentKind::kControllerManager;
constexpr auto kScheduler = ComponentKind::kScheduler;
constexpr auto kKubelet = ComponentKind::kKubelet;
constexpr auto kProxy = ComponentKind::kProxy;
constexpr auto kEtcd = ComponentKind::kEtcd;

/// Durations in nanoseconds. `since`: the first minor version that looks, 0 for all.
struct Bound {
  ComponentKind kind;
  const char* name;
  int64_t from;
  int64_t to;
  int since = 0;
};

constexpr Bound kBounds[] = {
    {kApi, "apiserver-count", 1, kNoEnd},
    {kApi, "kubernetes-service-node-port", 0, 65535},
    {kApi, "livez-grace-period", 0, kNoEnd},
    {kApi, "max-mutating-requests-inflight", 0, kNoEnd},
    {kApi, "max-requests-inflight", 0, kNoEnd},
    {kApi, "min-request-timeout", 0, kNoEnd},
    {kApi, "request-timeout", 0, kNoEnd},
    {kApi, "log-flush-frequency", 1, kNoEnd},
    {kApi, "secure-port", 1, 65535},
    {kApi, "shutdown-delay-duration", 0, kNoEnd},
    {kApi, "shutdown-watch-termination-grace-period", 0, kNoEnd},
    {kApi, "storage-initialization-timeout", 0, kNoEnd},
    {kManager, "attach-detach-reconcile-sync-period", kSecond, kNoEnd},
    {kManager, "concurrent-cron-job-syncs", 1, kNoEnd},
    {kManager, "concurrent-daemonset-syncs", 1, kNoEnd, 32},
    {kManager, "concurrent-device-taint-eviction-syncs", 1, kNoEnd, 35},
    {kManager, "concurrent-ephemeralvolume-syncs", 1, kNoEnd},
    {kManager, "concurrent-horizontal-pod-autoscaler-syncs", 1, kNoEnd},
    {kManager, "concurrent-job-syncs", 1, kNoEnd},
    {kManager, "concurrent-resourceclaim-syncs", 1, kNoEnd, 36},
    {kManager, "concurrent-service-endpoint-syncs", 1, 50},
    {kManager, "concurrent-statefulset-syncs", 1, kNoEnd},
    {kManager, "legacy-service-account-token-clean-up-period", 1, kNoEnd},
    {kManager, "max-endpoints-per-slice", 1, 1000},
    {kManager, "mirroring-concurrent-service-endpoint-syncs", 1, 50},
    {kManager, "mirroring-max-endpoints-per-subset", 1, 1000},
    {kManager, "log-flush-frequency", 1, kNoEnd},
    {kManager, "secure-port", 0, 65535},
    {kScheduler, "parallelism", 1, kNoEnd},
    {kScheduler, "percentageOfNodesToScore", 0, 100},
    {kScheduler, "podInitialBackoffSeconds", 1, kNoEnd},
    {kScheduler, "log-flush-frequency", 1, kNoEnd},
    {kScheduler, "secure-port", 0, 65535},
    {kKubelet, "containerLogMaxFiles", 2, kNoEnd, 33},
    {kKubelet, "containerLogMaxWorkers", 1, kNoEnd, 30},
    {kKubelet, "containerLogMonitorInterval", 3 * kSecond, kNoEnd, 30},
    {kKubelet, "cpuCFSQuotaPeriod", kSecond / 1000, kSecond},
    {kKubelet, "crashLoopBackOff.maxContainerRestartPeriod", kSecond, 300 * kSecond, 32},
    {kKubelet, "eventBurst", 0, kNoEnd},
    {kKubelet, "eventRecordQPS", 0, kNoEnd},
    {kKubelet, "healthzPort", 0, 65535},
    {kKubelet, "imageGCHighThresholdPercent", 0, 100},
    {kKubelet, "imageGCLowThresholdPercent", 0, 100},
    {kKubelet, "imageMaximumGCAge", 0, kNoEnd},
    {kKubelet, "imageMinimumGCAge", 0, kNoEnd},
    {kKubelet, "iptablesDropBit", 0, 31},
    {kKubelet, "iptablesMasqueradeBit", 0, 31},
    {kKubelet, "kubeAPIBurst", 0, kNoEnd},
    {kKubelet, "kubeAPIQPS", 0, kNoEnd},
    {kKubelet, "logging.flushFrequency", 0, kNoEnd},
    {kKubelet, "maxOpenFiles", 0, kNoEnd},
    {kKubelet, "maxParallelImagePulls", 1, kNoEnd},
    {kKubelet, "maxPods", 0, kNoEnd},
    {kKubelet, "nodeLeaseDurationSeconds", 0, kNoEnd},
    {kKubelet, "nodeStatusMaxImages", -1, kNoEnd},
    {kKubelet, "oomScoreAdj", -1000, 1000},
    {kKubelet, "podsPerCore", 0, kNoEnd},
    {kKubelet, "port", 1, 65535},
    {kKubelet, "readOnlyPort", 0, 65535},
    {kKubelet, "registryBurst", 0, kNoEnd},
    {kKubelet, "registryPullQPS", 0, kNoEnd},
    {kKubelet, "syncFrequency", 0, kNoEnd},
    {kKubelet, "tracing.samplingRatePerMillion", 0, 1'000'000},
    {kProxy, "oomScoreAdj", -1000, 1000},
    {kEtcd, "compact-hash-check-time", 1, kNoEnd, 6},
    {kEtcd, "corrupt-check-time", 0, kNoEnd},
    {kEtcd, "election-timeout", 1, 50'000},
    {kEtcd, "heartbeat-interval", 1, kNoEnd},
};

struct Choice {
  ComponentKind kind;
  const char* name;
  const char* words;  ///< with commas between them; a "," at the end: the empty word too
  int since = 0;
};

constexpr Choice kChoices[] = {
    {kApi, "endpoint-reconciler-type", "lease,master-count,none"},
    {kApi, "logging-format", "text,json"},
    {kApi, "storage-backend", "etcd3"},
    {kApi, "storage-media-type",
     "application/json,application/yaml,application/vnd.kubernetes.protobuf"},
    {kManager, "cidr-allocator-type", "RangeAllocator", 32},
    {kManager, "cloud-provider", "external", 31},
    {kManager, "logging-format", "text,json"},
    {kScheduler, "logging-format", "text,json"},
    {kKubelet, "authorization.mode", "AlwaysAllow,Webhook"},
    {kKubelet, "configMapAndSecretChangeDetectionStrategy", "Get,Cache,Watch"},
    {kKubelet, "cpuManagerPolicy", "none,static"},
    {kKubelet, "enforceNodeAllocatable",
     "none,pods,system-reserved,kube-reserved,"
     "system-reserved-compressible,kube-reserved-compressible",
     32},
    {kKubelet, "hairpinMode", "none,hairpin-veth,promiscuous-bridge"},
    {kKubelet, "imagePullCredentialsVerificationPolicy",
     "NeverVerify,NeverVerifyPreloadedImages,NeverVerifyAllowlistedImages,AlwaysVerify", 33},
    {kKubelet, "cloud-provider", "external", 31},
    {kKubelet, "logging.format", "text,json"},
    {kKubelet, "memoryManagerPolicy", "None,Static"},
    {kKubelet, "memoryReservationPolicy", "None,TieredReservation", 36},
    {kKubelet, "memorySwap.swapBehavior", "NoSwap,LimitedSwap", 30},
    {kKubelet, "topologyManagerPolicy", "none,best-effort,restricted,single-numa-node"},
    {kKubelet, "topologyManagerScope", "container,pod"},
    {kProxy, "logging.format", "text,json"},
    {kProxy, "mode", "iptables,ipvs,nftables,kernelspace"},
    {kEtcd, "auto-compaction-mode", "periodic,revision"},
    {kEtcd, "initial-cluster-state", "new,existing"},
    {kEtcd, "log-format", "json,console", 5},
    {kEtcd, "log-level", "debug,info,warn,error,panic,fatal,dpanic", 5},
    {kEtcd, "logger", "zap", 5},
    {kEtcd, "v2-deprecation", "write-only,write-only-drop-data,gone", 6},
};

}  // namespace

void Refusal::OneOf(std::string_view name, std::string_view words) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  const auto allowed = Split(words, ',');
  for (const Item& item : setting->items) {
    if (std::ranges::find(allowed, item.text) != allowed.end()) continue;
    Bad(*setting, item, fmt::format("{} takes one of {}", name, Join(allowed, ", ")));
  }
}

void Refusal::Range(std::string_view name, int64_t from, int64_t to) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  auto number = cluster::ParseInt(setting->text);
  const bool duration = !number;
  if (!number) number = ParseDuration(setting->text);
  if (!number || (*number >= from && *number <= to)) return;
  const auto shown = [&](int64_t bound) {
    return duration ? FormatDuration(bound) : fmt::format("{}", bound);
  };
  const std::string bounds =
      to == kNoEnd ? fmt::format("must not be below {}", shown(from))
                   : fmt::format("must lie between {} and {}", shown(from), shown(to));
  Bad(*setting, setting->items.front(), fmt::format("{} {}", name, bounds));
}

void Refusal::Addresses(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  for (const Item& item : setting->items) {
    if (!ParseIp(Trim(item.text))) Bad(*setting, item, fmt::format("{} takes an IP address", name));
  }
}

void Refusal::OpenPaths(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  for (const Item& item : setting->items) {
    const size_t star = item.text.find('*');
    if (star == std::string::npos || star + 1 == item.text.size()) continue;
    Bad(*setting, item, fmt::format("{}: a * stands at the end of a path only", name));
  }
}

void Refusal::HiddenMetrics(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr || !table_.certain() || Mentioned("emulated-version") != nullptr) return;
  const std::string before = fmt::format("{}.{}", table_.minor().major, table_.minor().minor - 1);
  if (setting->text != before)
    Bad(*setting, setting->items.front(), fmt::format("{} takes {} only", name, before));
}

void Refusal::LeaderElection() const {
  if (Text("leader-elect") != "true") return;
  OneOf("leader-elect-resource-lock", "leases");
  const auto lease = ParseDuration(Text("leader-elect-lease-duration"));
  const auto renew = ParseDuration(Text("leader-elect-renew-deadline"));
  const auto retry = ParseDuration(Text("leader-elect-retry-period"));
  const auto blame = [&](std::initializer_list<const char*> names, const char* text) {
    for (const char* name : names) {
      if (const Setting* own = Given(name)) return Conflict(*own, text);
    }
  };
  if (lease && renew && *lease <= *renew) {
    blame({"leader-elect-lease-duration", "leader-elect-renew-deadline"},
          "leader-elect-lease-duration must be longer than leader-elect-renew-deadline");
  } else if (renew && retry && static_cast<double>(*renew) <= 1.2 * static_cast<double>(*retry)) {
    blame({"leader-elect-renew-deadline", "leader-elect-retry-period"},
          "leader-elect-renew-deadline must be longer than 1.2 times leader-elect-retry-period");
  }
}

void Refusal::Bounds() const {
  for (const Bound& row : kBounds) {
    if (row.kind == component_.kind && (row.since == 0 || Since(row.since)))
      Range(row.name, row.from, row.to);
  }
  for (const Choice& row : kChoices) {
    if (row.kind == component_.kind && (row.since == 0 || Since(row.since)))
      OneOf(row.name, row.words);
  }
}

}  // namespace seawall::cluster
