// AICPA's Trust Services Criteria (2017, points of focus of 2022), as far as a control plane's
// configuration speaks of them. The criteria's own words are AICPA's; the titles are ours.
#include "rules/frameworks.h"

namespace seawall::rules {
namespace {

constexpr const char* kPeople = "the organisation, its people and contracts";

constexpr FrameworkItem kItems[] = {
    {"CC1 to CC5", "Governance, communication, risk and control activities", "", kPeople},
    {"CC6.1", "Logical access is restricted",
     "apiserver-authorizes-* apiserver-not-always-allow apiserver-abac-off apiserver-client-ca "
     "apiserver-anonymous-auth-off kubelet-anonymous-auth kubelet-authorization-mode "
     "kubelet-client-ca etcd-client-cert-auth etcd-peer-client-cert-auth encryption-* "
     "admission-node-restriction certificate-keys-strong ca-keys-only-where-they-sign "
     "private-keys-not-shared pki-* admin-kubeconfig-* kubeconfigs-private"},
    {"CC6.2", "Credentials are given to who is registered, and taken back",
     "users-without-* third-party-authentication login-* apiserver-no-token-file "
     "apiserver-no-password-file bootstrap-tokens-cleaned"},
    {"CC6.3", "Access is by role, least and separated",
     "rbac-* no-system-masters-certificates "
     "controller-manager-own-credentials"},
    {"CC6.4", "Physical access is restricted", "", "the buildings"},
    {"CC6.5", "Media are disposed of safely", "", kPeople},
    {"CC6.6", "Threats from outside are kept out",
     "apiserver-insecure-* kubelet-read-only-port kubelet-healthz-local proxy-metrics-local "
     "controller-manager-loopback scheduler-loopback etcd-client-urls-narrow "
     "etcd-peer-urls-narrow runtime-api-not-on-tcp admission-no-external-ips login-second-factor"},
    {"CC6.7", "Information is protected when it moves",
     "apiserver-tls-floor apiserver-strong-ciphers controller-manager-tls-floor "
     "scheduler-tls-floor etcd-tls-floor etcd-strong-ciphers kubelet-tls-min-version "
     "kubelet-cipher-suites apiserver-etcd-https etcd-client-urls-https etcd-peer-urls-https "
     "kubeconfigs-use-https kubeconfigs-verify-server audit-webhook-tls"},
    {"CC6.8", "Unauthorised software is prevented or detected",
     "admission-pod-security admission-policies-run admission-always-pull-images "
     "static-pods-not-writable programs-not-writable start-files-not-writable "
     "cni-programs-not-writable credential-providers-not-writable"},
    {"CC7.1", "New weaknesses and changes of configuration are found",
     "apiserver-version-supported controller-manager-version-supported "
     "scheduler-version-supported kubelet-version-supported proxy-version-supported "
     "etcd-version-supported apiserver-runs-as-written controller-manager-runs-as-written "
     "scheduler-runs-as-written kubelet-runs-as-written proxy-runs-as-written "
     "etcd-runs-as-written"},
    {"CC7.2", "Systems are watched for what is unusual", "audit-*"},
    {"CC7.3 to CC7.5", "Incidents are judged, answered and recovered from", "", kPeople},
    {"CC8.1", "Changes are authorised, tested and approved", "", kPeople},
    {"CC9", "Risks of business and vendors", "", kPeople},
    {"A1.2", "Recovery: data is backed up, capacity is enough",
     "etcd-fsync etcd-on-its-own-node apiserver-priority-and-fairness admission-event-rate-limit"},
    {"C1.1", "Confidential information is protected",
     "encryption-* rbac-secrets "
     "audit-policy-no-secret-bodies"},
};

}  // namespace

std::span<const FrameworkItem> SocItemTable() { return kItems; }

}  // namespace seawall::rules
