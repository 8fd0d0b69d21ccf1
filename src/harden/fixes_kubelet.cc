// The kubelet: rows 2a, 3a, 3b, 3d and 6a.
#include <array>

#include "base/text.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

/// What the kubelet would write itself, and what it demands of the kernel with
/// protectKernelDefaults.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kKernel = {{
    {"vm.overcommit_memory", "1"},
    {"vm.panic_on_oom", "0"},
    {"kernel.panic", "10"},
    {"kernel.panic_on_oops", "1"},
    {"kernel.keys.root_maxkeys", "1000000"},
    {"kernel.keys.root_maxbytes", "25000000"},
}};

/// The value that the files of sysctl.d give; "" when none does.
std::string Sysctl(const cluster::Node& node, std::string_view wanted) {
  std::vector<std::string> files;
  for (const char* folder : {"/usr/lib/sysctl.d", "/etc/sysctl.d"}) {
    const auto& list = node.List(folder);
    if (!list) continue;
    for (const FolderEntry& entry : *list) {
      if (entry.name.ends_with(".conf")) files.push_back(std::string(folder) + "/" + entry.name);
    }
  }
  files.push_back("/etc/sysctl.conf");
  std::string found;
  for (const std::string& file : files) {
    const auto& bytes = node.Bytes(file);
    if (!bytes) continue;
    for (const std::string_view line : Split(*bytes, '\n')) {
      const size_t equals = line.find('=');
      if (equals == std::string_view::npos) continue;
      std::string name(Trim(line.substr(0, equals)));
      if (name.starts_with('-')) name.erase(0, 1);
      for (char& c : name) c = c == '/' ? '.' : c;
      if (name == wanted) found = Trim(line.substr(equals + 1));
    }
  }
  return found;
}

/// With other values than it wants the kubelet does not start.
Result<Draft> ProtectKernel(const Fix& fix, const FixContext& context) {
  std::string missing;
  for (const auto& [name, value] : kKernel) {
    std::string path = "/proc/sys/" + std::string(name);
    for (char& c : path) c = c == '.' ? '/' : c;
    const auto& live = context.node.Bytes(path);
    const std::string is =
        context.node.live && live ? std::string(Trim(*live)) : Sysctl(context.node, name);
    if (is == value) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(name) + "=" + std::string(value);
  }
  if (!missing.empty())
    return Missing(
        "the kubelet would not start: the kernel's settings are not known to be those "
        "that it wants",
        "write " + missing + " into a file of /etc/sysctl.d, and plan again");
  return SetValue(fix, context);
}

/// The CA that the API server of this node believes clients by.
Result<Draft> ClientCa(const Fix& fix, const FixContext& context) {
  std::string path = context.Get(fix.parameter).value_or("");
  for (const cluster::Component* server : context.node.Of(cluster::ComponentKind::kApiServer)) {
    const cluster::Setting ca = server->Get("client-ca-file");
    if (path.empty() && ca.written()) path = server->HostPath(ca.text).value_or("");
  }
  if (path.empty() && context.node.Certificates("/etc/kubernetes/pki/ca.crt"))
    path = "/etc/kubernetes/pki/ca.crt";
  if (path.empty()) return Needs(fix.parameter, fix.what);
  Draft draft;
  auto done = Want(context, "authentication.x509.clientCAFile", Wanted::Text(path), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

constexpr const char* kServing =
    "the kubelet serves with a certificate that somebody must approve (a controller for "
    "kubernetes.io/kubelet-serving): until then kubectl logs and exec do not work on this node. "
    "Whether one approves cannot be seen in files";

constexpr Fix kFixes[] = {
    {.rule = "kubelet-anonymous-auth",
     .make = SetValue,
     .risk = Risk::kClients,
     .cuts_off = "callers of port 10250 without credentials (old monitoring)",
     .clients_unknown = true},
    {.rule = "kubelet-authorization-mode",
     .make = SetValue,
     .risk = Risk::kClients,
     .cuts_off = "callers of port 10250 whom RBAC gives no nodes/… rights",
     .clients_unknown = true},
    {.rule = "kubelet-client-ca",
     .make = ClientCa,
     .parameter = "client-ca-file",
     .what = "the cluster's client CA"},
    {.rule = "kubelet-webhook-authentication", .make = SetValue},
    {.rule = "kubelet-authorization-cache", .make = SetValue, .value = "5m0s"},
    {.rule = "kubelet-read-only-port",
     .make = SetValue,
     .risk = Risk::kClients,
     .cuts_off = "whoever reads port 10255 (old monitoring)",
     .clients_unknown = true},
    {.rule = "kubelet-streaming-timeout", .make = SetValue, .value = "4h0m0s"},
    {.rule = "kubelet-healthz-local",
     .make = SetValue,
     .setting = "healthzBindAddress",
     .value = "127.0.0.1",
     .risk = Risk::kClients,
     .cuts_off = "health checks of port 10248 from other machines",
     .clients_unknown = true},
    {.rule = "kubelet-profiling-off", .make = SetValue},
    {.rule = "kubelet-debug-flags-off", .make = SetValue},
    {.rule = "kubelet-system-logs-off", .make = SetValue},
    {.rule = "kubelet-log-query-off", .make = SetValue},
    {.rule = "kubelet-cipher-suites",
     .make = SetStrongCiphers,
     .setting = "tlsCipherSuites",
     .risk = Risk::kClients,
     .cuts_off = "clients that know suites with CBC, RC4 or 3DES only",
     .clients_unknown = true},
    {.rule = "kubelet-tls-min-version",
     .make = SetValue,
     .value = "VersionTLS12",
     .risk = Risk::kClients,
     .cuts_off = "clients that know nothing newer than TLS 1.1",
     .clients_unknown = true},
    {.rule = "kubelet-post-quantum", .make = TakeAway},
    {.rule = "kubelet-rotates-certificates", .make = SetValue},
    {.rule = "kubelet-server-tls-bootstrap",
     .make = SetWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "kubectl logs and exec until the request is approved",
     .parameter = "accept-serving-approval",
     .what = kServing},
    {.rule = "kubelet-serving-certificate",
     .make = SetWithConsent,
     .setting = "serverTLSBootstrap",
     .value = "true",
     .risk = Risk::kClients,
     .cuts_off = "kubectl logs and exec until the request is approved",
     .parameter = "accept-serving-approval",
     .what = kServing},
    {.rule = "kubelet-event-rate", .make = SetValue, .value = "50"},
    {.rule = "kubelet-iptables-chains", .make = SetValue},
    {.rule = "kubelet-pids-limit",
     .make = SetParameter,
     .risk = Risk::kClients,
     .cuts_off = "pods with more processes than that",
     .parameter = "pod-pids-limit",
     .what = "how many processes a pod may have (the handbooks say 4096)"},
    {.rule = "kubelet-seccomp-default",
     .make = SetWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "pods that need system calls outside of the runtime's default profile",
     .parameter = "accept-seccomp-default",
     .what = "pods without a seccomp profile get the runtime's: what needs other system calls "
             "stops working"},
    {.rule = "kubelet-protect-kernel-defaults", .make = ProtectKernel},
    {.rule = "kubelet-debugging-handlers",
     .make = SetWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "kubectl logs, exec, attach and port-forward",
     .parameter = "accept-no-exec",
     .what = "nobody could use kubectl logs and exec on this node any more"},
};

}  // namespace

std::span<const Fix> KubeletFixes() { return kFixes; }

}  // namespace seawall::harden
