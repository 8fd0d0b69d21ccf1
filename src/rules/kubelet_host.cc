// Recipe rows 3b and 3d on the kubelet: what it lets pods do to their node, whom it trusts for pods
// and images, and what it reports (CIS 4.2.6 to 4.2.8, 4.2.13, 4.2.14).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/values.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;

/// Zero and less mean that there is no limit.
Outcome IsLimited(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  auto value = cluster::ParseInt(setting.text);
  std::string says = Says(*context.component, setting);
  if (value && *value > 0) return Pass(std::move(says), {EvidenceOf(setting)});
  if (value) says += ", which means no limit";
  return Fails(std::move(says), {EvidenceOf(setting)});
}

/// Not set, or over https.
Outcome UrlIsHttps(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  std::string says = Says(*context.component, setting);
  if (setting.state == SettingState::kAbsent || setting.text.empty())
    return Pass(std::move(says), {EvidenceOf(setting)});
  if (SplitUrl(setting.text).scheme == "https") return Pass(std::move(says), {EvidenceOf(setting)});
  return Fails(std::move(says), {EvidenceOf(setting)});
}

Outcome EndpointIsLocal(const Rule& rule, const Context& context) {
  Tally tally;
  for (const std::string& name : Words(rule.setting)) {
    Setting setting = context.component->Get(name);
    if (setting.state == SettingState::kAbsent) continue;
    if (setting.state == SettingState::kUnknown) {
      tally.Unknown(fmt::format("{} cannot be known: {}", name, setting.why), setting.how);
      continue;
    }
    if (Lower(setting.text).starts_with("tcp:")) {
      tally.Bad(EvidenceOf(setting), Says(*context.component, setting));
    } else {
      tally.Good(EvidenceOf(setting));
    }
  }
  return std::move(tally).Done("this version has no such setting");
}

constexpr const char* kFieldsLink =
    "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/";
constexpr const char* kFlagsLink =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/";

constexpr Rule kRules[] = {
    {.id = "kubelet-iptables-chains",
     .title = "The kubelet keeps its own packet filter chains in order",
     .row = "3b",
     .cis = "4.2.6",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "makeIPTablesUtilChains",
     .wanted = "true",
     .expected = "true",
     .remedy = "set makeIPTablesUtilChains: true in the kubelet's configuration, at {where}",
     .why = "Rules made by hand drift away from what pods' networks need, and leave gaps.",
     .link = kFieldsLink},
    {.id = "kubelet-hostname-override",
     .title = "The kubelet goes by the node's own host name",
     .row = "2b",
     .cis = "4.2.7",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsEmpty,
     .setting = "hostname-override",
     .expected = "not set",
     .remedy =
         "remove --hostname-override at {where}, after the certificates carry the host's own name",
     .why =
         "A name that somebody chose must be kept in step with certificates and firewalls by hand.",
     .link = kFlagsLink},
    {.id = "kubelet-event-rate",
     .title = "The kubelet limits how many events it reports",
     .row = "3d",
     .cis = "4.2.8",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsLimited,
     .setting = "eventRecordQPS",
     .expected = "more than 0 (the default is 50)",
     .remedy = "set eventRecordQPS: 50 in the kubelet's configuration, at {where}",
     .why = "Without a limit one failing pod floods the API server and etcd with events.",
     .link = kFieldsLink},
    {.id = "kubelet-pids-limit",
     .title = "No pod can use up the node's process ids",
     .row = "3b",
     .cis = "4.2.13",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsLimited,
     .setting = "podPidsLimit",
     .expected = "more than 0 (the default, -1, is no limit)",
     .remedy = "set podPidsLimit: 4096 in the kubelet's configuration, at {where}",
     .why = "A fork bomb in one pod otherwise stops every program of the node, the kubelet too.",
     .link = "https://kubernetes.io/docs/concepts/policy/pid-limiting/"},
    {.id = "kubelet-seccomp-default",
     .title = "Pods run with the runtime's seccomp profile unless they ask for another",
     .row = "3b",
     .cis = "4.2.14",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "seccompDefault",
     .wanted = "true",
     .expected = "true",
     .remedy = "set seccompDefault: true in the kubelet's configuration, at {where}",
     .why = "Without a profile a container may use every system call, also those that break out of "
            "it.",
     .link = "https://kubernetes.io/docs/tutorials/security/seccomp/"},
    {.id = "kubelet-protect-kernel-defaults",
     .title = "The kubelet does not change the kernel's settings",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "protectKernelDefaults",
     .wanted = "true",
     .expected = "true",
     .remedy = "set protectKernelDefaults: true in the kubelet's configuration, at {where}, after "
               "vm.overcommit_memory=1, "
               "vm.panic_on_oom=0, kernel.panic=10 and kernel.panic_on_oops=1 are set by sysctl",
     .why = "A hardened kernel setting that the kubelet overwrites at its start is lost silently.",
     .link = kFieldsLink},
    {.id = "kubelet-no-unsafe-sysctls",
     .title = "The kubelet allows pods no unsafe sysctls",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsEmpty,
     .setting = "allowedUnsafeSysctls",
     .expected = "empty",
     .remedy = "remove allowedUnsafeSysctls at {where}",
     .why = "An unsafe sysctl reaches beyond the pod that sets it.",
     .link = "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/"},
    {.id = "kubelet-static-pods-over-https",
     .title = "The kubelet fetches no static pods over plain HTTP",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kKubelet,
     .check = UrlIsHttps,
     .setting = "staticPodURL",
     .expected = "not set, or an https:// URL",
     .remedy = "remove staticPodURL at {where}, and put the manifests into staticPodPath",
     .why = "Whoever stands between can have the node run any pod as root.",
     .link = "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/"},
    {.id = "kubelet-runtime-endpoint-local",
     .title = "The kubelet reaches its container runtime over a local socket",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kKubelet,
     .check = EndpointIsLocal,
     .setting = "containerRuntimeEndpoint imageServiceEndpoint",
     .expected = "a unix:// socket",
     .remedy = "set containerRuntimeEndpoint: unix:///run/containerd/containerd.sock in the "
               "kubelet's configuration, at {where}",
     .why = "The runtime's interface knows neither TLS nor logins: on TCP it is root on the node "
            "for whoever reaches it.",
     .link = "https://kubernetes.io/docs/concepts/containers/cri/"},
};

}  // namespace

std::span<const Rule> KubeletHostRules() { return kRules; }

}  // namespace seawall::rules
