// NSA/CISA Kubernetes Hardening Guidance 1.2, by the names of its sections: it numbers nothing.
#include "rules/frameworks.h"

namespace seawall::rules {
namespace {

constexpr const char* kWorkloads = "workloads and their images";

constexpr FrameworkItem kItems[] = {
    {"Pod security: non-root containers", "Containers run without root", "", kWorkloads},
    {"Pod security: immutable file systems", "Containers' file systems are read-only", "",
     kWorkloads},
    {"Pod security: container images", "Images are built from trusted sources and scanned",
     "admission-always-pull-images"},
    {"Pod security enforcement", "Pods are held to a standard by the API server",
     "admission-pod-security admission-pod-security-default admission-policies-run "
     "admission-not-always-admit"},
    {"Protecting service account tokens", "Pods that need no token get none",
     "rbac-token-mounts rbac-default-service-accounts admission-service-account "
     "apiserver-service-account-*"},
    {"Hardening container environments", "Hosts confine containers",
     "kubelet-seccomp-default kubelet-no-unsafe-sysctls kubelet-protect-kernel-defaults "
     "kubelet-pids-limit runtime-*"},
    {"Network separation: namespaces", "Tenants are kept apart by namespaces", "",
     "the cluster's namespaces"},
    {"Network separation: network policies", "Traffic between pods is denied unless allowed", "",
     "the cluster's network policies"},
    {"Network separation: resource policies", "Limits and quotas keep pods from starving others",
     "admission-quota"},
    {"Control plane hardening", "The API is narrow, encrypted and authorised",
     "apiserver-tls-floor apiserver-strong-ciphers apiserver-serving-certificate "
     "apiserver-client-ca apiserver-insecure-* apiserver-authorizes-* apiserver-not-always-allow "
     "apiserver-abac-off apiserver-profiling-off apiserver-debug-socket-off "
     "apiserver-no-alpha-features controller-manager-* scheduler-* admission-node-restriction"},
    {"Control plane hardening: etcd", "etcd speaks TLS both ways and only to the API server",
     "etcd-* apiserver-etcd-*"},
    {"Control plane hardening: kubeconfig files", "Kubeconfigs are kept from other users",
     "admin-kubeconfig-* scheduler-kubeconfig-* controller-manager-kubeconfig-* "
     "kubelet-kubeconfig-* proxy-kubeconfig-* kubeconfigs-* bootstrap-kubeconfig-mode"},
    {"Worker node segmentation", "Nodes answer nobody but the control plane",
     "kubelet-anonymous-auth kubelet-authorization-mode kubelet-read-only-port kubelet-client-ca "
     "kubelet-serving-certificate kubelet-healthz-local proxy-metrics-local proxy-healthz-local"},
    {"Encryption", "Traffic in the cluster is encrypted by TLS 1.2 or 1.3",
     "apiserver-tls-floor controller-manager-tls-floor scheduler-tls-floor "
     "etcd-tls-floor kubelet-tls-min-version kubelet-cipher-suites apiserver-strong-ciphers "
     "apiserver-kubelet-certificate-authority certificates-* certificate-* ca-* pki-*"},
    {"Secrets", "Secrets are encrypted at rest, with a key management service",
     "encryption-* rbac-secrets"},
    {"Protecting sensitive cloud infrastructure", "Pods do not reach the cloud's metadata", "",
     "the cloud's network and identities"},
    {"Authentication", "Anonymous requests are refused; people log in elsewhere",
     "apiserver-anonymous-auth-off kubelet-anonymous-auth apiserver-no-token-file "
     "apiserver-no-password-file users-without-* third-party-authentication login-* "
     "token-file-mode"},
    {"Role-based access control", "Rights are least and by roles",
     "apiserver-authorizes-with-rbac rbac-* no-system-masters-certificates "
     "kubelet-own-identity controller-manager-own-identity scheduler-own-identity "
     "proxy-own-identity"},
    {"Audit logging: Kubernetes native audit logging", "The API server records who did what",
     "audit-*"},
    {"Audit logging: worker nodes and containers", "Logs of nodes and containers are kept",
     "kubelet-event-rate"},
    {"Audit logging: seccomp audit mode", "System calls are recorded", "", kWorkloads},
    {"Audit logging: SIEM platforms", "Logs go to where they are watched",
     "audit-log-outside-cluster audit-webhook-tls"},
    {"Threat detection", "Somebody is told of what is unusual", "",
     "the organisation's monitoring"},
    {"Upgrading and application security practices", "Components are of supported versions",
     "apiserver-version-supported controller-manager-version-supported "
     "scheduler-version-supported kubelet-version-supported proxy-version-supported "
     "etcd-version-supported versions-fit"},
};

}  // namespace

std::span<const FrameworkItem> NsaItemTable() { return kItems; }

}  // namespace seawall::rules
