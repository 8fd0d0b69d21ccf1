// Recipe row 5a, etcd and its clients (CIS 2.1 to 2.3 and 2.7), and 5c, where it runs.
#include <fmt/format.h>

#include "base/text.h"
#include "rules/addresses.h"
#include "rules/ca_files.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/etcd_checks.h"
#include "rules/tls_policy.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kSecurity = "https://etcd.io/docs/latest/op-guide/security/";
constexpr const char* kFlags = "https://etcd.io/docs/latest/op-guide/configuration/";
constexpr const char* kMonitoring = "https://etcd.io/docs/latest/op-guide/monitoring/";
constexpr const char* kOperating =
    "https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/";

/// The CAs by which this node's Kubernetes components let clients in.
std::vector<CaSetting> KubernetesCas(const cluster::Node& node) {
  std::vector<CaSetting> cas;
  for (const Component* server : node.Of(ComponentKind::kApiServer))
    cas.push_back({server, server->Get("client-ca-file")});
  for (const Component* kubelet : node.Of(ComponentKind::kKubelet)) {
    cas.push_back({kubelet, kubelet->Get("authentication.x509.clientCAFile")});
  }
  return cas;
}

Outcome HasItsOwnCa(const Rule& rule, const Context& context) {
  const Component& etcd = *context.component;
  const Setting own = etcd.Get(rule.setting);
  if (own.state == SettingState::kUnknown) return UnknownSetting(etcd, own);
  if (Empty(own)) {
    return Fails(Says(etcd, own) + ": etcd has no CA of its own for its clients",
                 {EvidenceOf(own)});
  }
  Tally tally;
  for (const CaSetting& ca : KubernetesCas(context.node)) {
    if (ca.setting.state == SettingState::kUnknown) {
      tally.Unknown(UnknownSetting(*ca.component, ca.setting).reason, "");
      continue;
    }
    if (Empty(ca.setting)) continue;
    const Outcome outcome = CasDiffer({&etcd, own}, ca, context);
    if (outcome.verdict == Verdict::kFail) return outcome;
    if (outcome.verdict == Verdict::kUnknown) {
      tally.Unknown(outcome.reason, "");
    } else {
      tally.Good(EvidenceOf(own));
    }
  }
  if (!tally.empty()) return std::move(tally).Done("");
  return Unknown(
      "no component of this node shows which CA Kubernetes lets clients in by",
      "compare this CA with --client-ca-file of kube-apiserver (openssl x509 -noout -pubkey)",
      {EvidenceOf(own)});
}

Outcome MetricsAreLocal(const Rule& rule, const Context& context) {
  const Setting urls = context.component->Get(rule.setting);
  if (urls.state == SettingState::kUnknown) return UnknownSetting(*context.component, urls);
  Tally tally;
  for (const Item& item : urls.items) {
    const UrlParts url = SplitUrl(Trim(item.text));
    if (url.scheme == "https" || url.scheme == "unix" || IsLoopbackAddress(url.host)) {
      tally.Good(EvidenceOf(urls, item));
    } else {
      tally.Bad(EvidenceOf(urls, item), fmt::format("metrics are served at {} to everybody",
                                                    PrintableShort(item.text, 150)));
    }
  }
  if (tally.empty()) return Pass(Says(*context.component, urls), {EvidenceOf(urls)});
  return std::move(tally).Done("");
}

