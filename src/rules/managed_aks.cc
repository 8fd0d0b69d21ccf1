// Rules about an AKS cluster: who gets in, by which way, and whose keys encrypt.
#include "rules/managed_checks.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;

/// What only a cluster with the given setting at `value` has.
Outcome When(const char* field, const char* value, const char* otherwise, const Rule& rule,
             const Context& context, Outcome (*judge)(const Rule&, const Context&)) {
  const Setting setting = ManagedOf(context).cluster.Get(field);
  if (!setting.known()) return ManagedUnknown(setting);
  if (!IsOneOf(setting, value)) return NotApplicable(otherwise);
  return judge(rule, context);
}

Outcome WhenPublic(const Rule& rule, const Context& context) {
  return When("apiServerAccessProfile.enablePrivateCluster", "false",
              "the API server of a private cluster is not reached from the internet", rule, context,
              ManagedGiven);
}

Outcome NarrowRanges(const Rule& rule, const Context& context) {
  const Setting ranges = ManagedOf(context).cluster.Get(rule.setting);
  if (ranges.known() && ranges.text.empty())
    return NotApplicable("there are no authorised ranges: aks-authorized-ranges");
  return When("apiServerAccessProfile.enablePrivateCluster", "false",
              "the API server of a private cluster is not reached from the internet", rule, context,
              NotTheWorld);
}

Outcome WhenPrivate(const Rule& rule, const Context& context) {
  return When("apiServerAccessProfile.enablePrivateCluster", "true", "the cluster is not private",
              rule, context, ManagedIs);
}

Outcome WhenIntegrated(const Rule& rule, const Context& context) {
  return When("aadProfile.managed", "true",
              "people do not log in with Entra ID: aks-entra-integration", rule, context,
              ManagedIs);
}

/// Groups that are administrators, or Azure's roles instead.
Outcome AdminGroups(const Rule& rule, const Context& context) {
  const Setting azure = ManagedOf(context).cluster.Get("aadProfile.enableAzureRBAC");
  if (azure.known() && azure.text == "true")
    return Pass(ManagedSays(azure), {ManagedEvidence(azure)});
  return When("aadProfile.managed", "true",
              "people do not log in with Entra ID: aks-entra-integration", rule, context,
              ManagedGiven);
}

Outcome WhenEncrypted(const Rule& rule, const Context& context) {
  return When("securityProfile.azureKeyVaultKms.enabled", "true",
              "secrets are not encrypted with a key of yours: aks-secrets-encryption", rule,
              context, rule.manual ? NotDescribed : ManagedIs);
}

/// "msi" stands there where a managed identity is used.
Outcome ManagedIdentity(const Rule& rule, const Context& context) {
  const Setting identity = ManagedOf(context).cluster.Get("identity.type");
  const Setting principal = ManagedOf(context).cluster.Get(rule.setting);
  if (principal.known() && !principal.text.empty() && !IsOneOf(principal, "msi"))
    return Fails(ManagedSays(principal), {ManagedEvidence(principal)});
  if (!identity.known()) return ManagedUnknown(identity);
  if (IsOneOf(identity, "SystemAssigned|UserAssigned"))
    return Pass(ManagedSays(identity), {ManagedEvidence(identity)});
  if (!principal.known()) return ManagedUnknown(principal);
  if (principal.text.empty())
    return Unknown("neither a managed identity nor a service principal is there",
                   "give the whole output of az aks show");
  return Pass(ManagedSays(principal), {ManagedEvidence(principal)});
}

constexpr const char* kEntra =
    "https://learn.microsoft.com/azure/aks/enable-authentication-microsoft-entra-id";
constexpr const char* kKms = "https://learn.microsoft.com/azure/aks/use-kms-etcd-encryption";
constexpr const char* kRanges =
    "https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges";
constexpr const char* kPrivate = "https://learn.microsoft.com/azure/aks/private-clusters";

