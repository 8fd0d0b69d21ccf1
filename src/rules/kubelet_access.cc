// Recipe rows 2a and 3a on the kubelet: who may call it, through which ports, and what they may ask
// (CIS 4.2.1 to 4.2.5).
#include <fmt/format.h>

#include "cluster/values.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;

/// By flag 0 means that connections stay for ever; in a file it means the default.
Outcome StreamsEnd(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  auto duration = cluster::ParseDuration(setting.text);
  bool in_file = setting.origin.kind == cluster::OriginKind::kFile ||
                 setting.origin.kind == cluster::OriginKind::kDropIn;
  if (duration && *duration == 0 && in_file) {
    return Pass(fmt::format("{} is 0 in a file, which means the default of 4 hours", setting.name),
                {EvidenceOf(setting)});
  }
  std::string says = Says(*context.component, setting);
  if (duration && *duration > 0) return Pass(std::move(says), {EvidenceOf(setting)});
  return Fails(std::move(says), {EvidenceOf(setting)});
}

/// Port 0 switches the server off, and then its address does not matter.
Outcome HealthzIsLocal(const Rule&, const Context& context) {
  Setting port = context.component->Get("healthzPort");
  if (port.known() && port.text == "0")
    return Pass(Says(*context.component, port), {EvidenceOf(port)});
  Setting address = context.component->Get("healthzBindAddress");
  if (!address.known()) return UnknownSetting(*context.component, address);
  if (auto named = NamedAddress(context, address, address.text)) return std::move(*named);
  std::string says = Says(*context.component, address);
  // An empty address in a file is the default, 127.0.0.1.
  if (address.text.empty() || IsLoopbackAddress(address.text))
    return Pass(std::move(says), {EvidenceOf(address)});
  if (!port.known()) return UnknownSetting(*context.component, port);
  return Fails(std::move(says), {EvidenceOf(address)});
}

/// Whether it may be off is a question of who needs logs and exec: only a person knows.
Outcome DebuggingHandlers(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (!setting.known()) return UnknownSetting(*context.component, setting);
  if (setting.text == "false")
    return Pass(Says(*context.component, setting), {EvidenceOf(setting)});
  return Unknown(fmt::format("{}: kubectl logs, exec, attach and port-forward need it",
                             Says(*context.component, setting)),
                 "ask whether anybody needs these on this node; if not, set it to false",
                 {EvidenceOf(setting)});
}

Outcome CacheIsShort(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  auto duration = cluster::ParseDuration(setting.text), most = cluster::ParseDuration(rule.wanted);
  std::string says = Says(*context.component, setting);
  if (duration && most && *duration <= *most) return Pass(std::move(says), {EvidenceOf(setting)});
  return Fails(std::move(says), {EvidenceOf(setting)});
}

constexpr const char* kAuthLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/";
constexpr const char* kFieldsLink =
    "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/";

