// The words of `seawall audit`: options, examples, description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kAuditOptions[] = {
    {"--root", 0, "[NAME=]DIR", true, nullptr,
     "Audit the node whose file tree lies below DIR, called NAME in the report. Repeat it for "
     "several nodes. Without --root, "
     "-f and bundles: this machine, live."},
    {"--filename", 'f', "FILE", true, nullptr,
     "Audit configuration before there is a node: a file, a folder or - for standard input. "
     "kubeadm, Cluster API, kops, "
     "RKE2 and k3s configuration, the components' own configuration kinds, static pods."},
    {"--gke", 0, "FILE", true, nullptr,
     "Audit the GKE clusters in what `gcloud container clusters describe NAME --format json` (or "
     "list) prints; - for standard input."},
    {"--eks", 0, "FILE", true, nullptr,
     "Audit the EKS cluster in what `aws eks describe-cluster --name NAME` prints."},
    {"--aks", 0, "FILE", true, nullptr,
     "Audit the AKS clusters in what `az aks show` (or list) prints."},
    {"--terraform", 0, "FILE", true, nullptr,
     "Audit the GKE, EKS and AKS clusters in a Terraform state or plan: what `terraform show "
     "-json` prints, or a terraform.tfstate."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "Ask the API of the cluster that this kubeconfig names: what it shows of nodes, components, "
     "RBAC, webhooks and tokens. No access to the nodes is needed; what only their files could "
     "tell "
     "is unknown. It only reads."},
    options::kContext,
    {"--ssh", 0, "[NAME=][USER@]HOST", true, nullptr,
     "Audit this host over SSH, by OpenSSH's client and its ssh_config; repeat it. This program is "
     "copied there, collects a bundle, and is removed; nobody is asked, and the host's key must be "
     "in known_hosts. A host that fails is unknown in the report."},
    {"--ssh-config", 0, "FILE", false, nullptr, "With --ssh: the ssh_config (ssh -F)."},
    {"--sudo", 0, nullptr, false, nullptr,
     "With --ssh: collect there by `sudo -n`, which must not ask for a password."},
    {"--remote-dir", 0, "DIR", false, nullptr,
     "With --ssh: where a private folder is made for the time. Default: /tmp, else /var/tmp."},
    {"--ssh-concurrency", 0, "N", false, nullptr,
     "With --ssh: hosts at once, at most 64. Default: 8."},
    {"--ssh-timeout", 0, "TIME", false, nullptr,
     "With --ssh: for all that is done on one host. Default: 5m."},
    {"--node-role", 0, "ROLE", true, "control-plane worker etcd",
     "What the node is meant to be; a component that belongs to the role and is not found is then "
     "unknown. Default: inferred."},
    {"--component-version", 0, "NAME=V", true, nullptr,
     "Version of a component whose image tag and binary do not tell it, as in etcd=3.7.0; "
     "\"kubernetes=1.37.2\" means all of "
     "Kubernetes."},
    {"--prove", 0, nullptr, false, nullptr,
     "Ask the running components too, as `seawall prove` does: one report and one exit status. "
     "Where files and proof disagree, the finding says so and the proof wins."},
    {"--loopback", 0, nullptr, false, nullptr,
     "With --prove: the nodes of --root are reached at loopback addresses from here: seawall runs "
     "in their "
     "network."},
    {"--timeout", 0, "TIME", false, nullptr,
     "With --prove: for a connection and each of its steps, as in 3s (the default) or 500ms; an "
     "endpoint gets "
     "three times as much in all."},
    {"--concurrency", 0, "N", false, nullptr,
     "With --prove: connections open at once. Default: 256."},
    {"--max-per-host", 0, "N", false, nullptr,
     "With --prove: connections open at once to one address. Default: 8."},
    {"--rules", 0, "ID", true, nullptr,
     "Only these rules (see `seawall rules`), or patterns ('etcd-*'); a comma list or repeated."},
    {"--row", 0, "ROW", true, nullptr,
     "Only the rules of these rows of the recipe: 2a, 2b, 3a, … 6b."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only the rules for these items of the CIS Kubernetes Benchmark 1.12, as in 1.2.1; 1.2 is its "
     "whole section."},
    options::kSeverity,
    {"--fail-on", 0, "KIND", true, "critical high medium low new unknown manual",
     "What decides the exit status. A severity: only findings of at least that severity. new: only "
     "those that --baseline does not have. unknown: what is unknown causes 1, not 3. manual: what "
     "only a person can judge causes 3, too."},
    options::kBaseline,
    options::kWaivers,
    options::kNoWaivers,
    {"--attestations", 0, "FILE", false, nullptr,
     "What a person has judged, with the digest of the evidence and until a day. Default: "
     "./seawall-attestations.yaml, if it is there and yours."},
    {"--no-attestations", 0, nullptr, false, nullptr,
     "Do not look for ./seawall-attestations.yaml."},
    options::kPolicy,
    options::kFramework,
    {"--evidence", 0, nullptr, false, nullptr,
     "Add what an auditor asks for: who audited what with which program and rules, when, which "
     "nodes were not seen, and every setting that somebody wrote."},
    {"--operator", 0, "NAME", false, nullptr,
     "Who audits, for --evidence. Default: the user's name and the machine's."},
    options::kSign,
    {"--at", 0, "TIME", false, nullptr,
     "Judge dates (certificates, ends of support) as of this moment, RFC 3339 as in "
     "2027-03-01T00:00:00Z. Default: now."},
    options::kReportFormats,
    options::kOnlyFailing,
    options::kVerbose,
};

