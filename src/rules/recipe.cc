#include "rules/recipe.h"

#include <algorithm>

namespace seawall::rules {
namespace {

constexpr Row kRows[] = {
    {"1", "Ground to stand on",
     "A component that starts with the settings it has, in a version that still gets fixes.",
     "The recipe takes this for granted."},
    {"2a", "TLS everywhere",
     "TLS on every component that supports it; know the local HTTP ports and enforce HTTPS.",
     "Insecure ports are gone since 1.24; the kubelet's read-only port and unauthenticated health "
     "and metrics ports remain."},
    {"2b", "TLS bootstrapping of kubelets",
     "The API server knows the client CA; bootstrapping kubelets may create a CSR; the controller "
     "manager signs; the kubelet has "
     "places for its key, certificate and kubeconfigs.",
     "The recipe's example uses a static token: a bootstrap token that expires is better."},
    {"3a", "RBAC on", "--authorization-mode with RBAC on the API server.",
     "Since 1.32 an AuthorizationConfiguration file may say it instead."},
    {"3b", "Least privilege", "Keep to least privilege; continuously review and improve the rules.",
     "It names no method."},
    {"3c", "ABAC off", "Disable ABAC.", "It does not say how to move existing policy to RBAC."},
    {"3d", "Audit logs", "Monitor RBAC logs and store them outside the cluster.",
     "It names no method. Without an audit policy nothing is recorded at all."},
    {"4", "Third-party authentication",
     "Let an identity provider with multi-factor authentication manage people.",
     "Since 1.34 an AuthenticationConfiguration file is the way to say it."},
    {"5a", "etcd: client TLS", "--cert-file, --key-file, --client-cert-auth, --trusted-ca-file.",
     "It lists --auto-tls beside them: auto-tls authenticates nobody and must be off."},
    {"5b", "etcd: peer TLS",
     "--peer-cert-file, --peer-key-file, --peer-client-cert-auth, --peer-trusted-ca-file.",
     "It lists --peer-auto-tls beside them: it must be off."},
    {"5c", "etcd: firewall",
     "etcd on nodes of its own, a firewall between the API server and etcd.",
     "Calico's failsafe ports leave etcd open unless they are overridden."},
    {"6a", "Certificate rotation",
     "Rotation of the kubelet's certificates and a short signing duration.",
     "Both names in the recipe are history: rotateCertificates and --cluster-signing-duration are "
     "today's."},
    {"6b", "Encryption keys", "Encrypt secrets at rest and rotate the key in four steps.",
     "Without -A its third step misses every other namespace, and no step checks that anything was "
     "rewritten."},
};

}  // namespace

std::span<const Row> AllRows() { return kRows; }

const Row* FindRow(std::string_view id) {
  auto it =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return id == r.id; });
  return it == std::end(kRows) ? nullptr : it;
}

}  // namespace seawall::rules