const Rule kRules[] = {
    {.id = "aks-rbac",
     .title = "The AKS cluster authorizes with RBAC",
     .row = "3a",
     .severity = Severity::kCritical,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "enableRBAC",
     .wanted = "true",
     .expected = "enableRBAC is true",
     .remedy = "it cannot be changed: make another cluster (az aks create, without "
               "--disable-rbac) and move there from {id}",
     .why = "Without it everybody who gets in may do everything.",
     .link = "https://learn.microsoft.com/azure/aks/concepts-identity",
     .terraform = "role_based_access_control_enabled = true (of a new cluster)"},
    {.id = "aks-local-accounts-off",
     .title = "Nobody gets into the AKS cluster with a local administrator's certificate",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "disableLocalAccounts",
     .wanted = "true",
     .expected = "disableLocalAccounts is true",
     .remedy = "az aks update {aks} --disable-local-accounts",
     .why = "az aks get-credentials --admin gives a certificate that passes by every login, every "
            "second factor and every name in the audit log.",
     .link = "https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad",
     .terraform = "local_account_disabled = true"},
    {.id = "aks-entra-integration",
     .title = "People log in to the AKS cluster with Entra ID, as AKS manages it",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "aadProfile.managed",
     .wanted = "true",
     .expected = "aadProfile.managed is true",
     .remedy = "az aks update {aks} --enable-aad --aad-admin-group-object-ids GROUP_ID",
     .why = "Multi-factor authentication and who left are the identity provider's to know; the old "
            "integration with applications of your own is gone.",
     .link = kEntra,
     .terraform = "azure_active_directory_role_based_access_control { tenant_id = \"TENANT\" "
                  "admin_group_object_ids = [\"GROUP\"] }"},
    {.id = "aks-admin-groups",
     .title = "Administrators of the AKS cluster are a group, or Azure's roles",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = AdminGroups,
     .setting = "aadProfile.adminGroupObjectIDs",
     .expected = "aadProfile.adminGroupObjectIDs names a group, or aadProfile.enableAzureRBAC is "
                 "true",
     .remedy = "az aks update {aks} --aad-admin-group-object-ids GROUP_ID",
     .why = "With neither, the local administrator is the only way in.",
     .link = kEntra,
     .terraform = "admin_group_object_ids = [\"GROUP\"]"},
    {.id = "aks-azure-rbac",
     .title = "Rights in the AKS cluster are given by Azure's roles",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kAks,
     .check = WhenIntegrated,
     .setting = "aadProfile.enableAzureRBAC",
     .wanted = "true",
     .expected = "aadProfile.enableAzureRBAC is true",
     .remedy = "az aks update {aks} --enable-azure-rbac",
     .why = "Then they are reviewed, limited in time and taken away where all others are.",
     .link = "https://learn.microsoft.com/azure/aks/manage-azure-rbac",
     .terraform = "azure_rbac_enabled = true"},
    {.id = "aks-private-cluster",
     .title = "The AKS API server is not reached from the internet",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "apiServerAccessProfile.enablePrivateCluster",
     .wanted = "true",
     .expected = "apiServerAccessProfile.enablePrivateCluster is true",
     .remedy = "az aks update {aks} --enable-apiserver-vnet-integration --apiserver-subnet-id "
               "SUBNET_ID && az aks update {aks} --enable-private-cluster",
     .why = "What nobody on the internet reaches nobody there attacks.",
     .link = kPrivate,
     .terraform = "private_cluster_enabled = true (of a new cluster)"},
    {.id = "aks-authorized-ranges",
     .title = "Only authorised addresses reach the AKS API server",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kAks,
     .check = WhenPublic,
     .setting = "apiServerAccessProfile.authorizedIPRanges",
     .expected = "apiServerAccessProfile.authorizedIPRanges is not empty, or the cluster is "
                 "private",
     .remedy = "az aks update {aks} --api-server-authorized-ip-ranges CIDR",
     .why = "Without the list every address of the internet may try.",
     .link = kRanges,
     .terraform = "api_server_access_profile { authorized_ip_ranges = [\"CIDR\"] }"},
    {.id = "aks-authorized-ranges-narrow",
     .title = "The addresses that reach the AKS API server are not the whole internet",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kAks,
     .check = NarrowRanges,
     .setting = "apiServerAccessProfile.authorizedIPRanges",
     .expected = "no 0.0.0.0/0 in apiServerAccessProfile.authorizedIPRanges",
     .remedy = "az aks update {aks} --api-server-authorized-ip-ranges CIDR",
     .why = "A list that takes in everybody is none.",
     .link = kRanges,
     .terraform = "narrower authorized_ip_ranges in api_server_access_profile"},
    {.id = "aks-private-name",
     .title = "The private AKS cluster has no public name",
     .row = "2a",
     .severity = Severity::kLow,
     .target = Target::kAks,
     .check = WhenPrivate,
     .setting = "apiServerAccessProfile.enablePrivateClusterPublicFQDN",
     .wanted = "false",
     .expected = "apiServerAccessProfile.enablePrivateClusterPublicFQDN is false",
     .remedy = "az aks update {aks} --disable-public-fqdn",
     .why = "A public name tells everybody the private address.",
     .link = kPrivate,
     .terraform = "private_cluster_public_fqdn_enabled = false"},
    {.id = "aks-run-command-off",
     .title = "az aks command invoke is off",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "apiServerAccessProfile.disableRunCommand",
     .wanted = "true",
     .expected = "apiServerAccessProfile.disableRunCommand is true",
     .remedy = "az aks update {aks} --disable-run-command",
     .why = "It runs commands as an administrator of the cluster, past private endpoints and "
            "authorised addresses.",
     .link = "https://learn.microsoft.com/azure/aks/access-private-cluster",
     .terraform = "run_command_enabled = false"},
    {.id = "aks-secrets-encryption",
     .title = "Secrets in the AKS cluster are encrypted with a key of yours",
     .row = "6b",
     .severity = Severity::kHigh,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "securityProfile.azureKeyVaultKms.enabled",
     .wanted = "true",
     .expected = "securityProfile.azureKeyVaultKms.enabled is true",
     .remedy = "az aks update {aks} --enable-azure-keyvault-kms --azure-keyvault-kms-key-id KEY_ID",
     .why = "With a key of your own you decide, and see, who decrypts what etcd holds.",
     .link = kKms,
     .terraform = "key_management_service { key_vault_key_id = \"KEY\" }"},
    {.id = "aks-key-vault-private",
     .title = "The key vault of the AKS cluster's secrets is not reached from the internet",
     .row = "6b",
     .severity = Severity::kLow,
     .target = Target::kAks,
     .check = WhenEncrypted,
     .setting = "securityProfile.azureKeyVaultKms.keyVaultNetworkAccess",
     .wanted = "Private",
     .expected = "securityProfile.azureKeyVaultKms.keyVaultNetworkAccess is Private",
     .remedy = "az aks update {aks} --enable-azure-keyvault-kms --azure-keyvault-kms-key-id {key} "
               "--azure-keyvault-kms-key-vault-network-access Private "
               "--azure-keyvault-kms-key-vault-resource-id VAULT_ID",
     .why = "A stolen credential of the vault is then of no use outside.",
     .link = kKms,
     .terraform = "key_management_service { key_vault_network_access = \"Private\" }"},
    {.id = "aks-encryption-key-rotation",
     .title = "The key of the AKS cluster's secrets is rotated",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .manual = true,
     .check = WhenEncrypted,
     .expected = "the key has a new version at least every year, and the cluster uses it",
     .remedy =
         "az keyvault key rotation-policy show --id {key} tells it; after each new version az "
         "aks update {aks} --enable-azure-keyvault-kms --azure-keyvault-kms-key-id NEW_KEY_ID "
         "and kubectl get secrets --all-namespaces -o json | kubectl replace -f -",
     .why = "AKS uses the version that it was told, not the newest, and what is not rewritten "
            "stays with the old one.",
     .link = kKms},
    {.id = "aks-managed-identity",
     .title = "The AKS cluster acts with a managed identity",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = ManagedIdentity,
     .setting = "servicePrincipalProfile.clientId",
     .expected =
         "identity.type is SystemAssigned or UserAssigned, servicePrincipalProfile.clientId "
         "is msi",
     .remedy = "az aks update {aks} --enable-managed-identity && az aks nodepool upgrade "
               "{aks-cluster} --name POOL --node-image-only",
     .why = "A service principal's password lies on every node, and somebody has to rotate it.",
     .link = "https://learn.microsoft.com/azure/aks/use-managed-identity",
     .terraform = "identity { type = \"SystemAssigned\" } instead of service_principal"},
    {.id = "aks-oidc-issuer",
     .title = "Azure can verify service account tokens of the AKS cluster",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "oidcIssuerProfile.enabled",
     .wanted = "true",
     .expected = "oidcIssuerProfile.enabled is true",
     .remedy = "az aks update {aks} --enable-oidc-issuer",
     .why = "Workload identity rests on it.",
     .link = "https://learn.microsoft.com/azure/aks/use-oidc-issuer",
     .terraform = "oidc_issuer_enabled = true"},
    {.id = "aks-workload-identity",
     .title = "Pods of the AKS cluster have identities of their own",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "securityProfile.workloadIdentity.enabled",
     .wanted = "true",
     .expected = "securityProfile.workloadIdentity.enabled is true",
     .remedy = "az aks update {aks} --enable-oidc-issuer --enable-workload-identity",
     .why = "Without it pods hold passwords in secrets, or act with the rights of their node.",
     .link = "https://learn.microsoft.com/azure/aks/workload-identity-overview",
     .terraform = "oidc_issuer_enabled = true and workload_identity_enabled = true"},
    {.id = "aks-pod-identity-off",
     .title = "The AKS cluster does not use pod identities of the old kind",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kAks,
     .check = ManagedIs,
     .setting = "podIdentityProfile.enabled",
     .wanted = "false",
     .expected = "podIdentityProfile.enabled is false or not there",
     .remedy = "az aks update {aks} --disable-pod-identity",
     .why =
         "Nobody maintains it, and a pod that can fake its address gets another one's tokens; move "
         "to workload identity first.",
     .link = "https://learn.microsoft.com/azure/aks/workload-identity-migrate-from-pod-identity"},
};

}  // namespace

std::span<const Rule> AksRules() { return kRules; }

}  // namespace seawall::rules
