// The kubelet's own validation: ValidateKubeletConfiguration, InitializeTLS, BuildAuth, and what
// its managers refuse when they are made, of Kubernetes 1.37.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/refusals.h"
#include "cluster/refusals_parts.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

/// Without a kubeconfig the kubelet stands alone, and cannot ask anybody who may do what. What is
/// wrong is what is missing, not the mode.
void StandAlone(const Refusal& r) {
  if (!r.Missing("kubeconfig") || !r.Missing("bootstrap-kubeconfig")) return;
  if (const Setting mode = r.component().Get("authorization.mode");
      mode.known() && mode.text == "Webhook") {
    r.Add(Problem::Kind::kConflict, "kubeconfig",
          "the authorization mode Webhook needs --kubeconfig: there is nobody to ask",
          mode.origin.place);
  }
  const Setting webhook = r.component().Get("authentication.webhook.enabled");
  if (webhook.known() && webhook.text == "true") {
    r.Add(Problem::Kind::kConflict, "kubeconfig",
          "authentication.webhook needs --kubeconfig: there is nobody to ask",
          webhook.origin.place);
  }
}

void Serving(const Refusal& r) {
  r.Ciphers("tlsCipherSuites");
  r.Http2("tlsCipherSuites", "tlsMinVersion");
  r.Curves("tlsCurvePreferences");
  r.KubernetesTlsVersion("tlsMinVersion");
  r.Files({"authentication.x509.clientCAFile", "tlsCertFile", "tlsPrivateKeyFile"});
  r.CertificateFiles({"authentication.x509.clientCAFile"});
  r.KeyFits("tlsCertFile", "tlsPrivateKeyFile");
  r.Addresses("address");
}

/// A field that is taken with a gate only.
void Gated(const Refusal& r) {
  struct Row {
    const char* field;
    const char* gate;
    const char* only;  ///< the value that needs the gate; nullptr: every one
  };
  constexpr Row kRows[] = {
      {"crashLoopBackOff.maxContainerRestartPeriod", "KubeletCrashLoopBackOffMax", nullptr},
      {"defaultPodSysctls", "DefaultPodSysctls", nullptr},
      {"enableSystemLogQuery", "NodeLogQuery", "true"},
      {"imagePullCredentialsVerificationPolicy", "KubeletEnsureSecretPulledImages", nullptr},
      {"memoryReservationPolicy", "MemoryQoS", "TieredReservation"},
      {"serverTLSBootstrap", "RotateKubeletServerCertificate", "true"},
      {"shutdownGracePeriodByPodPriority", "GracefulNodeShutdownBasedOnPodPriority", nullptr},
  };
  for (const Row& row : kRows) {
    const Setting* setting = r.Given(row.field);
    if (setting == nullptr || (row.only != nullptr && setting->text != row.only)) continue;
    if (r.GateOn("featureGates", row.gate) == false)
      r.Conflict(*setting, fmt::format("{} needs the feature gate {}", row.field, row.gate));
  }
  const Setting* period = r.Given("cpuCFSQuotaPeriod");
  if (period != nullptr && period->text != "100ms" &&
      r.GateOn("featureGates", "CustomCPUCFSQuotaPeriod") == false) {
    r.Conflict(*period, "cpuCFSQuotaPeriod needs the feature gate CustomCPUCFSQuotaPeriod");
  }
}

void Images(const Refusal& r) {
  const Setting* low = r.Given("imageGCLowThresholdPercent");
  const Setting* high = r.Given("imageGCHighThresholdPercent");
  const auto from = ParseInt(r.Text("imageGCLowThresholdPercent"));
  const auto to = ParseInt(r.Text("imageGCHighThresholdPercent"));
  if ((low != nullptr || high != nullptr) && from && to && *from >= *to) {
    r.Conflict(low != nullptr ? *low : *high,
               "imageGCLowThresholdPercent must be less than imageGCHighThresholdPercent");
  }
  const Setting* oldest = r.Given("imageMaximumGCAge");
  const auto longest = ParseDuration(r.Text("imageMaximumGCAge"));
  const auto shortest = ParseDuration(r.Text("imageMinimumGCAge"));
  if (oldest != nullptr && longest && shortest && *longest > 0 && *longest <= *shortest)
    r.Conflict(*oldest, "imageMaximumGCAge must be longer than imageMinimumGCAge");
  const Setting* parallel = r.Given("maxParallelImagePulls");
  const Setting* serial = r.Given("serializeImagePulls");
  if (parallel != nullptr && serial != nullptr && serial->text == "true" &&
      ParseInt(parallel->text).value_or(0) > 1) {
    r.Conflict(*parallel, "maxParallelImagePulls above 1 needs serializeImagePulls: false");
  }
}

