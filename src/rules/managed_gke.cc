// Rules about a GKE cluster as a whole: who gets in, what may run, how it is kept up to date.
#include <fmt/format.h>

#include "rules/managed_checks.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;

/// Issued once, or still in the description.
Outcome NoClientCertificate(const Rule& rule, const Context& context) {
  const auto& cluster = ManagedOf(context).cluster;
  const Setting key = cluster.Get("masterAuth.clientKey");
  if (key.known() && !key.text.empty())
    return Fails("the cluster has issued a client certificate, and its description holds the key",
                 {ManagedEvidence(key)});
  Outcome outcome = ManagedIs(rule, context);
  // The key shows whether a certificate was issued; without it nothing is certain.
  if (outcome.verdict == Verdict::kPass && !key.known()) return ManagedUnknown(key);
  return outcome;
}

/// The old field says only whether; the new one, how.
Outcome BinaryAuthorization(const Rule& rule, const Context& context) {
  Outcome outcome = ManagedIs(rule, context);
  const Setting old = ManagedOf(context).cluster.Get("binaryAuthorization.enabled");
  if (outcome.verdict != Verdict::kPass && old.known() && old.text == "true")
    return Pass(ManagedSays(old), {ManagedEvidence(old)});
  return outcome;
}

Outcome NetworkPolicy(const Rule& rule, const Context& context) {
  const Setting path = ManagedOf(context).cluster.Get("networkConfig.datapathProvider");
  if (path.known() && IsOneOf(path, "ADVANCED_DATAPATH"))
    return Pass(ManagedSays(path), {ManagedEvidence(path)});
  Outcome outcome = ManagedIs(rule, context);
  if (outcome.verdict == Verdict::kFail && !path.known()) return ManagedUnknown(path);
  return outcome;
}

constexpr const char* kHardening =
    "https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster";

