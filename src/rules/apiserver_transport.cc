// Recipe row 2a, TLS everywhere: what kube-apiserver serves with, and whom it verifies when it
// connects itself (CIS 1.2).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/tls_policy.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;
namespace kinds = cluster::kinds;

constexpr const char* kFlags =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/";
constexpr const char* kCommunication =
    "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/";
constexpr const char* kKonnectivity =
    "https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/";

/// Every etcd that kube-apiserver keeps objects in is reached over https (or a socket of this
/// machine).
Outcome EtcdOverHttps(const Rule&, const Context& context) {
  Tally tally;
  for (const char* name : {"etcd-servers", "etcd-servers-overrides"}) {
    const Setting setting = context.component->Get(name);
    if (setting.state == SettingState::kAbsent) continue;
    if (!setting.known()) {
      tally.Unknown(
          fmt::format("{} cannot be known: {}", NameOf(*context.component, setting), setting.why),
          setting.how);
      continue;
    }
    for (const cluster::Item& item : setting.items) {
      // An override reads "group/resource#https://a;https://b".
      const size_t hash = item.text.find('#');
      std::string_view rest =
          std::string_view(item.text).substr(hash == std::string::npos ? 0 : hash + 1);
      bool good = !rest.empty();
      for (const std::string_view url : Split(rest, ';')) {
        const std::string scheme = SplitUrl(Trim(url)).scheme;
        good = good && (scheme == "https" || scheme == "unix" || scheme == "unixs");
      }
      if (good) {
        tally.Good(EvidenceOf(setting, item));
      } else {
        tally.Bad(EvidenceOf(setting, item),
                  fmt::format("{} names {}, which is not https",
                              NameOf(*context.component, setting), item.text));
      }
    }
  }
  if (tally.empty())
    return Fails("--etcd-servers is not set, so that nothing says which etcd it is");
  return std::move(tally).Done("");
}

void JudgeSelection(const kinds::EgressSelection& selection, Tally& tally) {
  const std::string name = selection.name.value;
  if (selection.protocol.value == "Direct") {
    tally.Good(EvidenceIn("egressSelections." + name, "Direct", selection.place));
  } else if (!selection.uds_name.value.empty()) {
    tally.Good(EvidenceIn("udsName", selection.uds_name.value, selection.uds_name.place));
  } else if (SplitUrl(selection.url.value).scheme != "https") {
    tally.Bad(EvidenceIn("url", selection.url.value, selection.url.place),
              fmt::format("the way out \"{}\" goes to {} without TLS", name, selection.url.value));
  } else if (selection.ca_bundle.value.empty() || selection.client_cert.value.empty()) {
    tally.Bad(
        EvidenceIn("egressSelections." + name, selection.url.value, selection.place),
        fmt::format("the way out \"{}\" has no CA bundle and client certificate of its own", name));
  } else {
    tally.Good(EvidenceIn("url", selection.url.value, selection.url.place));
  }
}

Outcome EgressOverTls(const Rule&, const Context& context) {
  const auto loaded = kinds::LoadEgressSelector(context.node, *context.component);
  if (auto end = EndOf(context, loaded, Verdict::kNotApplicable)) return *end;
  Tally tally;
  for (const kinds::EgressSelection& selection : loaded->selections)
    JudgeSelection(selection, tally);
  return Trusted(context, loaded, std::move(tally).Done("the file names no way out"));
}