void Shutdown(const Refusal& r) {
  const Setting* critical = r.Given("shutdownGracePeriodCriticalPods");
  const Setting* whole = r.Given("shutdownGracePeriod");
  const auto all = ParseDuration(r.Text("shutdownGracePeriod"));
  const auto last = ParseDuration(r.Text("shutdownGracePeriodCriticalPods"));
  for (const Setting* period : {whole, critical}) {
    const auto length = period != nullptr ? ParseDuration(period->text) : std::nullopt;
    if (length && *length != 0 && *length < kSecond)
      r.Conflict(*period, fmt::format("{} must be 0 or at least 1s", period->name));
  }
  if (critical != nullptr && all && last && *last > *all)
    r.Conflict(*critical, "shutdownGracePeriodCriticalPods is longer than shutdownGracePeriod");
  const Setting* priorities = r.Given("shutdownGracePeriodByPodPriority");
  if (priorities != nullptr && priorities->text != "[]" &&
      ((all && *all > 0) || (last && *last > 0))) {
    r.Conflict(*priorities,
               "shutdownGracePeriodByPodPriority and shutdownGracePeriod exclude each other");
  }
}

void Enforcement(const Refusal& r) {
  const Setting list = r.component().Get("enforceNodeAllocatable");
  if (!list.known() || !r.Since(31)) return;
  const auto blame = [&](const Setting& other) -> const Setting& {
    return list.written() ? list : other;
  };
  std::set<std::string_view> seen;
  for (const Item& item : list.items) {
    if (!seen.insert(item.text).second)
      r.Conflict(list, fmt::format("enforceNodeAllocatable has {} twice", item.text));
  }
  if (seen.contains("none") && list.items.size() > 1)
    r.Conflict(list, "enforceNodeAllocatable: none stands alone only");
  for (const std::string part : {"system-reserved", "kube-reserved"}) {
    const bool plain = seen.contains(part);
    const bool compressible = seen.contains(part + "-compressible");
    if (plain && compressible) {
      r.Conflict(
          list,
          fmt::format("enforceNodeAllocatable: {0} and {0}-compressible exclude each other", part));
    }
    const char* cgroup = part[0] == 's' ? "systemReservedCgroup" : "kubeReservedCgroup";
    if ((plain || compressible) && r.Missing(cgroup))
      r.Conflict(list, fmt::format("enforceNodeAllocatable: {} needs {}", part, cgroup));
  }
  const Setting qos = r.component().Get("cgroupsPerQOS");
  const bool any = std::ranges::any_of(seen, [](std::string_view word) {
    return word == "pods" || word.find("-reserved") != word.npos;
  });
  if (any && qos.known() && qos.text == "false" && (qos.written() || list.written()))
    r.Conflict(blame(qos), "enforceNodeAllocatable needs cgroupsPerQOS: true");
}

/// "0-3,7": what k8s.io/utils/cpuset reads.
bool IsCpuSet(std::string_view text) {
  for (const std::string_view part : Split(text, ',')) {
    const size_t dash = part.find('-');
    const auto first = seawall::ParseInt(part.substr(0, dash));
    const auto last = dash == part.npos ? first : seawall::ParseInt(part.substr(dash + 1));
    if (!first || !last || *first > *last) return false;
  }
  return true;
}

bool ReservesNoCpu(const Refusal& r, std::string_view name) {
  const Setting* reserved = r.Given(name);
  if (reserved == nullptr) return r.Missing(name);
  return std::ranges::none_of(reserved->items,
                              [](const Item& item) { return item.text.starts_with("cpu="); });
}

