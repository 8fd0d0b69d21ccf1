// Recipe row 2a, TLS everywhere: what kube-apiserver listens with, and how it speaks to kubelets
// and webhooks (CIS 1.2).
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

constexpr const char* kServerFlags =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/";
constexpr const char* kKubeletLink =
    "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/"
    "#apiserver-to-kubelet";

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
     .remedy = "set --tls-cert-file and --tls-private-key-file to the server's certificate and key "
               "at {where}",
     .why = "Without them kube-apiserver makes itself a self-signed certificate, and no client can "
            "tell it from an impostor.",
     .link = kServerFlags},
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
               "certificates at {where} (first let the kubelets get such certificates: "
               "serverTLSBootstrap: true, and approve their requests)",
     .why = "Without it whoever stands between kube-apiserver and a node can read and change logs, "
            "exec sessions and port forwards.",
     .link = kKubeletLink},
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
     .link = kServerFlags},
};

}  // namespace

std::span<const Rule> ApiServerTransportRules() { return kRules; }

}  // namespace seawall::rules
