// Recipe rows 2a and 6a on the kubelet: the certificates that it serves and shows, and its TLS
// (CIS 4.2.9 to 4.2.12).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "rules/checks.h"
#include "rules/gates.h"
#include "rules/machine_rules.h"
#include "rules/tls_policy.h"

namespace seawall::rules {
namespace {

using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

/// A pair of files, or a certificate that the cluster signs; otherwise the kubelet signs its own,
/// which nobody can verify.
Outcome ServesVerifiable(const Rule& rule, const Context& context) {
  const cluster::Component& kubelet = *context.component;
  Setting certificate = kubelet.Get("tlsCertFile"), key = kubelet.Get("tlsPrivateKeyFile");
  if (certificate.known() && !Empty(certificate) && key.known() && !Empty(key))
    return NamesKeyPair(rule, context);
  Setting bootstrap = kubelet.Get("serverTLSBootstrap");
  bool no_pair = (certificate.known() && Empty(certificate)) || (key.known() && Empty(key));
  if (no_pair && bootstrap.known() && bootstrap.text == "true") {
    return Pass("the cluster signs the kubelet's serving certificate (serverTLSBootstrap is true)",
                {EvidenceOf(bootstrap)});
  }
  for (const Setting* setting : {&certificate, &key, &bootstrap}) {
    if (!setting->known()) return UnknownSetting(kubelet, *setting);
  }
  return Fails(
      "the kubelet serves a certificate that it signed itself: tlsCertFile and tlsPrivateKeyFile "
      "are not both set, and "
      "serverTLSBootstrap is false",
      {EvidenceOf(bootstrap), EvidenceOf(certificate)});
}

/// Named, it is unknown to every kubelet since 1.21, which then does not start.
Outcome RotationGateGone(const Rule& rule, const Context& context) {
  Setting gates = context.component->Get(rule.setting);
  if (!gates.known()) return UnknownSetting(*context.component, gates);
  const Item* where = nullptr;
  if (GateValue(gates, "RotateKubeletClientCertificate", &where)) {
    return Fails(
        "the feature gate RotateKubeletClientCertificate was removed in 1.21: a kubelet that is "
        "given it does not start",
        {EvidenceOf(gates, *where)});
  }
  return Pass("nobody names it", {EvidenceOf(gates)});
}

constexpr const char* kBootstrapLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/"
    "#certificate-rotation";
constexpr const char* kFieldsLink =
    "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/";
constexpr const char* kGatesLink =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/";

constexpr Rule kRules[] = {
    {.id = "kubelet-serving-certificate",
     .title = "The kubelet serves a certificate that can be verified",
     .row = "2a",
     .cis = "4.2.9",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = ServesVerifiable,
     .setting = "tlsCertFile tlsPrivateKeyFile",
     .expected = "tlsCertFile and tlsPrivateKeyFile, or serverTLSBootstrap: true",
     .remedy = "set serverTLSBootstrap: true in the kubelet's configuration, at {where}, and "
               "approve its kubelet-serving request",
     .why = "Nobody can tell the kubelet from an impostor by a certificate that it signed itself.",
     .link = kBootstrapLink},
    {.id = "kubelet-rotates-certificates",
     .title = "The kubelet renews its client certificate by itself",
     .row = "6a",
     .cis = "4.2.10",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "rotateCertificates",
     .wanted = "true",
     .expected = "true (the default is false)",
     .remedy = "set rotateCertificates: true in the kubelet's configuration, at {where}",
     .why = "Otherwise the node falls out of the cluster when its certificate ends, or has one "
            "that never does.",
     .link = kBootstrapLink},
    {.id = "kubelet-rotate-server-certificate-gate",
     .title = "The feature gate RotateKubeletServerCertificate is not switched off",
     .row = "6a",
     .cis = "4.2.11",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = GateNotOff,
     .setting = "featureGates",
     .wanted = "RotateKubeletServerCertificate",
     .expected = "not false",
     .remedy = "remove RotateKubeletServerCertificate (or AllBeta) from featureGates at {where}",
     .why = "With the gate off serverTLSBootstrap has no effect.",
     .link = kGatesLink},
    {.id = "kubelet-server-tls-bootstrap",
     .title = "The cluster signs and renews the kubelet's serving certificate",
     .row = "6a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = IsValue,
     .setting = "serverTLSBootstrap",
     .wanted = "true",
     .expected = "true",
     .remedy = "set serverTLSBootstrap: true in the kubelet's configuration, at {where}, and "
               "approve its kubelet-serving request",
     .why = "The gate of the same purpose is on, but this is what makes the kubelet ask for a "
            "serving certificate.",
     .link = kBootstrapLink},
    {.id = "kubelet-removed-rotation-gate",
     .title = "The kubelet is not given the removed gate RotateKubeletClientCertificate",
     .row = "6a",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = RotationGateGone,
     .setting = "featureGates",
     .expected = "not named",
     .remedy =
         "remove RotateKubeletClientCertificate at {where}; rotateCertificates: true alone decides",
     .why = "Old recipes name this gate; it is gone since 1.21, and a kubelet refuses a gate that "
            "it does not know.",
     .link = kGatesLink},
    {.id = "kubelet-cipher-suites",
     .title =
         "The kubelet offers only cipher suites with forward secrecy and authenticated encryption",
     .row = "2a",
     .cis = "4.2.12",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = CiphersAreStrong,
     .setting = "tlsCipherSuites tlsMinVersion",
     .expected = "ECDHE suites with GCM or ChaCha20-Poly1305 only",
     .remedy = "set tlsCipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
               "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
               "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "
               "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "
               "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256] "
               "in the kubelet's configuration, at {where}",
     .why = "CBC suites have been broken again and again by how servers answer to wrong padding.",
     .link = kFieldsLink},
    {.id = "kubelet-tls-min-version",
     .title = "The kubelet speaks TLS 1.2 or newer",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = TlsFloor,
     .setting = "tlsMinVersion",
     .expected = "VersionTLS12, VersionTLS13 or unset",
     .remedy = "set tlsMinVersion: VersionTLS12 in the kubelet's configuration, at {where}",
     .why = "TLS 1.0 and 1.1 are withdrawn, for their signatures and ciphers can be broken.",
     .link = kFieldsLink},
    {.id = "kubelet-post-quantum",
     .title = "The kubelet offers a key exchange that quantum computers do not break",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = OffersPostQuantum,
     .setting = "tlsCurvePreferences",
     .expected = "tlsCurvePreferences is not set, or has 4588 (X25519MLKEM768)",
     .remedy = "take tlsCurvePreferences away, or put 4588 first, at {where}",
     .why = "Traffic that is recorded today can be read by a quantum computer later.",
     .link = kFieldsLink},
    {.id = "kubelet-no-alpha-gates",
     .title = "The kubelet does not run with every alpha feature on",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = NoAlphaGates,
     .setting = "featureGates",
     .expected = "AllAlpha not true",
     .remedy = "remove AllAlpha from featureGates at {where}",
     .why = "Alpha features are unfinished, and some widen what a pod may do.",
     .link = kGatesLink},
};

}  // namespace

std::span<const Rule> KubeletTlsRules() { return kRules; }

}  // namespace seawall::rules