void Managers(const Refusal& r) {
  const Setting* cpus = r.Given("reservedSystemCPUs");
  if (cpus != nullptr) {
    if (!IsCpuSet(cpus->text))
      r.Bad(*cpus, cpus->items.front(), "reservedSystemCPUs takes a list such as 0-1,4");
    if (r.Given("systemReservedCgroup") != nullptr || r.Given("kubeReservedCgroup") != nullptr)
      r.Conflict(*cpus, "reservedSystemCPUs excludes systemReservedCgroup and kubeReservedCgroup");
  }
  const Setting* policy = r.Given("cpuManagerPolicy");
  if (policy != nullptr && policy->text == "static" && r.Missing("reservedSystemCPUs") &&
      ReservesNoCpu(r, "systemReserved") && ReservesNoCpu(r, "kubeReserved")) {
    r.Conflict(*policy, "the cpuManagerPolicy static needs reserved CPUs (reservedSystemCPUs)");
  }
  const Setting* options = r.Given("cpuManagerPolicyOptions");
  if (options != nullptr && options->text != "{}" && r.Text("cpuManagerPolicy") == "none")
    r.Conflict(*options, "the cpuManagerPolicy none takes no cpuManagerPolicyOptions");
  const Setting* memory = r.Given("memoryManagerPolicy");
  if (memory != nullptr && memory->text == "Static" && r.Missing("reservedMemory") &&
      r.Missing("evictionHard")) {
    r.Conflict(*memory, "the memoryManagerPolicy Static needs reservedMemory");
  }
  const Setting* system = r.Given("systemCgroups");
  if (system != nullptr && r.Missing("cgroupRoot"))
    r.Conflict(*system, "systemCgroups needs cgroupRoot beside it");
}

void Odds(const Refusal& r) {
  if (const Setting* once = r.Given("runOnce"); once != nullptr && once->text == "true") {
    r.Conflict(*once, "runOnce is gone: the kubelet refuses it");
  }
  const Setting* query = r.Given("enableSystemLogQuery");
  if (query != nullptr && query->text == "true" && r.Text("enableSystemLogHandler") == "false")
    r.Conflict(*query, "enableSystemLogQuery needs enableSystemLogHandler");
  const Setting* logs = r.Given("podLogsDir");
  if (logs != nullptr && logs->text.size() > 1 && r.Since(30) &&
      (logs->text.ends_with('/') || logs->text.find("//") != std::string::npos ||
       logs->text.find("/../") != std::string::npos ||
       logs->text.find("/./") != std::string::npos || std::ranges::any_of(logs->text, [](char c) {
         return static_cast<unsigned char>(c) > 127;
       }))) {
    r.Bad(*logs, logs->items.front(), "podLogsDir takes a path without detours, in ASCII");
  }
  const Setting* ids = r.Given("userNamespaces.idsPerPod");
  const auto count = ids != nullptr ? ParseInt(ids->text) : std::nullopt;
  if (count && r.Since(33) && (*count < 65536 || *count % 65536 != 0 || *count > UINT32_MAX))
    r.Bad(*ids, ids->items.front(), "userNamespaces.idsPerPod takes multiples of 65536");
  const Setting* factor = r.Given("memoryThrottlingFactor");
  const auto share = factor != nullptr ? ParseFloat(factor->text) : std::nullopt;
  if (share && (*share <= 0 || *share > 1))
    r.Bad(*factor, factor->items.front(), "memoryThrottlingFactor must be above 0, and 1 at most");
  const Setting* allowed = r.Given("preloadedImagesVerificationAllowlist");
  if (allowed != nullptr && allowed->text != "[]" && r.Since(33) &&
      r.Text("imagePullCredentialsVerificationPolicy", "NeverVerifyAllowlistedImages") !=
          "NeverVerifyAllowlistedImages") {
    r.Conflict(*allowed,
               "preloadedImagesVerificationAllowlist needs imagePullCredentialsVerificationPolicy: "
               "NeverVerifyAllowlistedImages");
  }
  const Setting* endpoint = r.Given("containerRuntimeEndpoint");
  if (endpoint != nullptr && endpoint->text.find("://") != std::string::npos &&
      !endpoint->text.starts_with("unix://") && !endpoint->text.starts_with("tcp://") &&
      !endpoint->text.starts_with("npipe://")) {
    r.Bad(*endpoint, endpoint->items.front(), "containerRuntimeEndpoint takes unix:// or tcp://");
  }
  r.Pair("image-credential-provider-config", "image-credential-provider-bin-dir");
  const Setting* exit = r.Given("exit-on-lock-contention");
  if (exit != nullptr && exit->text == "true" && r.Missing("lock-file"))
    r.Conflict(*exit, "--exit-on-lock-contention needs --lock-file");
}

}  // namespace

void RefuseKubelet(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.Bounds();
  StandAlone(r);
  Serving(r);
  r.Gates("featureGates");
  Gated(r);
  Images(r);
  Shutdown(r);
  Enforcement(r);
  Managers(r);
  Odds(r);
  r.HiddenMetrics("showHiddenMetricsForVersion");
  RefuseKubeletNode(r);
}

}  // namespace seawall::cluster
