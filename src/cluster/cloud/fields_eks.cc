// EKS: where each setting stands. What `aws eks describe-cluster` prints:
// https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html; the resource, of versions 5
// and 6 of the provider:
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_cluster
#include "cluster/cloud/fields.h"

namespace seawall::cluster::cloud {
namespace {

constexpr Field kCluster[] = {
    {.name = "version", .description = "version", .terraform = "version"},
    {.name = "resourcesVpcConfig.endpointPublicAccess",
     .description = "resourcesVpcConfig.endpointPublicAccess",
     .terraform = "vpc_config.endpoint_public_access",
     .unwritten = "true"},
    {.name = "resourcesVpcConfig.endpointPrivateAccess",
     .description = "resourcesVpcConfig.endpointPrivateAccess",
     .terraform = "vpc_config.endpoint_private_access",
     .unwritten = "false"},
    // "The default value is 0.0.0.0/0 and additionally ::/0 for dual-stack `IPv6` clusters."
    {.name = "resourcesVpcConfig.publicAccessCidrs",
     .description = "resourcesVpcConfig.publicAccessCidrs",
     .absent = "0.0.0.0/0",
     .terraform = "vpc_config.public_access_cidrs",
     .empty = "0.0.0.0/0",
     .list = true},
    // There only when a key was associated; nothing can be taken away again.
    {.name = "encryptionConfig.provider.keyArn",
     .description = "encryptionConfig.provider.keyArn",
     .absent = "",
     .terraform = "encryption_config.provider.key_arn",
     .empty = ""},
    {.name = "encryptionConfig.resources",
     .description = "encryptionConfig.resources",
     .absent = "",
     .terraform = "encryption_config.resources",
     .empty = "",
     .list = true},
    // "By default, cluster control plane logs aren't exported to CloudWatch Logs."
    {.name = "logging.clusterLogging",
     .description = "logging.clusterLogging[enabled].types",
     .absent = "",
     .terraform = "enabled_cluster_log_types",
     .empty = "",
     .list = true},
    {.name = "accessConfig.authenticationMode",
     .description = "accessConfig.authenticationMode",
     .terraform = "access_config.authentication_mode"},
    {.name = "accessConfig.bootstrapClusterCreatorAdminPermissions",
     .description = "accessConfig.bootstrapClusterCreatorAdminPermissions",
     .terraform = "access_config.bootstrap_cluster_creator_admin_permissions"},
    // "By default, for all new and existing clusters, the upgrade policy is set to EXTENDED."
    {.name = "upgradePolicy.supportType",
     .description = "upgradePolicy.supportType",
     .absent = "EXTENDED",
     .terraform = "upgrade_policy.support_type",
     .empty = "EXTENDED"},
    {.name = "deletionProtection",
     .description = "deletionProtection",
     .terraform = "deletion_protection"},
    {.name = "health.issues", .description = "health.issues.code", .blank = ""},
    {.name = "computeConfig.enabled",
     .description = "computeConfig.enabled",
     .absent = "false",
     .terraform = "compute_config.enabled",
     .empty = "false"},
    {.name = "identity.oidc.issuer",
     .description = "identity.oidc.issuer",
     .blank = "",
     .terraform = "identity.oidc.issuer"},
};

}  // namespace

std::span<const Field> EksClusterFields() { return kCluster; }

}  // namespace seawall::cluster::cloud
