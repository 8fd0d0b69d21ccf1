// Recipe rows 2a and 3a for kube-controller-manager and kube-scheduler (CIS 1.3 and 1.4).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/gates.h"
#include "rules/tls_policy.h"

namespace seawall::rules {
namespace {

using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kManager =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/";
constexpr const char* kScheduler =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/";
constexpr const char* kGates =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/";

/// Only health may be asked for by everybody.
Outcome OnlyHealthIsOpen(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  constexpr std::array<std::string_view, 3> kHealth = {"/healthz", "/readyz", "/livez"};
  std::vector<Evidence> open;
  std::vector<std::string> paths;
  for (const Item& item : setting.items) {
    std::string_view path = Trim(item.text);
    if (path.ends_with("/*")) path.remove_suffix(2);
    if (path.empty() && Trim(item.text).empty()) continue;
    if (std::ranges::find(kHealth, path) != kHealth.end()) continue;
    open.push_back(EvidenceOf(setting, item));
    paths.push_back(PrintableShort(item.text, 100));
  }
  if (open.empty()) return Pass(Says(*context.component, setting), {EvidenceOf(setting)});
  return Fails(fmt::format("everybody may ask for {}", Join(paths, ", ")), std::move(open));
}

constexpr Rule kRules[] = {
    {.id = "controller-manager-pod-gc",
     .title = "kube-controller-manager removes terminated pods",
     .row = "2a",
     .cis = "1.3.1",
     .severity = Severity::kLow,
     .target = Target::kControllerManager,
     .check = IsAtLeast,
     .setting = "terminated-pod-gc-threshold",
     .wanted = "1",
     .expected = "more than 0 (the default is 12500)",
     .remedy = "set --terminated-pod-gc-threshold=12500 at {where}",
     .why =
         "With 0 terminated pods stay for ever, until etcd is full and the cluster stands still.",
     .link = kManager},
    {.id = "controller-manager-profiling-off",
     .title = "kube-controller-manager serves no profiles of itself",
     .row = "2a",
     .cis = "1.3.2",
     .severity = Severity::kLow,
     .target = Target::kControllerManager,
     .check = IsValue,
     .setting = "profiling",
     .wanted = "false",
     .expected = "--profiling is false",
     .remedy = "set --profiling=false at {where}",
     .why = "Profiles show details of the program and its memory, which holds the cluster's "
            "signing keys.",
     .link = kManager},
    {.id = "controller-manager-own-credentials",
     .title = "Each controller has a service account of its own",
     .row = "3a",
     .cis = "1.3.3",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = IsValue,
     .setting = "use-service-account-credentials",
     .wanted = "true",
     .expected = "--use-service-account-credentials is true",
     .remedy = "set --use-service-account-credentials=true at {where} (with RBAC on)",
     .why = "Otherwise every controller acts with all the rights of all of them.",
     .link = kManager},
    {.id = "controller-manager-service-account-key",
     .title = "Service account tokens are signed with a key that was given",
     .row = "4",
     .cis = "1.3.4",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = NamesKeys,
     .setting = "service-account-private-key-file",
     .expected = "--service-account-private-key-file names a file that is there",
     .remedy = "set --service-account-private-key-file to the key, such as "
               "/etc/kubernetes/pki/sa.key, at {where}",
     .why = "A key of its own for tokens can be changed without touching any other certificate.",
     .link = kManager},
    {.id = "controller-manager-root-ca",
     .title = "Pods are given the CA with which to verify kube-apiserver",
     .row = "2a",
     .cis = "1.3.5",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = NamesCertificates,
     .setting = "root-ca-file",
     .expected = "--root-ca-file names a CA file that is there",
     .remedy = "set --root-ca-file to the CA of kube-apiserver's certificate, such as "
               "/etc/kubernetes/pki/ca.crt, at {where}",
     .why = "Without it pods cannot tell kube-apiserver from somebody who poses as it and takes "
            "their tokens.",
     .link = kManager},
    {.id = "controller-manager-rotates-serving-certificates",
     .title = "kube-controller-manager supports the rotation of kubelets' serving certificates",
     .row = "6a",
     .cis = "1.3.6",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = GateNotOff,
     .setting = "feature-gates",
     .wanted = "RotateKubeletServerCertificate",
     .expected = "--feature-gates does not have RotateKubeletServerCertificate=false",
     .remedy = "take RotateKubeletServerCertificate=false away at {where}",
     .why = "A certificate that is not rotated runs out, or lives so long that its key leaks.",
     .link = kGates},
    {.id = "controller-manager-loopback",
     .title = "kube-controller-manager listens on the loopback interface only",
     .row = "2a",
     .cis = "1.3.7",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = IsLoopback,
     .setting = "bind-address",
     .expected = "--bind-address is 127.0.0.1 or ::1",
     .remedy = "set --bind-address=127.0.0.1 at {where}",
     .why =
         "Its metrics and health are for this machine, and each open port is one more to attack.",
     .link = kManager},
    {.id = "controller-manager-tls-floor",
     .title = "kube-controller-manager takes no TLS older than 1.2",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = TlsFloor,
     .setting = "tls-min-version",
     .expected = "VersionTLS12 (the default) or VersionTLS13",
     .remedy = "set --tls-min-version=VersionTLS12 at {where}",
     .why = "TLS 1.0 and 1.1 are broken and forbidden (RFC 8996).",
     .link = kManager},
    {.id = "controller-manager-strong-ciphers",
     .title = "kube-controller-manager offers cipher suites with forward secrecy and authenticated "
              "encryption only",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kControllerManager,
     .check = CiphersAreStrong,
     .setting = "tls-cipher-suites tls-min-version",
     .expected =
         "ECDHE suites with AES-GCM or ChaCha20-Poly1305 only, or TLS 1.3 as the lowest version",
     .remedy = "set --tls-min-version=VersionTLS13 at {where}, or name such suites with "
               "--tls-cipher-suites",
     .why = "Suites with CBC have been broken again and again.",
     .link = kManager},
    {.id = "controller-manager-open-paths",
     .title = "kube-controller-manager shows nothing but its health without authorization",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = OnlyHealthIsOpen,
     .setting = "authorization-always-allow-paths",
     .expected = "nothing beside /healthz, /readyz and /livez",
     .remedy = "take the other paths away at {where}",
     .why = "Metrics and profiles tell strangers what runs in the cluster.",
     .link = kManager},
    {.id = "controller-manager-insecure-port-off",
     .title = "kube-controller-manager has no port without TLS",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kControllerManager,
     .check = PortIsOff,
     .setting = "port",
     .expected = "the version has no --port, or it is 0",
     .remedy = "take --port away at {where}, and move to a supported version",
     .why = "That port serves metrics and profiles to everybody, in the clear.",
     .link = kManager},
    {.id = "controller-manager-no-alpha-features",
     .title = "kube-controller-manager does not switch every alpha feature on",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = NoAlphaGates,
     .setting = "feature-gates",
     .expected = "no AllAlpha=true",
     .remedy = "name the features that are needed instead of AllAlpha=true at {where}",
     .why = "Alpha features are unfinished, may be insecure, and change with every version.",
     .link = kGates},
    {.id = "scheduler-profiling-off",
     .title = "kube-scheduler serves no profiles of itself",
     .row = "2a",
     .cis = "1.4.1",
     .severity = Severity::kLow,
     .target = Target::kScheduler,
     .check = IsValue,
     .setting = "profiling",
     .wanted = "false",
     .expected = "--profiling is false (with --config: enableProfiling: false in that file)",
     .remedy =
         "set --profiling=false (with --config: enableProfiling: false in that file) at {where}",
     .why = "Profiles show details of the program and its memory, and taking them costs time.",
     .link = kScheduler},
    {.id = "scheduler-loopback",
     .title = "kube-scheduler listens on the loopback interface only",
     .row = "2a",
     .cis = "1.4.2",
     .severity = Severity::kMedium,
     .target = Target::kScheduler,
     .check = IsLoopback,
     .setting = "bind-address",
     .expected = "--bind-address is 127.0.0.1 or ::1",
     .remedy = "set --bind-address=127.0.0.1 at {where}",
     .why =
         "Its metrics and health are for this machine, and each open port is one more to attack.",
     .link = kScheduler},
    {.id = "scheduler-tls-floor",
     .title = "kube-scheduler takes no TLS older than 1.2",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kScheduler,
     .check = TlsFloor,
     .setting = "tls-min-version",
     .expected = "VersionTLS12 (the default) or VersionTLS13",
     .remedy = "set --tls-min-version=VersionTLS12 at {where}",
     .why = "TLS 1.0 and 1.1 are broken and forbidden (RFC 8996).",
     .link = kScheduler},
    {.id = "scheduler-strong-ciphers",
     .title = "kube-scheduler offers cipher suites with forward secrecy and authenticated "
              "encryption only",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kScheduler,
     .check = CiphersAreStrong,
     .setting = "tls-cipher-suites tls-min-version",
     .expected =
         "ECDHE suites with AES-GCM or ChaCha20-Poly1305 only, or TLS 1.3 as the lowest version",
     .remedy = "set --tls-min-version=VersionTLS13 at {where}, or name such suites with "
               "--tls-cipher-suites",
     .why = "Suites with CBC have been broken again and again.",
     .link = kScheduler},
    {.id = "scheduler-open-paths",
     .title = "kube-scheduler shows nothing but its health without authorization",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kScheduler,
     .check = OnlyHealthIsOpen,
     .setting = "authorization-always-allow-paths",
     .expected = "nothing beside /healthz, /readyz and /livez",
     .remedy = "take the other paths away at {where}",
     .why = "Metrics and profiles tell strangers what runs in the cluster.",
     .link = kScheduler},
    {.id = "scheduler-insecure-port-off",
     .title = "kube-scheduler has no port without TLS",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kScheduler,
     .check = PortIsOff,
     .setting = "port",
     .expected = "the version has no --port, or it is 0",
     .remedy = "take --port away at {where}, and move to a supported version",
     .why = "That port serves metrics and profiles to everybody, in the clear.",
     .link = kScheduler},
    {.id = "scheduler-no-alpha-features",
     .title = "kube-scheduler does not switch every alpha feature on",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kScheduler,
     .check = NoAlphaGates,
     .setting = "feature-gates",
     .expected = "no AllAlpha=true",
     .remedy = "name the features that are needed instead of AllAlpha=true at {where}",
     .why = "Alpha features are unfinished, may be insecure, and change with every version.",
     .link = kGates},
};

}  // namespace

std::span<const Rule> ControllerRules() { return kRules; }

}  // namespace seawall::rules