/// Settings that only guard listeners without TLS and certificates: there is nothing to guard where
/// there are none.
Outcome MattersWithoutCertificates(const Rule& rule, const Context& context) {
  const Component& etcd = *context.component;
  const Setting setting = etcd.Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(etcd, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(etcd, setting);
  const bool open = setting.Contains(rule.wanted) || setting.text == rule.wanted;
  if (!open && !Empty(setting)) return Pass(Says(etcd, setting), {EvidenceOf(setting)});
  const std::optional<bool> demanded = DemandsClientCertificates(etcd);
  if (!demanded) {
    return Unknown(fmt::format("{}, and whether every client shows a certificate is not known",
                               Says(etcd, setting)),
                   "look at --client-cert-auth, --trusted-ca-file and --listen-client-urls",
                   {EvidenceOf(setting)});
  }
  if (*demanded) {
    return Pass(fmt::format("{}, which does no harm as every client shows a certificate",
                            Says(etcd, setting)),
                {EvidenceOf(setting)});
  }
  return Fails(fmt::format("{}, and clients come in without a certificate", Says(etcd, setting)),
               {EvidenceOf(setting)});
}

Outcome RunsApart(const Rule&, const Context& context) {
  const auto servers = context.node.Of(ComponentKind::kApiServer);
  if (servers.empty()) {
    if (const cluster::BlindSpot* spot = context.node.MayHide(ComponentKind::kApiServer)) {
      return Unknown("a kube-apiserver may run here too: " + spot->error.ToString(),
                     spot->error.todo);
    }
    return Pass("no kube-apiserver runs on this node");
  }
  return Fails("kube-apiserver runs on the same node",
               {EvidenceIn("kube-apiserver", servers.front()->instance, servers.front()->where)});
}

constexpr Rule kRules[] = {
    {.id = "etcd-serving-certificate",
     .title = "etcd serves its clients with a certificate that was issued for it",
     .row = "5a",
     .cis = "2.1",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = NamesKeyPair,
     .setting = "cert-file key-file",
     .expected = "--cert-file and --key-file name files that are there",
     .remedy = "set --cert-file and --key-file to etcd's certificate and its key at {where}",
     .why = "Every Secret of the cluster goes over this connection.",
     .link = kSecurity},
    {.id = "etcd-client-cert-auth",
     .title = "etcd demands a certificate of every client",
     .row = "5a",
     .cis = "2.2",
     .severity = Severity::kCritical,
     .target = Target::kEtcd,
     .check = CertificatesAreDemanded,
     .setting = "client-cert-auth trusted-ca-file listen-client-urls",
     .expected = "--client-cert-auth is true, and every client URL is https://",
     .remedy = "set --client-cert-auth=true and --trusted-ca-file, and write https:// instead of "
               "http://, at {where}",
     .why = "Whoever reads etcd reads every Secret, and whoever writes to it owns the cluster.",
     .link = kSecurity},
    {.id = "etcd-no-auto-tls",
     .title = "etcd does not make up its own certificates for clients",
     .row = "5a",
     .cis = "2.3",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = IsValue,
     .setting = "auto-tls",
     .wanted = "false",
     .expected = "--auto-tls is false (the default)",
     .remedy = "take --auto-tls away at {where}, and set --cert-file and --key-file",
     .why = "A self-signed certificate authenticates nobody: it encrypts a conversation with "
            "whoever answers.",
     .link = kSecurity},
    {.id = "etcd-client-ca",
     .title = "etcd verifies its clients with a CA that it was given",
     .row = "5a",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = NamesCertificates,
     .setting = "trusted-ca-file",
     .expected = "--trusted-ca-file names a CA file that is there",
     .remedy =
         "set --trusted-ca-file to etcd's CA, such as /etc/kubernetes/pki/etcd/ca.crt, at {where}",
     .why = "With --client-cert-auth alone every CA of the operating system may let clients in; "
            "with neither, everybody comes in.",
     .link = kSecurity},
    {.id = "etcd-own-ca",
     .title = "etcd has a CA that Kubernetes' own clients do not come from",
     .row = "5a",
     .cis = "2.7",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = HasItsOwnCa,
     .setting = "trusted-ca-file",
     .expected = "no CA is in both --trusted-ca-file and kube-apiserver's --client-ca-file",
     .remedy = "make a CA for etcd alone, issue its certificates from it, and name it with "
               "--trusted-ca-file at {where}",
     .why = "With one CA for both, every kubelet's and user's certificate opens the database.",
     .link = kOperating},
    {.id = "etcd-client-urls-https",
     .title = "etcd serves its clients over TLS only",
     .row = "5a",
     .severity = Severity::kCritical,
     .target = Target::kEtcd,
     .check = UrlsAreHttps,
     .setting = "listen-client-urls listen-client-http-urls advertise-client-urls",
     .expected = "every client URL begins with https:// (or unix://)",
     .remedy = "write https:// instead of http:// at {where}",
     .why =
         "On an http:// address etcd ignores every TLS setting and lets everybody read and write.",
     .link = kSecurity},
    {.id = "etcd-client-urls-narrow",
     .title = "etcd serves clients at the addresses that are needed only",
     .row = "5a",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = UrlsAreNarrow,
     .setting = "listen-client-urls listen-client-http-urls",
     .expected = "no 0.0.0.0 and no [::]",
     .remedy = "name the address that kube-apiserver uses, and 127.0.0.1, at {where}",
     .why = "Each network that reaches etcd is one from which it can be attacked.",
     .link = kFlags},
    {.id = "etcd-tls-floor",
     .title = "etcd takes no TLS older than 1.2",
     .row = "5a",
     .severity = Severity::kHigh,
     .target = Target::kEtcd,
     .check = TlsFloor,
     .setting = "tls-min-version",
     .expected = "TLS1.2 (the default) or TLS1.3",
     .remedy = "set --tls-min-version=TLS1.2 at {where}",
     .why = "TLS 1.0 and 1.1 are broken and forbidden (RFC 8996).",
     .link = kSecurity},
    {.id = "etcd-strong-ciphers",
     .title = "etcd offers cipher suites with forward secrecy and authenticated encryption only",
     .row = "5a",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = CiphersAreStrong,
     .setting = "cipher-suites tls-min-version",
     .expected =
         "ECDHE suites with AES-GCM or ChaCha20-Poly1305 only, or TLS 1.3 as the lowest version",
     .remedy = "set --tls-min-version=TLS1.3 at {where} (since 3.5), or name such suites with "
               "--cipher-suites",
     .why = "Suites with CBC have been broken again and again.",
     .link = kSecurity},
    {.id = "etcd-metrics-local",
     .title = "etcd shows metrics without a certificate to its own machine only",
     .row = "5a",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = MetricsAreLocal,
     .setting = "listen-metrics-urls",
     .expected = "not set, https://, or a loopback address",
     .remedy = "write http://127.0.0.1:2381 at {where}",
     .why = "Metrics tell strangers the cluster's members, versions and load.",
     .link = kMonitoring},
    {.id = "etcd-pprof-off",
     .title = "etcd serves no profiles of itself",
     .row = "5a",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = IsValue,
     .setting = "enable-pprof",
     .wanted = "false",
     .expected = "--enable-pprof is false (the default)",
     .remedy = "take --enable-pprof away at {where}",
     .why = "Profiles show parts of a memory that holds every Secret.",
     .link = kFlags},
    {.id = "etcd-cors",
     .title = "No page of any web site reads etcd with somebody's browser",
     .row = "5a",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = MattersWithoutCertificates,
     .setting = "cors",
     .wanted = "*",
     .expected = "origins are named, or every client shows a certificate",
     .remedy = "demand certificates (--client-cert-auth, https://), or name the origins with "
               "--cors, at {where}",
     .why =
         "Without certificates a page that somebody opens by chance reads and writes the database.",
     .link = kFlags},
    {.id = "etcd-host-whitelist",
     .title = "etcd cannot be reached through a rebound DNS name",
     .row = "5a",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = MattersWithoutCertificates,
     .setting = "host-whitelist",
     .wanted = "*",
     .expected = "hosts are named, or every client shows a certificate",
     .remedy = "demand certificates (--client-cert-auth, https://), or name the hosts with "
               "--host-whitelist, at {where}",
     .why = "A web site that gives its own name etcd's address reads and writes the database.",
     .link = kFlags},
    {.id = "etcd-auth-token",
     .title = "etcd's tokens are signed, or nobody needs one",
     .row = "5a",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = MattersWithoutCertificates,
     .setting = "auth-token",
     .wanted = "simple",
     .expected = "jwt,…, or every client shows a certificate",
     .remedy = "demand certificates (--client-cert-auth, https://), or begin --auth-token with "
               "jwt, at {where}",
     .why = "Simple tokens are not signed and meant for development only.",
     .link = "https://etcd.io/docs/latest/op-guide/authentication/rbac/"},
    {.id = "etcd-no-v2",
     .title = "etcd does not serve the old v2 interface",
     .row = "5a",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = IsNot,
     .setting = "enable-v2",
     .wanted = "true",
     .expected = "--enable-v2 is false (the default)",
     .remedy = "take --enable-v2 away at {where}",
     .why = "Kubernetes does not use it, and it has ways past etcd's newer access control.",
     .link = kFlags},
    {.id = "etcd-fsync",
     .title = "etcd's data is on the disk before it says so",
     .row = "5c",
     .severity = Severity::kMedium,
     .target = Target::kEtcd,
     .check = IsNot,
     .setting = "unsafe-no-fsync",
     .wanted = "true",
     .expected = "--unsafe-no-fsync is false (the default)",
     .remedy = "take --unsafe-no-fsync away at {where}",
     .why = "A power failure would bring back Secrets and rights that were already taken away, or "
            "lose everything.",
     .link = kFlags},
    {.id = "etcd-on-its-own-node",
     .title = "etcd runs on a node of its own",
     .row = "5c",
     .severity = Severity::kLow,
     .target = Target::kEtcd,
     .check = RunsApart,
     .expected = "no kube-apiserver on the same node",
     .remedy =
         "move etcd to nodes of its own, behind a firewall that lets kube-apiserver through only",
     .why = "Whoever breaks out of the control plane's other programs then stands beside the "
            "database.",
     .link = "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/ha-topology/"},
};

}  // namespace

std::span<const Rule> EtcdClientRules() { return kRules; }

}  // namespace seawall::rules
