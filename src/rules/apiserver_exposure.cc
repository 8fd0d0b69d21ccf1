// Recipe row 2a: what kube-apiserver shows or lets happen that nobody needs (CIS 1.2), its local
// HTTP ports of old among it.
#include <fmt/format.h>

#include <string>

#include "base/text.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/gates.h"
#include "rules/origins.h"

namespace seawall::rules {
namespace {

using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kFlags =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/";
constexpr int64_t kSecond = 1000000000;
/// The benchmark's own example of a long limit.
constexpr int64_t kLongestRequest = 300 * kSecond;

Outcome RequestsEnd(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  const auto limit = cluster::ParseDuration(setting.text);
  const bool good = limit && *limit > 0 && *limit <= kLongestRequest;
  const std::string says = Says(*context.component, setting);
  return good ? Pass(says, {EvidenceOf(setting)}) : Fails(says, {EvidenceOf(setting)});
}

Outcome NoWildcardOrigin(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  Tally tally;
  for (const Item& item : setting.items) {
    if (MatchesEveryOrigin(item.text)) {
      tally.Bad(EvidenceOf(setting, item),
                fmt::format("\"{}\" matches every origin", PrintableShort(item.text, 100)));
    } else {
      tally.Good(EvidenceOf(setting, item));
    }
  }
  if (tally.empty()) return Pass(Says(*context.component, setting), {EvidenceOf(setting)});
  return std::move(tally).Done("");
}

constexpr Rule kRules[] = {
    {.id = "apiserver-profiling-off",
     .title = "kube-apiserver serves no profiles of itself",
     .row = "2a",
     .cis = "1.2.15",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "profiling",
     .wanted = "false",
     .expected = "--profiling is false",
     .remedy = "set --profiling=false at {where}",
     .why = "Profiles show details of the program and its memory, and taking them costs time that "
            "requests need.",
     .link = kFlags},
    {.id = "apiserver-request-timeout",
     .title = "kube-apiserver ends requests that take too long",
     .row = "2a",
     .cis = "1.2.20",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = RequestsEnd,
     .setting = "request-timeout",
     .expected = "more than 0 and at most 5m (the default is 1m)",
     .remedy = "set --request-timeout=1m0s at {where}",
     .why = "Requests without an end use up the server's connections and memory until it answers "
            "nobody.",
     .link = kFlags},
    {.id = "apiserver-cors-origins",
     .title = "No page of any web site may call kube-apiserver with its user's browser",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NoWildcardOrigin,
     .setting = "cors-allowed-origins",
     .expected =
         "not set, or expressions that name their hosts, such as ^https://console\\.example\\.com$",
     .remedy = "name the hosts, as in ^https://console\\.example\\.com$, or take "
               "--cors-allowed-origins away, at {where}",
     .why = "A page that somebody opens by chance would act in the cluster as that person.",
     .link = kFlags},
    {.id = "apiserver-logs-handler-off",
     .title = "kube-apiserver does not serve the node's log folder",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "enable-logs-handler",
     .wanted = "false",
     .expected = "--enable-logs-handler is false",
     .remedy = "set --enable-logs-handler=false at {where}",
     .why = "It serves every file below /var/log of the control plane to whoever may get /logs.",
     .link = kFlags},
    {.id = "apiserver-contention-profiling-off",
     .title = "kube-apiserver does not profile its locks",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "contention-profiling",
     .wanted = "false",
     .expected = "--contention-profiling is false",
     .remedy = "set --contention-profiling=false at {where}",
     .why = "It slows every request down for data that only a debugger needs.",
     .link = kFlags},
    {.id = "apiserver-debug-socket-off",
     .title = "kube-apiserver has no debugging socket without authentication",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = IsEmpty,
     .setting = "debug-socket-path",
     .expected = "--debug-socket-path is not set",
     .remedy = "take --debug-socket-path away at {where}",
     .why = "Whoever opens that socket takes profiles of the server's memory without any "
            "authentication.",
     .link = kFlags},
    {.id = "apiserver-insecure-port-off",
     .title = "kube-apiserver has no port without TLS and authentication",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = PortIsOff,
     .setting = "insecure-port",
     .expected = "the version has no --insecure-port, or it is 0",
     .remedy = "take --insecure-port away at {where}, and move to a supported version",
     .why = "Whoever reaches that port is an administrator, without any credentials.",
     .link = "https://kubernetes.io/docs/concepts/security/controlling-access/"},
    {.id = "apiserver-insecure-address-off",
     .title = "kube-apiserver listens at no address without TLS and authentication",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = IsEmpty,
     .setting = "insecure-bind-address",
     .expected = "the version has no --insecure-bind-address",
     .remedy = "take --insecure-bind-address away at {where}, and move to a supported version",
     .why = "Whoever reaches that address is an administrator, without any credentials.",
     .link = "https://kubernetes.io/docs/concepts/security/controlling-access/"},
    {.id = "apiserver-kubelet-https",
     .title = "kube-apiserver speaks TLS with kubelets",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = IsNot,
     .setting = "kubelet-https",
     .wanted = "false",
     .expected = "the version has no --kubelet-https, or it is true",
     .remedy = "take --kubelet-https away at {where}",
     .why = "Logs and exec sessions would go over the network in the clear.",
     .link = "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/"},
    {.id = "apiserver-no-alpha-features",
     .title = "kube-apiserver does not switch every alpha feature on",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = NoAlphaGates,
     .setting = "feature-gates",
     .expected = "no AllAlpha=true",
     .remedy = "name the features that are needed instead of AllAlpha=true at {where}",
     .why = "Alpha features are unfinished, may be insecure, and change with every version.",
     .link = "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/"},
    {.id = "apiserver-priority-and-fairness",
     .title = "kube-apiserver keeps one client from using up all requests",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "enable-priority-and-fairness",
     .wanted = "true",
     .expected = "--enable-priority-and-fairness is true (the default)",
     .remedy = "take --enable-priority-and-fairness=false away at {where}",
     .why = "Without it any client that may ask at all can shut everybody else out.",
     .link = "https://kubernetes.io/docs/concepts/cluster-administration/flow-control/"},
};

}  // namespace

std::span<const Rule> ApiServerExposureRules() { return kRules; }

}  // namespace seawall::rules
