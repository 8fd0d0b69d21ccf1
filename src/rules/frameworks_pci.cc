// PCI DSS 4.0.1 by the numbers of its requirements. A rule supports a requirement; no rule meets
// one alone.
#include "rules/frameworks.h"

namespace seawall::rules {
namespace {

constexpr FrameworkItem kItems[] = {
    {"1.3.1", "Inbound traffic is restricted to what is necessary",
     "kubelet-read-only-port kubelet-healthz-local proxy-metrics-local proxy-healthz-local "
     "controller-manager-loopback scheduler-loopback etcd-client-urls-narrow "
     "etcd-peer-urls-narrow etcd-metrics-local runtime-api-not-on-tcp runtime-streams-local"},
    {"1.4.2", "Traffic from untrusted networks is restricted", "",
     "the cluster's network policies and firewalls"},
    {"2.2.1", "Configuration standards are kept",
     "apiserver-starts controller-manager-starts scheduler-starts kubelet-starts proxy-starts "
     "etcd-starts apiserver-runs-as-written controller-manager-runs-as-written "
     "scheduler-runs-as-written kubelet-runs-as-written proxy-runs-as-written "
     "etcd-runs-as-written"},
    {"2.2.4", "Only necessary services and functions are on",
     "apiserver-insecure-port-off apiserver-insecure-address-off apiserver-profiling-off "
     "apiserver-debug-socket-off apiserver-logs-handler-off apiserver-no-alpha-features "
     "controller-manager-profiling-off scheduler-profiling-off kubelet-profiling-off "
     "kubelet-debug-flags-off kubelet-system-logs-off kubelet-log-query-off "
     "kubelet-debugging-handlers etcd-pprof-off etcd-no-v2 admission-no-external-ips"},
    {"2.2.6", "System security parameters prevent misuse",
     "kubelet-protect-kernel-defaults kubelet-seccomp-default kubelet-no-unsafe-sysctls "
     "admission-pod-security admission-node-restriction admission-not-always-admit"},
    {"2.2.7", "Administrative access is encrypted",
     "apiserver-tls-floor apiserver-strong-ciphers apiserver-serving-certificate "
     "kubeconfigs-use-https kubeconfigs-verify-server apiserver-kubelet-https "
     "kubelet-serving-certificate kubelet-tls-min-version kubelet-cipher-suites"},
    {"3.5.1", "Stored account data is unreadable",
     "encryption-configured encryption-provider encryption-covers-secrets "
     "encryption-identity-not-first encryption-no-identity-left"},
    {"3.6.1", "Keys that protect stored data are protected",
     "encryption-keys-elsewhere encryption-config-mode encryption-config-owner encryption-kms-v2"},
    {"3.7.1", "Strong keys are made",
     "encryption-key-length encryption-keys-random "
     "encryption-keys-differ"},
    {"3.7.4", "Keys are changed at the end of their time", "encryption-keys-rotated"},
    {"4.2.1", "Strong cryptography protects data that is sent",
     "apiserver-tls-floor apiserver-strong-ciphers controller-manager-tls-floor "
     "scheduler-tls-floor etcd-tls-floor etcd-strong-ciphers kubelet-tls-min-version "
     "kubelet-cipher-suites certificate-keys-strong certificate-signatures-modern "
     "apiserver-etcd-https etcd-client-urls-https etcd-peer-urls-https"},
    {"4.2.1.1", "There is an inventory of trusted keys and certificates",
     "certificates-not-expired certificates-not-near-end ca-certificates-not-near-end "
     "certificates-signed-by-configured-ca ca-files-hold-cas"},
    {"6.3.3", "Security patches are installed",
     "apiserver-version-supported controller-manager-version-supported "
     "scheduler-version-supported kubelet-version-supported proxy-version-supported "
     "etcd-version-supported"},
    {"7.2.1", "An access control model is defined",
     "apiserver-authorizes-with-rbac apiserver-authorizes-nodes apiserver-abac-off"},
    {"7.2.2", "Access is by job and least privilege",
     "rbac-cluster-admin rbac-secrets rbac-wildcards rbac-create-pods rbac-escalation "
     "rbac-persistent-volumes rbac-nodes-proxy rbac-csr-approval rbac-webhook-configuration "
     "rbac-token-creation rbac-system-masters no-system-masters-certificates"},
    {"7.2.4", "Access is reviewed every six months", "", "the organisation's reviews"},
    {"7.2.5", "Application and system accounts have least privilege",
     "rbac-default-service-accounts rbac-token-mounts controller-manager-own-credentials "
     "controller-manager-own-identity scheduler-own-identity kubelet-own-identity "
     "proxy-own-identity"},
    {"7.3.3", "Access is denied unless allowed",
     "apiserver-not-always-allow kubelet-authorization-mode "
     "apiserver-authorization-webhook-denies"},
    {"8.2.1", "Every user has an id of its own",
     "apiserver-anonymous-auth-off kubelet-anonymous-auth users-without-client-certificates "
     "users-without-service-account-tokens users-without-bootstrap-tokens "
     "login-names-do-not-change"},
    {"8.3.1", "Access is authenticated",
     "apiserver-client-ca kubelet-client-ca kubelet-webhook-authentication "
     "etcd-client-cert-auth etcd-peer-client-cert-auth third-party-authentication "
     "login-issuer-https"},
    {"8.3.2", "Authentication factors are unreadable in transit and at rest",
     "apiserver-no-password-file apiserver-no-token-file token-file-mode "
     "kubeconfigs-no-static-logins kubeconfigs-private"},
    {"8.4.2", "Access to the environment needs several factors", "login-second-factor"},
    {"8.6.2", "Passwords of systems are not written into files",
     "kubeconfigs-no-static-logins apiserver-no-password-file"},
    {"10.2.1", "Audit logs are on",
     "audit-log-path audit-policy audit-log-records-something audit-policy-covers-key-concerns"},
    {"10.2.2", "Records say who, what, when, whence and with which result",
     "audit-policy audit-policy-covers-key-concerns audit-log-format"},
    {"10.3.1", "Few can read audit logs", "audit-log-mode audit-policy-mode"},
    {"10.3.2", "Audit logs are not changed", "audit-log-mode audit-log-outlives-container"},
    {"10.3.3", "Audit logs are copied to a server that is hard to change",
     "audit-log-outside-cluster audit-webhook-tls"},
    {"10.5.1", "Audit logs are kept for twelve months",
     "audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-rotates"},
    {"10.6.1", "Clocks are synchronised", "", "the node's operating system"},
    {"11.5.2", "Changes of critical files are detected",
     "start-files-not-writable static-pods-not-writable programs-not-writable "
     "parent-folders-not-writable"},
};

}  // namespace

std::span<const FrameworkItem> PciItemTable() { return kItems; }

}  // namespace seawall::rules
