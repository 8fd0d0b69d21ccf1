// Recipe row 2a on kube-proxy: its plain HTTP ports (CIS 4.3.1).
#include <fmt/format.h>

#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;

/// "127.0.0.1:10249", "[::1]:10249", "127.0.0.1".
std::string HostOf(const std::string& address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  size_t colon = address.find(':');
  bool one = colon != std::string::npos && address.find(':', colon + 1) == std::string::npos;
  return one ? address.substr(0, colon) : address;
}

Outcome MetricsAreLocal(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  if (setting.text.empty()) {
    // An empty address is the default; which one that is depends on the version.
    if (!context.component->version) {
      return Unknown("metricsBindAddress is not set, and the version of kube-proxy is not known",
                     "say it with --component-version kube-proxy=VERSION", {EvidenceOf(setting)});
    }
    return Pass("metricsBindAddress is not set, which means 127.0.0.1:10249",
                {EvidenceOf(setting)});
  }
  std::string says = Says(*context.component, setting);
  if (auto named = NamedAddress(context, setting, HostOf(setting.text))) return std::move(*named);
  if (IsLoopbackAddress(HostOf(setting.text))) return Pass(std::move(says), {EvidenceOf(setting)});
  return Fails(std::move(says), {EvidenceOf(setting)});
}

/// Load balancers of Services with externalTrafficPolicy Local ask this port: whether there are
/// any, a person knows.
Outcome HealthIsLocal(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (!setting.known()) return UnknownSetting(*context.component, setting);
  if (auto named = NamedAddress(context, setting, HostOf(setting.text))) return std::move(*named);
  std::string says = Says(*context.component, setting);
  if (!setting.text.empty() && IsLoopbackAddress(HostOf(setting.text)))
    return Pass(std::move(says), {EvidenceOf(setting)});
  return Unknown(says + ": it answers every interface in plain HTTP, as load balancers need it",
                 "see whether any Service has externalTrafficPolicy: Local (kubectl get services "
                 "-A -o wide); if none has, "
                 "set healthzBindAddress: 127.0.0.1:10256",
                 {EvidenceOf(setting)});
}

constexpr const char* kLink =
    "https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/";

constexpr Rule kRules[] = {
    {.id = "proxy-metrics-local",
     .title = "kube-proxy's metrics are on the loopback only",
     .row = "2a",
     .cis = "4.3.1",
     .severity = Severity::kMedium,
     .target = Target::kProxy,
     .check = MetricsAreLocal,
     .setting = "metricsBindAddress",
     .expected = "127.0.0.1:10249 or another loopback address",
     .remedy = "set metricsBindAddress: 127.0.0.1:10249 in kube-proxy's configuration, at {where}",
     .why = "The port speaks plain HTTP, asks nobody who they are, and shows the proxy's mode and "
            "configuration.",
     .link = kLink},
    {.id = "proxy-profiling-off",
     .title = "kube-proxy serves no profiles of itself",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kProxy,
     .check = IsValue,
     .setting = "enableProfiling",
     .wanted = "false",
     .expected = "false",
     .remedy = "set enableProfiling: false in kube-proxy's configuration, at {where}",
     .why =
         "Profiles show details of the program and its memory to whoever reaches the metrics port.",
     .link = kLink},
    {.id = "proxy-healthz-local",
     .title = "kube-proxy's health port is on the loopback only where no load balancer asks it",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kProxy,
     .manual = true,
     .check = HealthIsLocal,
     .setting = "healthzBindAddress",
     .expected = "a loopback address where no load balancer asks it",
     .remedy = "set healthzBindAddress: 127.0.0.1:10256 in kube-proxy's configuration, at {where}",
     .why = "The port speaks plain HTTP and tells everybody which Services have pods on this node.",
     .link = kLink},
};

}  // namespace

std::span<const Rule> ProxyRules() { return kRules; }

}  // namespace seawall::rules