constexpr Rule kRules[] = {
    {.id = "apiserver-serving-certificate",
     .title = "kube-apiserver serves a certificate that was issued for it",
     .row = "2a",
     .cis = "1.2.24",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesKeyPair,
     .setting = "tls-cert-file tls-private-key-file",
     .expected = "--tls-cert-file and --tls-private-key-file name files that are there",
     .remedy = "set --tls-cert-file and --tls-private-key-file to the server's certificate and its "
               "key at {where}",
     .why = "Without them kube-apiserver makes itself a self-signed certificate, and no client can "
            "tell it from an impostor.",
     .link = kFlags},
    {.id = "apiserver-client-ca",
     .title = "kube-apiserver knows the CA that client certificates come from",
     .row = "2a",
     .cis = "1.2.25",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesCertificates,
     .setting = "client-ca-file",
     .expected = "--client-ca-file names a CA file that is there",
     .remedy = "set --client-ca-file to the cluster's client CA, such as "
               "/etc/kubernetes/pki/ca.crt, at {where}",
     .why = "Kubelets and the control plane authenticate with certificates of this CA; without it "
            "they need weaker means.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"},
    {.id = "apiserver-kubelet-client-certificate",
     .title = "kube-apiserver authenticates to kubelets with a certificate",
     .row = "2a",
     .cis = "1.2.4",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesKeyPair,
     .setting = "kubelet-client-certificate kubelet-client-key",
     .expected = "--kubelet-client-certificate and --kubelet-client-key name files that are there",
     .remedy = "set --kubelet-client-certificate and --kubelet-client-key to a client certificate "
               "and its key at {where}",
     .why = "Kubelets that demand authentication refuse an API server without one, so that people "
            "let everybody in instead.",
     .link = kCommunication},
    {.id = "apiserver-kubelet-certificate-authority",
     .title = "kube-apiserver verifies the kubelets that it connects to",
     .row = "2a",
     .cis = "1.2.5",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesCertificates,
     .setting = "kubelet-certificate-authority",
     .expected = "--kubelet-certificate-authority names a CA file that is there",
     .remedy = "set --kubelet-certificate-authority to the CA that signs the kubelets' serving "
               "certificates at {where} "
               "(first let the kubelets get such certificates: serverTLSBootstrap: true, and "
               "approve their requests)",
     .why = "Without it whoever stands between kube-apiserver and a node reads and changes logs, "
            "exec sessions and port forwards.",
     .link = kCommunication},
    {.id = "apiserver-etcd-https",
     .title = "kube-apiserver speaks TLS with every etcd that it uses",
     .row = "5a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = EtcdOverHttps,
     .setting = "etcd-servers",
     .expected = "every server of --etcd-servers and --etcd-servers-overrides begins with https://",
     .remedy = "write https:// instead of http:// at {where}, once etcd serves TLS",
     .why = "Every Secret of the cluster goes over this connection, and etcd cannot ask for a "
            "client certificate on it.",
     .link = "https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/"},
    {.id = "apiserver-etcd-ca",
     .title = "kube-apiserver verifies etcd with a CA that it was given",
     .row = "5a",
     .cis = "1.2.26",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesCertificates,
     .setting = "etcd-cafile",
     .expected = "--etcd-cafile names a CA file that is there",
     .remedy =
         "set --etcd-cafile to etcd's CA, such as /etc/kubernetes/pki/etcd/ca.crt, at {where}",
     .why = "Without it kube-apiserver trusts every CA of its operating system to name the "
            "cluster's database.",
     .link = "https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/"},
    {.id = "apiserver-etcd-client-certificate",
     .title = "kube-apiserver authenticates to etcd with a certificate",
     .row = "5a",
     .cis = "1.2.23",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamesKeyPair,
     .setting = "etcd-certfile etcd-keyfile",
     .expected = "--etcd-certfile and --etcd-keyfile name files that are there",
     .remedy = "set --etcd-certfile and --etcd-keyfile to a client certificate of etcd's CA and "
               "its key at {where}",
     .why = "An etcd that lets kube-apiserver in without a certificate lets everybody in, and "
            "whoever writes to etcd owns the cluster.",
     .link = "https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/"},
    {.id = "apiserver-tls-floor",
     .title = "kube-apiserver takes no TLS older than 1.2",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = TlsFloor,
     .setting = "tls-min-version",
     .expected = "VersionTLS12 (the default) or VersionTLS13",
     .remedy = "set --tls-min-version=VersionTLS12 at {where}",
     .why = "TLS 1.0 and 1.1 are broken and forbidden (RFC 8996).",
     .link = kFlags},
    {.id = "apiserver-strong-ciphers",
     .title = "kube-apiserver offers cipher suites with forward secrecy and authenticated "
              "encryption only",
     .row = "2a",
     .cis = "1.2.29",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = CiphersAreStrong,
     .setting = "tls-cipher-suites tls-min-version",
     .expected =
         "ECDHE suites with AES-GCM or ChaCha20-Poly1305 only, or TLS 1.3 as the lowest version",
     .remedy = "set "
               "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_"
               "128_GCM_SHA256,"
               "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
               "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_"
               "SHA256 at {where}",
     .why = "Suites with CBC have been broken again and again, and those without ECDHE give all "
            "recorded traffic to whoever gets the key later.",
     .link = kFlags},
    {.id = "apiserver-post-quantum",
     .title = "kube-apiserver offers a post-quantum key exchange",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .min_minor = 33,
     .check = OffersPostQuantum,
     .setting = "tls-curve-preferences",
     .expected = "--tls-curve-preferences is not set, or has 4588 (X25519MLKEM768)",
     .remedy = "take --tls-curve-preferences away, or put 4588 first, at {where}",
     .why = "Traffic that is recorded today can be read by a quantum computer later.",
     .link = kFlags},
    {.id = "apiserver-egress-tls",
     .title = "kube-apiserver's ways out through a proxy are protected with TLS",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = EgressOverTls,
     .setting = "egress-selector-config-file",
     .expected = "each selection is Direct, a Unix socket, or https with a CA bundle and a client "
                 "certificate",
     .remedy = "use https:// with tlsConfig.caBundle, clientCert and clientKey at {where}",
     .why = "Whoever may speak to the proxy without TLS reaches nodes, pods and etcd from the "
            "control plane's side.",
     .link = kKonnectivity},
    {.id = "apiserver-authentication-webhook-tls",
     .title = "The authentication webhook is asked over verified TLS",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = WebhookIsVerified,
     .setting = "authentication-token-webhook-config-file",
     .expected = "an https:// server, without insecure-skip-tls-verify",
     .remedy = "use https:// and the server's CA instead of insecure-skip-tls-verify at {where}",
     .why = "Whoever poses as this webhook decides who everybody is.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"},
};

}  // namespace

std::span<const Rule> ApiServerTransportRules() { return kRules; }

}  // namespace seawall::rules