const Rule kRules[] = {
    {.id = "gke-legacy-authorization-off",
     .title = "GKE's legacy authorization (ABAC) is off",
     .row = "3c",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "legacyAbac.enabled",
     .wanted = "false",
     .expected = "legacyAbac.enabled is false or not there",
     .remedy = "gcloud container clusters update {gke} --no-enable-legacy-authorization",
     .why = "It gives service accounts and users static rights that RBAC cannot take away; bind "
            "what they need in RBAC first.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "hardening-your-cluster#leave_abac_disabled",
     .terraform = "enable_legacy_abac = false"},
    {.id = "gke-basic-authentication-off",
     .title = "Nobody logs in to the GKE cluster with a static password",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kGke,
     .check = ManagedEmpty,
     .setting = "masterAuth.username",
     .expected = "no masterAuth.username",
     .remedy = "gcloud container clusters update {gke} --no-enable-basic-auth",
     .why = "A password that never changes and belongs to nobody is a key to the whole cluster.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/api-server-authentication",
     .terraform = "no username and password in master_auth"},
    {.id = "gke-client-certificate-off",
     .title = "The GKE cluster issues no client certificate",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = NoClientCertificate,
     .setting = "masterAuth.clientCertificateConfig.issueClientCertificate",
     .wanted = "false",
     .expected = "masterAuth.clientCertificateConfig.issueClientCertificate is false, and no "
                 "masterAuth.clientKey",
     .remedy = "a cluster keeps its certificate: make another one with gcloud container clusters "
               "create NEW_NAME {there} --no-issue-client-certificate and move there; until then "
               "gcloud container clusters update {gke} --start-credential-rotation, and then "
               "--complete-credential-rotation, makes the old one useless",
     .why = "The certificate is good for years, cannot be revoked, and everybody who may describe "
            "the cluster gets its key.",
     .link = kHardening,
     .terraform = "master_auth { client_certificate_config { issue_client_certificate = false } }"},
    {.id = "gke-groups",
     .title = "Groups of the identity provider can be given rights in the GKE cluster",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "authenticatorGroupsConfig.enabled",
     .wanted = "true",
     .expected = "authenticatorGroupsConfig.enabled is true",
     .remedy = "gcloud container clusters update {gke} --security-group "
               "gke-security-groups@YOUR_DOMAIN",
     .why = "Rights that are given to single people are still there when they leave.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/google-groups-rbac",
     .terraform = "authenticator_groups_config { security_group = "
                  "\"gke-security-groups@YOUR_DOMAIN\" }"},
    {.id = "gke-anonymous-authentication",
     .title = "Anonymous requests to the GKE cluster reach health checks only",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "anonymousAuthenticationConfig.mode",
     .wanted = "LIMITED",
     .expected = "anonymousAuthenticationConfig.mode is LIMITED",
     .remedy = "gcloud container clusters update {gke} --anonymous-authentication-config LIMITED",
     .why = "One wrong binding to system:anonymous or system:unauthenticated then opens nothing.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "hardening-your-cluster#restrict-anon-access",
     .terraform = "anonymous_authentication_config { mode = \"LIMITED\" }"},
    {.id = "gke-unauthenticated-bindings",
     .title = "Nobody can give rights in the GKE cluster to who is not authenticated",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "rbacBindingConfig.enableInsecureBindingSystemUnauthenticated",
     .wanted = "false",
     .expected = "rbacBindingConfig.enableInsecureBindingSystemUnauthenticated is false",
     .remedy = "gcloud container clusters update {gke} "
               "--no-enable-insecure-binding-system-unauthenticated",
     .why = "Clusters are taken over through bindings to system:anonymous.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/best-practices/"
             "rbac#detect-prevent-default",
     .terraform = "rbac_binding_config { enable_insecure_binding_system_unauthenticated = false }"},
    {.id = "gke-authenticated-bindings",
     .title = "Nobody can give rights in the GKE cluster to everybody with a Google account",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "rbacBindingConfig.enableInsecureBindingSystemAuthenticated",
     .wanted = "false",
     .expected = "rbacBindingConfig.enableInsecureBindingSystemAuthenticated is false",
     .remedy = "gcloud container clusters update {gke} "
               "--no-enable-insecure-binding-system-authenticated",
     .why = "In GKE system:authenticated is everybody who has any Google account.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/best-practices/"
             "rbac#detect-prevent-default",
     .terraform = "rbac_binding_config { enable_insecure_binding_system_authenticated = false }"},
    {.id = "gke-workload-identity",
     .title = "Pods of the GKE cluster have identities of their own",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedGiven,
     .setting = "workloadIdentityConfig.workloadPool",
     .expected = "workloadIdentityConfig.workloadPool is set",
     .remedy = "gcloud container clusters update {gke} --workload-pool PROJECT.svc.id.goog",
     .why = "Without it every pod acts with the rights of its node, or with keys in secrets.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
     .terraform = "workload_identity_config { workload_pool = \"PROJECT.svc.id.goog\" }"},
    {.id = "gke-shielded-nodes",
     .title = "Nodes of the GKE cluster prove who they are when they join",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "shieldedNodes.enabled",
     .wanted = "true",
     .expected = "shieldedNodes.enabled is true",
     .remedy = "gcloud container clusters update {gke} --enable-shielded-nodes",
     .why = "Whoever steals a bootstrap credential from the metadata of a node could otherwise "
            "join as a node and read its pods' secrets.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/shielded-gke-nodes",
     .terraform = "enable_shielded_nodes = true"},
    {.id = "gke-release-channel",
     .title = "The GKE cluster is kept up to date by a release channel",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "releaseChannel.channel",
     .wanted = "RAPID|REGULAR|STABLE|EXTENDED",
     .expected = "releaseChannel.channel is RAPID, REGULAR, STABLE or EXTENDED",
     .remedy = "gcloud container clusters update {gke} --release-channel regular",
     .why = "Outside of the channels mended versions come late.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels",
     .terraform = "release_channel { channel = \"REGULAR\" }"},
    {.id = "gke-alpha-features-off",
     .title = "The GKE cluster is no alpha cluster",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "enableKubernetesAlpha",
     .wanted = "false",
     .expected = "enableKubernetesAlpha is false or not there",
     .remedy = "it stays what it is: make another one with gcloud container clusters create "
               "NEW_NAME {there} and move there",
     .why = "Alpha clusters get no upgrades, no mended versions, and are deleted after 30 days.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/alpha-clusters",
     .terraform = "enable_kubernetes_alpha = false"},
    {.id = "gke-security-bulletins",
     .title = "Somebody is told of the GKE cluster's security bulletins and upgrades",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "notificationConfig.pubsub.enabled",
     .wanted = "true",
     .expected = "notificationConfig.pubsub.enabled is true",
     .remedy = "gcloud container clusters update {gke} --notification-config "
               "pubsub=ENABLED,pubsub-topic=projects/PROJECT/topics/TOPIC",
     .why = "A hole that nobody hears of stays open.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-notifications",
     .terraform = "notification_config { pubsub { enabled = true topic = \"TOPIC\" } }"},
    {.id = "gke-security-posture",
     .title = "GKE looks for mistakes in what the cluster runs",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "securityPostureConfig.mode",
     .wanted = "BASIC|ENTERPRISE",
     .expected = "securityPostureConfig.mode is BASIC or ENTERPRISE",
     .remedy = "gcloud container clusters update {gke} --security-posture standard",
     .why = "Workloads that ask for more than they need are found before an intruder finds them.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/"
             "about-security-posture-dashboard",
     .terraform = "security_posture_config { mode = \"BASIC\" }"},
    {.id = "gke-network-policy",
     .title = "Network policies take effect in the GKE cluster",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = NetworkPolicy,
     .setting = "networkPolicy.enabled",
     .wanted = "true",
     .expected = "networkPolicy.enabled is true, or networkConfig.datapathProvider is "
                 "ADVANCED_DATAPATH (Dataplane V2)",
     .remedy = "gcloud container clusters update {gke} --update-addons NetworkPolicy=ENABLED && "
               "gcloud container clusters update {gke} --enable-network-policy",
     .why = "Without it every pod reaches every other, whatever policies are written.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy",
     .terraform = "network_policy { enabled = true }"},
    {.id = "gke-binary-authorization",
     .title = "Only images that a policy allows run in the GKE cluster",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = BinaryAuthorization,
     .setting = "binaryAuthorization.evaluationMode",
     .wanted = "PROJECT_SINGLETON_POLICY_ENFORCE|POLICY_BINDINGS|"
               "POLICY_BINDINGS_AND_PROJECT_SINGLETON_POLICY_ENFORCE",
     .expected = "binaryAuthorization.evaluationMode is PROJECT_SINGLETON_POLICY_ENFORCE or one "
                 "of the policy bindings",
     .remedy = "gcloud container clusters update {gke} --binauthz-evaluation-mode "
               "PROJECT_SINGLETON_POLICY_ENFORCE",
     .why = "Whoever may create a pod could otherwise run any image of the internet.",
     .link = "https://cloud.google.com/binary-authorization/docs/setting-up",
     .terraform =
         "binary_authorization { evaluation_mode = \"PROJECT_SINGLETON_POLICY_ENFORCE\" }"},
};

}  // namespace

std::span<const Rule> GkeRules() { return kRules; }

}  // namespace seawall::rules
