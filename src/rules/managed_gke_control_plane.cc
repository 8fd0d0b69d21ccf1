// Rules about a GKE cluster's control plane: who reaches it, whose keys encrypt, what is recorded.
#include "rules/managed_checks.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;

/// Reached by IAM's name only, or by an address of the VPC.
Outcome NoPublicEndpoint(const Rule& rule, const Context& context) {
  const Setting addresses = ManagedOf(context).cluster.Get("ipEndpoints.enabled");
  if (addresses.known() && addresses.text == "false")
    return Pass(ManagedSays(addresses), {ManagedEvidence(addresses)});
  return ManagedIs(rule, context);
}

/// Rules about who may reach the address do not speak of a cluster without any.
std::optional<Outcome> WithoutAddress(const Context& context) {
  const Setting addresses = ManagedOf(context).cluster.Get("ipEndpoints.enabled");
  if (addresses.known() && addresses.text == "false")
    return NotApplicable("the control plane is not reached by an address, only by its name");
  return std::nullopt;
}

Outcome AuthorizedNetworks(const Rule& rule, const Context& context) {
  if (auto outside = WithoutAddress(context)) return *outside;
  return ManagedIs(rule, context);
}

/// Of the networks that are authorised, when there is such a list at all.
Outcome OfAuthorizedNetworks(const Rule& rule, const Context& context,
                             Outcome (*judge)(const Rule&, const Context&)) {
  if (auto outside = WithoutAddress(context)) return *outside;
  const Setting enabled = ManagedOf(context).cluster.Get("masterAuthorizedNetworksConfig.enabled");
  if (!enabled.known()) return ManagedUnknown(enabled);
  if (enabled.text != "true")
    return NotApplicable("there are no authorised networks: gke-authorized-networks");
  return judge(rule, context);
}

Outcome NarrowNetworks(const Rule& rule, const Context& context) {
  return OfAuthorizedNetworks(rule, context, NotTheWorld);
}

Outcome NoGoogleAddresses(const Rule& rule, const Context& context) {
  return OfAuthorizedNetworks(rule, context, ManagedIs);
}

/// The list of what is sent says it; older descriptions have the service's name only.
Outcome SystemLogs(const Rule& rule, const Context& context) {
  const Setting sent =
      ManagedOf(context).cluster.Get("loggingConfig.componentConfig.enableComponents");
  if (!sent.known() || (sent.items.empty() && !sent.written())) return ManagedIsNot(rule, context);
  const std::vector<Evidence> evidence = {ManagedEvidence(sent)};
  return sent.Contains("SYSTEM_COMPONENTS") ? Pass(ManagedSays(sent), evidence)
                                            : Fails(ManagedSays(sent), evidence);
}

constexpr const char* kEncrypted = "ENCRYPTED|ALL_OBJECTS_ENCRYPTION_ENABLED";

Outcome EncryptedWithOwnKey(const Rule& rule, const Context& context) {
  Outcome outcome = ManagedIs(rule, context);
  if (outcome.verdict != Verdict::kPass) return outcome;
  const Setting key = ManagedOf(context).cluster.Get("databaseEncryption.keyName");
  if (!key.known()) return ManagedUnknown(key);
  if (key.text.empty()) return Fails(ManagedSays(key), {ManagedEvidence(key)});
  outcome.evidence.push_back(ManagedEvidence(key));
  return outcome;
}

/// What only an encrypted cluster has.
Outcome WhenEncrypted(const Rule& rule, const Context& context,
                      Outcome (*judge)(const Rule&, const Context&)) {
  const Setting state = ManagedOf(context).cluster.Get("databaseEncryption.state");
  if (!state.known()) return ManagedUnknown(state);
  if (!IsOneOf(state, kEncrypted))
    return NotApplicable("secrets are not encrypted with a key of yours: gke-secrets-encryption");
  return judge(rule, context);
}

Outcome EncryptionSettled(const Rule& rule, const Context& context) {
  return WhenEncrypted(rule, context, ManagedIs);
}

Outcome KeyRotation(const Rule& rule, const Context& context) {
  return WhenEncrypted(rule, context, NotDescribed);
}