constexpr Example kAuditExamples[] = {
    {"sudo seawall audit", "this machine: its files and its running processes"},
    {"sudo seawall audit --prove", "the same, and what its components really do"},
    {"seawall audit --root cp-0=/backup/cp-0 --root cp-1=/backup/cp-1",
     "two nodes from copies of their files"},
    {"seawall audit cp-0.bundle cp-1.bundle cp-2.bundle", "three nodes that were collected"},
    {"seawall audit --ssh cp-0 --ssh cp-1 --ssh w-0 --sudo",
     "three nodes, as ssh reaches them; nothing stays there"},
    {"seawall audit --kubeconfig admin.conf", "a cluster by its API alone"},
    {"seawall audit --kubeconfig admin.conf --ssh root@cp-0",
     "the same with one node's files, and which nodes are missing"},
    {"seawall audit -f kubeadm.yaml --severity high",
     "what is kept in Git, before there is a node"},
    {"seawall audit --cis 1.2.1,4.2.1 -o json", "two items of the benchmark for a program to read"},
    {"seawall audit -o text -o sarif=seawall.sarif -o junit=seawall.xml",
     "one audit: for the eye, for code scanning and for CI"},
    {"seawall audit --gke gke.json --aks aks.json",
     "managed clusters, as gcloud and az describe them"},
    {"seawall audit --baseline yesterday.json --fail-on high",
     "fail only for what is new since yesterday, and severe"},
};

}  // namespace

constinit const Command kAuditCommand = {
    "audit",
    "[[NAME=]BUNDLE...]",
    0,
    kMostFiles,
    "Find where a node or a cluster stands",
    "Reads the files of a node (and, live, its processes), works out what every security setting "
    "of the control plane and the "
    "kubelet really is and where it comes from, and judges it by the recipe's rules.\n\n"
    "A verdict is pass, fail, unknown or not-applicable. What cannot be determined is unknown, "
    "never a pass. An audit only "
    "reads: nothing is changed, executed or sent anywhere.\n\n"
    "A BUNDLE is a file that `seawall collect` made of a node, and is audited as the node would "
    "be; "
    "give any number of them, with --root too.",
    kAuditOptions,
    kAuditExamples,
    RunAudit,
    ""};

}  // namespace seawall::app