constexpr Rule kRules[] = {
    {.id = "kubelet-anonymous-auth",
     .title = "The kubelet refuses callers who do not say who they are",
     .row = "3a",
     .cis = "4.2.1",
     .severity = Severity::kCritical,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "authentication.anonymous.enabled",
     .wanted = "false",
     .expected = "false",
     .remedy = "set authentication: {anonymous: {enabled: false}} in the kubelet's configuration, "
               "at {where}",
     .why = "Whoever reaches port 10250 could otherwise ask as system:anonymous, which with lax "
            "authorization means exec into every pod.",
     .link = kAuthLink},
    {.id = "kubelet-authorization-mode",
     .title = "The kubelet asks the API server what a caller may do",
     .row = "3a",
     .cis = "4.2.2",
     .severity = Severity::kCritical,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "authorization.mode",
     .wanted = "Webhook",
     .expected = "Webhook",
     .remedy = "set authorization: {mode: Webhook} in the kubelet's configuration, at {where}",
     .why = "With AlwaysAllow every caller who is known at all runs commands in every pod of the "
            "node.",
     .link = kAuthLink},
    {.id = "kubelet-client-ca",
     .title = "The kubelet verifies its callers' certificates with a CA of the cluster",
     .row = "2a",
     .cis = "4.2.3",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = NamesCertificates,
     .setting = "authentication.x509.clientCAFile",
     .expected = "a file of CA certificates that is there",
     .remedy = "set authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}} in the "
               "kubelet's configuration, at {where}",
     .why = "Without it the API server cannot prove to the kubelet that it is the API server.",
     .link = kAuthLink},
    {.id = "kubelet-webhook-authentication",
     .title = "The kubelet accepts the API server's tokens",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "authentication.webhook.enabled",
     .wanted = "true",
     .expected = "true",
     .remedy = "set authentication: {webhook: {enabled: true}} in the kubelet's configuration, at "
               "{where}",
     .why = "Monitoring that cannot log in with its token asks for an open port instead.",
     .link = kAuthLink},
    {.id = "kubelet-authorization-cache",
     .title = "The kubelet does not keep permissions for longer than five minutes",
     .row = "3a",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = CacheIsShort,
     .setting = "authorization.webhook.cacheAuthorizedTTL",
     .wanted = "5m",
     .expected = "at most 5m",
     .remedy = "set authorization: {webhook: {cacheAuthorizedTTL: 5m}} in the kubelet's "
               "configuration, at {where}",
     .why = "Until the cache has ended, rights that were taken away still work on this node.",
     .link = kFieldsLink},
    {.id = "kubelet-read-only-port",
     .title = "The kubelet has no port without authentication",
     .row = "2a",
     .cis = "4.2.4",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "readOnlyPort",
     .wanted = "0",
     .expected = "0",
     .remedy = "set readOnlyPort: 0 in the kubelet's configuration, at {where}",
     .why = "The port shows every pod's specification to whoever reaches it, in plain text.",
     .link = kFieldsLink},
    {.id = "kubelet-streaming-timeout",
     .title = "The kubelet ends streams that nobody uses",
     .row = "2a",
     .cis = "4.2.5",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = StreamsEnd,
     .setting = "streamingConnectionIdleTimeout",
     .expected = "not 0",
     .remedy = "set streamingConnectionIdleTimeout: 4h0m0s in the kubelet's configuration, and "
               "remove the flag at {where}",
     .why = "Streams that never end use up connections, and stay open after their owner's rights "
            "have ended.",
     .link = kFieldsLink},
    {.id = "kubelet-healthz-local",
     .title = "The kubelet's health port is on the loopback only",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = HealthzIsLocal,
     .setting = "healthzBindAddress",
     .expected = "127.0.0.1, ::1, or healthzPort: 0",
     .remedy = "set healthzBindAddress: 127.0.0.1 in the kubelet's configuration, at {where}",
     .why = "The port speaks plain HTTP and asks nobody who they are.",
     .link = kFieldsLink},
    {.id = "kubelet-debugging-handlers",
     .title = "The kubelet serves no logs and runs no commands where nobody needs it",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .manual = true,
     .check = DebuggingHandlers,
     .setting = "enableDebuggingHandlers",
     .expected = "false where nobody needs kubectl logs and exec",
     .remedy = "set enableDebuggingHandlers: false in the kubelet's configuration, at {where}",
     .why = "These handlers are how an intruder with the right certificate gets into every pod of "
            "the node.",
     .link = kFieldsLink},
    {.id = "kubelet-profiling-off",
     .title = "The kubelet serves no profiles of itself",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "enableProfilingHandler",
     .wanted = "false",
     .expected = "false",
     .remedy = "set enableProfilingHandler: false in the kubelet's configuration, at {where}",
     .why = "Profiles show details of the program and its memory, and taking them costs time.",
     .link = kFieldsLink},
    {.id = "kubelet-debug-flags-off",
     .title = "The kubelet's log level cannot be changed from outside",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "enableDebugFlagsHandler",
     .wanted = "false",
     .expected = "false",
     .remedy = "set enableDebugFlagsHandler: false in the kubelet's configuration, at {where}",
     .why =
         "Whoever raises the log level fills the disk and has request bodies written to the log.",
     .link = kFieldsLink},
    {.id = "kubelet-system-logs-off",
     .title = "The kubelet does not serve the node's /var/log",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "enableSystemLogHandler",
     .wanted = "false",
     .expected = "false",
     .remedy = "set enableSystemLogHandler: false in the kubelet's configuration, at {where}",
     .why = "A pod that may write a link into /var/log reads any file of the node through this "
            "handler.",
     .link = kFieldsLink},
    {.id = "kubelet-log-query-off",
     .title = "The kubelet does not answer queries of the node's service logs",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "enableSystemLogQuery",
     .wanted = "false",
     .expected = "false",
     .remedy = "set enableSystemLogQuery: false in the kubelet's configuration, at {where}",
     .why = "It gives every holder of nodes/log the logs of all services of the node.",
     .link = "https://kubernetes.io/docs/concepts/cluster-administration/system-logs/"},
};

}  // namespace

std::span<const Rule> KubeletAccessRules() { return kRules; }

}  // namespace seawall::rules