const Rule kRules[] = {
    {.id = "gke-private-endpoint",
     .title = "The GKE control plane has no public address",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = NoPublicEndpoint,
     .setting = "privateClusterConfig.enablePrivateEndpoint",
     .wanted = "true",
     .expected = "privateClusterConfig.enablePrivateEndpoint is true, or "
                 "controlPlaneEndpointsConfig.ipEndpointsConfig.enablePublicEndpoint is false",
     .remedy = "gcloud container clusters update {gke} --enable-private-endpoint",
     .why = "What nobody on the internet reaches nobody there attacks, on the day of the next hole "
            "in the API server either.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation",
     .terraform = "private_cluster_config { enable_private_endpoint = true }"},
    {.id = "gke-authorized-networks",
     .title = "Only authorised networks reach the GKE control plane",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = AuthorizedNetworks,
     .setting = "masterAuthorizedNetworksConfig.enabled",
     .wanted = "true",
     .expected = "masterAuthorizedNetworksConfig.enabled is true",
     .remedy = "gcloud container clusters update {gke} --enable-master-authorized-networks "
               "--master-authorized-networks CIDR,...",
     .why = "Without the list every address of the internet may try.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks",
     .terraform = "master_authorized_networks_config { cidr_blocks { cidr_block = \"CIDR\" } }"},
    {.id = "gke-authorized-networks-narrow",
     .title = "The networks that reach the GKE control plane are not the whole internet",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = NarrowNetworks,
     .setting = "masterAuthorizedNetworksConfig.cidrBlocks",
     .expected = "no 0.0.0.0/0 and no ::/0 in masterAuthorizedNetworksConfig.cidrBlocks",
     .remedy = "gcloud container clusters update {gke} --enable-master-authorized-networks "
               "--master-authorized-networks CIDR,...",
     .why = "A list that takes in everybody is none.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks",
     .terraform = "narrower cidr_block in master_authorized_networks_config"},
    {.id = "gke-google-cloud-addresses-off",
     .title = "Other customers' machines in Google Cloud do not reach the GKE control plane",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = NoGoogleAddresses,
     .setting = "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled",
     .wanted = "false",
     .expected = "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled is false",
     .remedy = "gcloud container clusters update {gke} --no-enable-google-cloud-access",
     .why = "Everybody can rent a machine with such an address.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks",
     .terraform = "master_authorized_networks_config { gcp_public_cidrs_access_enabled = false }"},
    {.id = "gke-private-nodes",
     .title = "The nodes of the GKE cluster have no public addresses",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "privateClusterConfig.enablePrivateNodes",
     .wanted = "true",
     .expected = "privateClusterConfig.enablePrivateNodes is true",
     .remedy = "gcloud container clusters update {gke} --enable-private-nodes",
     .why = "A kubelet or a node port that is open by mistake is then not open to the internet.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation",
     .terraform = "private_cluster_config { enable_private_nodes = true }"},
    {.id = "gke-transit-encryption",
     .title = "Traffic between the nodes of the GKE cluster is encrypted",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = ManagedIs,
     .setting = "networkConfig.inTransitEncryptionConfig",
     .wanted = "IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT",
     .expected = "networkConfig.inTransitEncryptionConfig is "
                 "IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT",
     .remedy = "gcloud container clusters update {gke} --in-transit-encryption "
               "inter-node-transparent",
     .why = "What pods say to each other in the clear can be read between nodes.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "encrypt-data-in-transit-dpv2",
     .terraform = "in_transit_encryption_config = "
                  "\"IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT\""},
    {.id = "gke-secrets-encryption",
     .title = "Secrets in the GKE cluster are encrypted with a key of yours",
     .row = "6b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = EncryptedWithOwnKey,
     .setting = "databaseEncryption.state",
     .wanted = kEncrypted,
     .expected = "databaseEncryption.state is ENCRYPTED or ALL_OBJECTS_ENCRYPTION_ENABLED, with "
                 "a keyName",
     .remedy = "gcloud container clusters update {gke} --database-encryption-key "
               "projects/KEY_PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY",
     .why = "With a key of your own you decide, and see, who decrypts what etcd holds.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets",
     .terraform = "database_encryption { state = \"ENCRYPTED\" key_name = \"KEY\" }"},
    {.id = "gke-secrets-encryption-settled",
     .title = "What the GKE cluster's encryption is meant to be, it is",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = EncryptionSettled,
     .setting = "databaseEncryption.currentState",
     .wanted = "CURRENT_STATE_ENCRYPTED|CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_ENABLED",
     .expected = "databaseEncryption.currentState is CURRENT_STATE_ENCRYPTED or "
                 "CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_ENABLED",
     .remedy = "look at databaseEncryption.lastOperationErrors in gcloud container clusters "
               "describe {gke}, give GKE's service agent the role "
               "roles/cloudkms.cryptoKeyEncrypterDecrypter on the key, and set it again: gcloud "
               "container clusters update {gke} --database-encryption-key {key}",
     .why = "A change of the key may fail or hang, and then the old state goes on.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets"},
    {.id = "gke-encryption-key-rotation",
     .title = "The key of the GKE cluster's secrets is rotated",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .manual = true,
     .check = KeyRotation,
     .expected = "the key has a rotationPeriod of at most 90 days",
     .remedy = "gcloud kms keys describe {key} --format 'value(rotationPeriod,nextRotationTime)' "
               "tells it; gcloud kms keys update {key} --rotation-period 90d --next-rotation-time "
               "+p1d sets it",
     .why = "A new version of the key encrypts what is written from then on; rewrite all secrets "
            "before an old version is destroyed.",
     .link = "https://cloud.google.com/kms/docs/rotate-key"},
    {.id = "gke-control-plane-logs",
     .title = "The logs of the GKE control plane are kept outside of the cluster",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = ManagedHas,
     .setting = "loggingConfig.componentConfig.enableComponents",
     .wanted = "APISERVER SCHEDULER CONTROLLER_MANAGER",
     .expected = "loggingConfig.componentConfig.enableComponents has APISERVER, SCHEDULER and "
                 "CONTROLLER_MANAGER",
     .remedy = "gcloud container clusters update {gke} --logging "
               "SYSTEM,WORKLOAD,API_SERVER,SCHEDULER,CONTROLLER_MANAGER",
     .why = "After a break-in they tell what the control plane refused and did.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/view-logs",
     .terraform = "logging_config { enable_components = [\"SYSTEM_COMPONENTS\", \"WORKLOADS\", "
                  "\"APISERVER\", \"SCHEDULER\", \"CONTROLLER_MANAGER\"] }"},
    {.id = "gke-system-logs",
     .title = "The GKE cluster sends its logs to Cloud Logging",
     .row = "3d",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = SystemLogs,
     .setting = "loggingService",
     .wanted = "none",
     .expected = "loggingConfig.componentConfig.enableComponents has SYSTEM_COMPONENTS; where that "
                 "is not there, loggingService is not none",
     .remedy = "gcloud container clusters update {gke} --logging SYSTEM,WORKLOAD",
     .why = "Logs that are kept nowhere tell nothing.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/config-logging-monitoring",
     .terraform = "logging_service = \"logging.googleapis.com/kubernetes\""},
};

}  // namespace

std::span<const Rule> GkeControlPlaneRules() { return kRules; }

}  // namespace seawall::rules
