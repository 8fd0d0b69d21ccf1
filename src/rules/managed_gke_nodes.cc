// Rules about the node pools of a GKE cluster.
#include "rules/managed_checks.h"
#include "rules/managed_remedy.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::cloud::Part;

/// What a pool does not say itself, the cluster's default for its pools says.
Outcome NoReadonlyPort(const Rule& rule, const Context& context) {
  const auto& managed = ManagedOf(context);
  Tally tally;
  std::vector<std::string> bad;
  const auto judge = [&](const Setting& setting, const std::string& pool) {
    if (IsOneOf(setting, rule.wanted)) return tally.Good(ManagedEvidence(setting));
    tally.Bad(ManagedEvidence(setting), ManagedSays(setting));
    bad.push_back(pool);
  };
  const Setting of_all = managed.cluster.Get("readonlyPortOfPoolDefaults");
  const Setting of_auto = managed.cluster.Get("readonlyPortOfAutoPools");
  for (const Setting& setting : {of_all, of_auto}) {
    if (setting.known()) judge(setting, "");
  }
  if (!managed.pools_known) tally.Unknown(managed.pools_why, "give the whole description");
  for (const Part& pool : managed.pools) {
    const Setting own = pool.Get(rule.setting);
    if (own.known()) {
      judge(own, pool.name);
    } else if (!of_all.known() && !of_auto.known()) {
      tally.Unknown(own.why, own.how);
    }
  }
  Outcome outcome = std::move(tally).Done("the cluster has no node pools");
  std::string remedy;
  if (std::erase(bad, "") > 0) {
    Rule of_cluster = rule;
    of_cluster.remedy =
        "gcloud container clusters update {gke} --no-enable-insecure-kubelet-readonly-port";
    remedy = ManagedRemedy(of_cluster, managed, {});
  }
  if (!bad.empty()) remedy += (remedy.empty() ? "" : "; ") + ManagedRemedy(rule, managed, bad);
  outcome.remedy = std::move(remedy);
  return outcome;
}

const Rule kRules[] = {
    {.id = "gke-kubelet-readonly-port-off",
     .title = "No kubelet of the GKE cluster answers everybody on port 10255",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = NoReadonlyPort,
     .setting = "config.kubeletConfig.insecureKubeletReadonlyPortEnabled",
     .wanted = "false",
     .expected = "insecureKubeletReadonlyPortEnabled is false for every node pool and for those "
                 "to come",
     .remedy = "gcloud container node-pools update {pool} {of} "
               "--no-enable-insecure-kubelet-readonly-port",
     .why = "In clear text and without any login it tells every pod what runs on the node.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "disable-kubelet-readonly-port",
     .terraform = "node_config { kubelet_config { insecure_kubelet_readonly_port_enabled = "
                  "\"FALSE\" } }"},
    {.id = "gke-node-service-account",
     .title = "Nodes of the GKE cluster do not act as the project's default service account",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = PoolsAreNot,
     .setting = "config.serviceAccount",
     .wanted = "default",
     .expected = "config.serviceAccount of every node pool is an account of its own",
     .remedy = "gcloud container node-pools create NEW_POOL {of} --service-account "
               "ACCOUNT@PROJECT.iam.gserviceaccount.com && gcloud container node-pools delete "
               "{pool} {of}",
     .why = "The default account often may edit the whole project, and with it every pod that "
            "reaches the node's metadata.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "hardening-your-cluster#use_least_privilege_sa",
     .terraform = "node_config { service_account = \"ACCOUNT\" }"},
    {.id = "gke-node-metadata",
     .title = "Pods of the GKE cluster do not get their node's credentials",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kGke,
     .check = PoolsAre,
     .setting = "config.workloadMetadataConfig.mode",
     .wanted = "GKE_METADATA|GKE_METADATA_SERVER",
     .expected = "config.workloadMetadataConfig.mode of every node pool is GKE_METADATA",
     .remedy = "gcloud container node-pools update {pool} {of} --workload-metadata GKE_METADATA",
     .why = "One request to the metadata server gives a pod the token of its node otherwise.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "protecting-cluster-metadata",
     .terraform = "node_config { workload_metadata_config { mode = \"GKE_METADATA\" } }"},
    {.id = "gke-node-secure-boot",
     .title = "Nodes of the GKE cluster boot only what is signed",
     .row = "2b",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = PoolsAre,
     .setting = "config.shieldedInstanceConfig.enableSecureBoot",
     .wanted = "true",
     .expected = "config.shieldedInstanceConfig.enableSecureBoot of every node pool is true",
     .remedy = "gcloud container node-pools create NEW_POOL {of} --shielded-secure-boot && "
               "gcloud container node-pools delete {pool} {of}",
     .why = "A boot loader or kernel module that was slipped in survives every reboot otherwise.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "shielded-gke-nodes#secure_boot",
     .terraform = "node_config { shielded_instance_config { enable_secure_boot = true } }"},
    {.id = "gke-node-integrity-monitoring",
     .title = "It is noticed when a node of the GKE cluster boots something else",
     .row = "2b",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = PoolsAre,
     .setting = "config.shieldedInstanceConfig.enableIntegrityMonitoring",
     .wanted = "true",
     .expected =
         "config.shieldedInstanceConfig.enableIntegrityMonitoring of every node pool is true",
     .remedy = "gcloud container node-pools create NEW_POOL {of} --shielded-integrity-monitoring, "
               "then gcloud container node-pools delete {pool} {of}",
     .why = "It compares what was booted with what was booted before.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/"
             "shielded-gke-nodes#integrity_monitoring",
     .terraform =
         "node_config { shielded_instance_config { enable_integrity_monitoring = true } }"},
    {.id = "gke-node-auto-upgrade",
     .title = "Nodes of the GKE cluster are upgraded with the control plane",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kGke,
     .check = PoolsAre,
     .setting = "management.autoUpgrade",
     .wanted = "true",
     .expected = "management.autoUpgrade of every node pool is true",
     .remedy = "gcloud container node-pools update {pool} {of} --enable-autoupgrade",
     .why = "Holes in kubelets and kernels that are mended upstream stay open otherwise.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-upgrades",
     .terraform = "management { auto_upgrade = true } in the node pool"},
    {.id = "gke-node-auto-repair",
     .title = "Nodes of the GKE cluster that are broken are replaced",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kGke,
     .check = PoolsAre,
     .setting = "management.autoRepair",
     .wanted = "true",
     .expected = "management.autoRepair of every node pool is true",
     .remedy = "gcloud container node-pools update {pool} {of} --enable-autorepair",
     .why = "A node in an unknown state is neither upgraded nor watched.",
     .link = "https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-repair",
     .terraform = "management { auto_repair = true } in the node pool"},
};

}  // namespace

std::span<const Rule> GkeNodeRules() { return kRules; }

}  // namespace seawall::rules
