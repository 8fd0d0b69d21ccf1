// Rules about an EKS cluster.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "rules/managed_checks.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kTableLife = 365 * kDay;

struct EksVersion {
  int minor;                                       ///< of 1.x
  std::chrono::year_month_day standard, extended;  ///< first day without support, UTC
};

using namespace std::chrono_literals;

/// https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, as of kChecked.
constexpr EksVersion kVersions[] = {
    {29, 2025y / 3 / 23, 2026y / 3 / 23},   {30, 2025y / 7 / 23, 2026y / 7 / 23},
    {31, 2025y / 11 / 26, 2026y / 11 / 26}, {32, 2026y / 3 / 23, 2027y / 3 / 23},
    {33, 2026y / 7 / 29, 2027y / 7 / 29},   {34, 2026y / 12 / 2, 2027y / 12 / 2},
    {35, 2027y / 3 / 27, 2028y / 3 / 27},   {36, 2027y / 8 / 2, 2028y / 8 / 2},
};
constexpr std::chrono::year_month_day kChecked = 2026y / 9 / 29;

int64_t Seconds(std::chrono::year_month_day date) {
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay;
}

std::string Text(std::chrono::year_month_day date) {
  return fmt::format("{}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Outcome Supported(const Rule& rule, const Context& context) {
  const auto& managed = ManagedOf(context);
  const Setting setting = managed.cluster.Get(rule.setting);
  if (!setting.known()) return ManagedUnknown(setting);
  const Evidence evidence = ManagedEvidence(setting);
  constexpr const char* kHow = "aws eks describe-cluster-versions tells it";
  if (!managed.version || managed.version->major != 1)
    return Unknown(ManagedSays(setting) + ", which is no version that seawall knows", kHow,
                   {evidence});
  const int minor = managed.version->minor;
  const auto row = std::ranges::find(kVersions, minor, &EksVersion::minor);
  if (row == std::end(kVersions)) {
    const std::string says = ManagedSays(setting);
    if (minor < kVersions[0].minor)
      return Fails(fmt::format("{}, and support for it, extended support too, ended before that "
                               "for 1.{}",
                               says, kVersions[0].minor),
                   {evidence});
    return Unknown(says + ", and its end of support is not in seawall's table", kHow, {evidence});
  }
  if (context.now >= Seconds(row->extended))
    return Fails(fmt::format("{}, and extended support for it ended on {}", ManagedSays(setting),
                             Text(row->extended)),
                 {evidence});
  if (context.now >= Seconds(row->standard))
    return Fails(fmt::format("{}, and standard support for it ended on {} (extended: {})",
                             ManagedSays(setting), Text(row->standard), Text(row->extended)),
                 {evidence});
  if (context.now > Seconds(kChecked) + kTableLife)
    return Unknown(fmt::format("{}, and seawall's table is of {}, too old to say",
                               ManagedSays(setting), Text(kChecked)),
                   kHow, {evidence});
  return Pass(
      fmt::format("{}, in standard support until {}", ManagedSays(setting), Text(row->standard)),
      {evidence});
}

/// Who may reach the public endpoint, when there is one.
Outcome NarrowPublicAccess(const Rule& rule, const Context& context) {
  const Setting open = ManagedOf(context).cluster.Get("resourcesVpcConfig.endpointPublicAccess");
  if (!open.known()) return ManagedUnknown(open);
  if (open.text == "false")
    return NotApplicable("the endpoint is not reached from the internet at all");
  return NotTheWorld(rule, context);
}

Outcome EncryptedWithOwnKey(const Rule& rule, const Context& context) {
  Outcome outcome = ManagedGiven(rule, context);
  if (outcome.verdict != Verdict::kPass) return outcome;
  const Setting what = ManagedOf(context).cluster.Get("encryptionConfig.resources");
  if (!what.known()) return ManagedUnknown(what);
  if (std::ranges::none_of(what.items, [](const cluster::Item& i) { return i.text == "secrets"; }))
    return Fails(ManagedSays(what) + ", without secrets", {ManagedEvidence(what)});
  outcome.evidence.push_back(ManagedEvidence(what));
  return outcome;
}

Outcome KeyRotation(const Rule& rule, const Context& context) {
  const Setting key = ManagedOf(context).cluster.Get("encryptionConfig.provider.keyArn");
  if (!key.known()) return ManagedUnknown(key);
  if (key.text.empty())
    return NotApplicable("secrets are not encrypted with a key of yours: eks-secrets-encryption");
  return NotDescribed(rule, context);
}

Outcome NodeMetadata(const Rule& rule, const Context& context) {
  const Setting automatic = ManagedOf(context).cluster.Get("computeConfig.enabled");
  if (automatic.known() && automatic.text == "true")
    return Unknown(
        "nodes of EKS Auto Mode require IMDSv2 with a hop limit of 1; what other nodes "
        "do, the description of a cluster does not show",
        "look at the launch templates of the node groups");
  return NotDescribed(rule, context);
}

const Rule kRules[] = {
    {.id = "eks-public-access-narrow",
     .title = "The EKS API server's public endpoint is not open to the whole internet",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kEks,
     .check = NarrowPublicAccess,
     .setting = "resourcesVpcConfig.publicAccessCidrs",
     .expected = "no 0.0.0.0/0 and no ::/0 in resourcesVpcConfig.publicAccessCidrs",
     .remedy = "aws eks update-cluster-config {eks} --resources-vpc-config "
               "endpointPublicAccess=true,publicAccessCidrs=CIDR,endpointPrivateAccess=true",
     .why = "Everybody may try otherwise, on the day of the next hole in the API server too.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
     .terraform = "vpc_config { public_access_cidrs = [\"CIDR\"] }"},
    {.id = "eks-public-endpoint-off",
     .title = "The EKS API server has no public endpoint",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "resourcesVpcConfig.endpointPublicAccess",
     .wanted = "false",
     .expected = "resourcesVpcConfig.endpointPublicAccess is false",
     .remedy = "aws eks update-cluster-config {eks} --resources-vpc-config "
               "endpointPublicAccess=false,endpointPrivateAccess=true",
     .why = "What nobody on the internet reaches nobody there attacks.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
     .terraform = "vpc_config { endpoint_public_access = false endpoint_private_access = true }"},
    {.id = "eks-private-endpoint",
     .title = "Nodes reach the EKS API server without leaving the VPC",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "resourcesVpcConfig.endpointPrivateAccess",
     .wanted = "true",
     .expected = "resourcesVpcConfig.endpointPrivateAccess is true",
     .remedy = "aws eks update-cluster-config {eks} --resources-vpc-config "
               "endpointPrivateAccess=true",
     .why = "Without it the public endpoint has to stay open for the nodes.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
     .terraform = "vpc_config { endpoint_private_access = true }"},
    {.id = "eks-audit-logs",
     .title = "The EKS cluster's audit log is kept",
     .row = "3d",
     .severity = Severity::kHigh,
     .target = Target::kEks,
     .check = ManagedHas,
     .setting = "logging.clusterLogging",
     .wanted = "audit",
     .expected = "logging.clusterLogging has the type audit enabled",
     .remedy = "aws eks update-cluster-config {eks} --logging "
               "'{\"clusterLogging\":[{\"types\":[\"audit\"],\"enabled\":true}]}'",
     .why = "Without it nothing tells who did what.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
     .terraform = "enabled_cluster_log_types = [\"audit\", \"authenticator\", \"api\", "
                  "\"controllerManager\", \"scheduler\"]"},
    {.id = "eks-authenticator-logs",
     .title = "It is kept which IAM identities logged in to the EKS cluster",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedHas,
     .setting = "logging.clusterLogging",
     .wanted = "authenticator",
     .expected = "logging.clusterLogging has the type authenticator enabled",
     .remedy = "aws eks update-cluster-config {eks} --logging "
               "'{\"clusterLogging\":[{\"types\":[\"authenticator\"],\"enabled\":true}]}'",
     .why = "The audit log names Kubernetes' users only; who they are in IAM stands here.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
     .terraform = "\"authenticator\" in enabled_cluster_log_types"},
    {.id = "eks-control-plane-logs",
     .title = "The logs of the EKS control plane are kept",
     .row = "3d",
     .severity = Severity::kLow,
     .target = Target::kEks,
     .check = ManagedHas,
     .setting = "logging.clusterLogging",
     .wanted = "api controllerManager scheduler",
     .expected = "logging.clusterLogging has the types api, controllerManager and scheduler "
                 "enabled",
     .remedy = "aws eks update-cluster-config {eks} --logging "
               "'{\"clusterLogging\":[{\"types\":[\"api\",\"controllerManager\",\"scheduler\"],"
               "\"enabled\":true}]}'",
     .why = "They tell what the control plane refused and why.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
     .terraform = "\"api\", \"controllerManager\" and \"scheduler\" in enabled_cluster_log_types"},
    {.id = "eks-access-entries",
     .title = "Who gets into the EKS cluster is decided by access entries alone",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "accessConfig.authenticationMode",
     .wanted = "API",
     .expected = "accessConfig.authenticationMode is API",
     .remedy = "aws eks update-cluster-config {eks} --access-config authenticationMode=API",
     .why = "Whoever may edit one ConfigMap, aws-auth, makes himself an administrator, and IAM "
            "knows nothing of it. Make access entries first (from CONFIG_MAP by way of "
            "API_AND_CONFIG_MAP): there is no way back.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html",
     .terraform = "access_config { authentication_mode = \"API\" }"},
    {.id = "eks-creator-not-administrator",
     .title = "Whoever made the EKS cluster is not its administrator for ever",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "accessConfig.bootstrapClusterCreatorAdminPermissions",
     .wanted = "false",
     .expected = "accessConfig.bootstrapClusterCreatorAdminPermissions is false",
     .remedy = "aws eks list-access-entries {eks-cluster} && aws eks delete-access-entry "
               "{eks-cluster} --principal-arn ARN_OF_THE_CREATOR",
     .why = "Often that is a pipeline or a person who left.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html",
     .terraform = "access_config { bootstrap_cluster_creator_admin_permissions = false } (of a new "
                  "cluster)"},
    {.id = "eks-identity-provider",
     .title = "People log in to the EKS cluster through an identity provider",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .manual = true,
     .check = NotDescribed,
     .expected = "access entries are for roles of IAM Identity Center, or an OIDC provider is "
                 "associated; none is for an IAM user",
     .remedy = "aws eks list-access-entries {eks-cluster} and aws eks "
               "list-identity-provider-configs {eks-cluster} tell it",
     .why = "IAM users have passwords and access keys of their own, which nobody takes away when "
            "people leave.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html"},
    {.id = "eks-secrets-encryption",
     .title = "Secrets in the EKS cluster are encrypted with a key of yours",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = EncryptedWithOwnKey,
     .setting = "encryptionConfig.provider.keyArn",
     .expected = "encryptionConfig has a provider.keyArn for the resource secrets",
     .remedy = "aws eks associate-encryption-config {eks-cluster} --encryption-config "
               "'[{\"resources\":[\"secrets\"],\"provider\":{\"keyArn\":\"KEY_ARN\"}}]'",
     .why = "Since 1.28 EKS encrypts everything with a key of AWS's; with one of your own you "
            "decide, and see, who decrypts.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
     .terraform = "encryption_config { resources = [\"secrets\"] provider { key_arn = \"KEY\" } }"},
    {.id = "eks-encryption-key-rotation",
     .title = "The key of the EKS cluster's secrets is rotated",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .manual = true,
     .check = KeyRotation,
     .expected = "KMS rotates the key every year",
     .remedy = "aws kms get-key-rotation-status --key-id {key} {region} tells it; aws kms "
               "enable-key-rotation --key-id {key} {region} sets it",
     .why = "What one version of a key encrypts is bounded then.",
     .link = "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"},
    {.id = "eks-healthy",
     .title = "EKS reports no problem with the cluster, its encryption key included",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kEks,
     .check = ManagedEmpty,
     .setting = "health.issues",
     .expected = "health.issues is empty",
     .remedy = "aws eks describe-cluster {eks} --query cluster.health.issues tells what is wrong "
               "with what; mend that (a key that is disabled or about to be deleted first)",
     .why = "A cluster whose key, role or network is gone gets no new versions, and may not start "
            "again.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html"},
    {.id = "eks-version-supported",
     .title = "The EKS cluster runs a version in standard support",
     .row = "1",
     .severity = Severity::kHigh,
     .target = Target::kEks,
     .check = Supported,
     .setting = "version",
     .expected = "a version in standard support",
     .remedy = "aws eks update-cluster-version {eks} --kubernetes-version NEXT_MINOR_VERSION",
     .why = "Upstream mends nothing in these versions, and after extended support EKS upgrades the "
            "control plane on a day that it chooses; nodes and add-ons are upgraded after it.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
     .terraform = "version = \"NEXT_MINOR_VERSION\""},
    {.id = "eks-upgrade-policy",
     .title = "EKS upgrades the cluster when standard support ends",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "upgradePolicy.supportType",
     .wanted = "STANDARD",
     .expected = "upgradePolicy.supportType is STANDARD",
     .remedy = "aws eks update-cluster-config {eks} --upgrade-policy supportType=STANDARD",
     .why = "EXTENDED, the default, lets a cluster grow old for another year.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/view-upgrade-policy.html",
     .terraform = "upgrade_policy { support_type = \"STANDARD\" }"},
    {.id = "eks-deletion-protection",
     .title = "The EKS cluster cannot be deleted by one call",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kEks,
     .check = ManagedIs,
     .setting = "deletionProtection",
     .wanted = "true",
     .expected = "deletionProtection is true",
     .remedy = "aws eks update-cluster-config {eks} --deletion-protection",
     .why = "One mistake, or one stolen credential, takes everything away otherwise.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
     .terraform = "deletion_protection = true"},
    {.id = "eks-workload-identity",
     .title = "Pods of the EKS cluster can have identities of their own",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kEks,
     .check = ManagedGiven,
     .setting = "identity.oidc.issuer",
     .expected = "identity.oidc.issuer is there; roles for service accounts or Pod Identity use it",
     .remedy = "aws eks "
               "create-addon {eks-cluster} --addon-name eks-pod-identity-agent",
     .why = "Without it every pod acts with the rights of its node.",
     .link = "https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html"},
    {.id = "eks-node-metadata",
     .title = "Pods of the EKS cluster do not get their node's credentials",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kEks,
     .manual = true,
     .check = NodeMetadata,
     .expected = "every node requires IMDSv2 (HttpTokens required) with a hop limit of 1",
     .remedy =
         "aws ec2 describe-instances {region} --filters Name=tag-key,Values=eks:cluster-name "
         "--query 'Reservations[].Instances[].[InstanceId,MetadataOptions]' tells it; aws ec2 "
         "modify-instance-metadata-options {region} --instance-id ID --http-tokens required "
         "--http-put-response-hop-limit 1 sets it, the launch template for those to come",
     .why = "One request to the metadata service gives a pod the rights of its node otherwise.",
     .link = "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management"
             ".html"},
};

}  // namespace

std::span<const Rule> EksRules() { return kRules; }

}  // namespace seawall::rules
