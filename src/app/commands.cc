// The table of commands, options and topics. Everything that says what seawall can do is made from
// it.
#include "app/command.h"

#include <algorithm>

#include "app/run.h"

namespace seawall::app {
namespace {

constexpr int kMostFiles = 100000;  // that one command line names
constexpr const char* kFormats = "text json jsonl sarif junit html metrics csv policyreport";

constexpr Option kGlobal[] = {
    {"--color", 0, "WHEN", false, "auto always never",
     "Colour in text reports: auto (a terminal, and NO_COLOR is empty), always, never."},
};

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
    {"--context", 0, "NAME", false, nullptr,
     "The kubeconfig's context. Without --kubeconfig: that of $KUBECONFIG or ~/.kube/config."},
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
     "Only these rules (see `seawall rules`); a comma list or repeated."},
    {"--row", 0, "ROW", true, nullptr,
     "Only the rules of these rows of the recipe: 2a, 2b, 3a, … 6b."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only the rules for these items of the CIS Kubernetes Benchmark 1.12, as in 1.2.1; 1.2 is its "
     "whole section."},
    {"--severity", 0, "LEVEL", false, "low medium high critical",
     "Only rules of at least this severity. What is filtered out does not touch the exit status."},
    {"--fail-on", 0, "KIND", true, "critical high medium low new unknown manual",
     "What decides the exit status. A severity: only findings of at least that severity. new: only "
     "those that --baseline does not have. unknown: what is unknown causes 1, not 3. manual: what "
     "only a person can judge causes 3, too."},
    {"--baseline", 0, "FILE", false, nullptr,
     "An earlier report (-o json): only what is new since then decides the exit status."},
    {"--waivers", 0, "FILE", false, nullptr,
     "Findings that are accepted, with a reason and until a day. Default: ./seawall-waivers.yaml, "
     "if it is there and yours."},
    {"--no-waivers", 0, nullptr, false, nullptr, "Do not look for ./seawall-waivers.yaml."},
    {"--attestations", 0, "FILE", false, nullptr,
     "What a person has judged, with the digest of the evidence and until a day. Default: "
     "./seawall-attestations.yaml, if it is there and yours."},
    {"--no-attestations", 0, nullptr, false, nullptr,
     "Do not look for ./seawall-attestations.yaml."},
    {"--policy", 0, "DIR", false, nullptr,
     "The organisation's own rules and thresholds: the YAML files of this folder."},
    {"--framework", 0, "NAME", false, "cis nsa stig pci soc2",
     "Group the text report by the items of this framework, and print which no rule covers."},
    {"--evidence", 0, nullptr, false, nullptr,
     "Add what an auditor asks for: who audited what with which program and rules, when, which "
     "nodes were not seen, and every setting that somebody wrote."},
    {"--operator", 0, "NAME", false, nullptr,
     "Who audits, for --evidence. Default: the user's name and the machine's."},
    {"--sign", 0, "KEY", false, nullptr,
     "Sign each file of -o with this Ed25519 key (PEM, mode 0600); the signature becomes "
     "FILE.sig."},
    {"--at", 0, "TIME", false, nullptr,
     "Judge dates (certificates, ends of support) as of this moment, RFC 3339 as in "
     "2027-03-01T00:00:00Z. Default: now."},
    {"--output", 'o', "FORMAT[=FILE]", true, kFormats,
     "Format of the report, on standard output or in a file; repeat it for several. A file is "
     "replaced only when the report is whole."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only the findings that fail and the summary."},
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also what passes or does not apply, and every file that was read."},
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

constexpr Option kReportOptions[] = {
    {"--fleet", 0, nullptr, false, nullptr,
     "A matrix of controls and clusters, with the trend since the result before. The newest two "
     "results of each cluster count. -o is then text, json, html or csv."},
    {"--fail-on", 0, "KIND", true, "critical high medium low new unknown manual",
     "What decides the exit status, as in `seawall audit`. With --fleet, new is measured against "
     "the cluster's result before."},
    {"--baseline", 0, "FILE", false, nullptr,
     "An earlier report: only what is new since then decides the exit status."},
    {"--waivers", 0, "FILE", false, nullptr,
     "Findings that are accepted, with a reason and until a day. No file is looked for."},
    {"--attestations", 0, "FILE", false, nullptr,
     "What a person has judged, with the digest of the evidence and until a day. No file is "
     "looked for."},
    {"--policy", 0, "DIR", false, nullptr,
     "The organisation's own rules and thresholds: the YAML files of this folder."},
    {"--framework", 0, "NAME", false, "cis nsa stig pci soc2",
     "Group the text report by the items of this framework, and print which no rule covers."},
    {"--evidence", 0, nullptr, false, nullptr,
     "Refuse a report that does not say who audited what, with what and when."},
    {"--sign", 0, "KEY", false, nullptr,
     "Sign each file of -o with this Ed25519 key (PEM, mode 0600); the signature becomes "
     "FILE.sig."},
    {"--signature", 0, "FILE", false, nullptr,
     "Of `report verify`: the signature. Default: FILE.sig."},
    {"--key", 0, "PUB.pem", false, nullptr,
     "Of `report verify`: the public key of whom you expect to have signed it."},
    {"--at", 0, "TIME", false, nullptr,
     "Waivers hold or have ended as of this moment, RFC 3339. Default: the report's, else now."},
    {"--output", 'o', "FORMAT[=FILE]", true, kFormats,
     "Format of the report, on standard output or in a file; repeat it for several. A file is "
     "replaced only when the report is whole."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only the findings that fail and the summary."},
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also what passes or does not apply, and every file that was read."},
};
constexpr Example kReportExamples[] = {
    {"seawall report audit.json", "what a stored audit said, for the eye"},
    {"seawall report audit.json -o sarif=audit.sarif -o csv=audit.csv", "in other formats"},
    {"ssh cp-0 sudo seawall audit -o json | seawall report -", "another machine's"},
    {"seawall report cp-0.json cp-1.json w-0.json -o html=cluster.html", "several in one"},
    {"seawall report audit.json --waivers agreed.yaml --fail-on high", "judged again"},
    {"seawall report --fleet east=east.json west=west.json", "clusters side by side"},
    {"seawall report verify audit.json --key auditor.pem", "whether it is what was signed"},
};

constexpr Option kProveOptions[] = {
    {"--root", 0, "[NAME=]DIR", true, nullptr,
     "Ask every listener that the files of this node imply; repeat it for several nodes. Without "
     "--root and --endpoint: this machine's."},
    {"--endpoint", 0, "HOST:PORT[=COMPONENT]", true, nullptr,
     "Ask this listener; repeat it. Without =COMPONENT the port tells what it is. Alone, only the "
     "endpoints that are named are asked."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "Ask what the API of this cluster names: its API servers, every node's kubelet, and the usual "
     "ports of the other components; and try what the kubeconfig's user gets there. Only GETs."},
    {"--context", 0, "NAME", false, nullptr,
     "The kubeconfig's context. Without --kubeconfig: that of $KUBECONFIG or ~/.kube/config."},
    {"--loopback", 0, nullptr, false, nullptr,
     "The nodes of --root are reached at loopback addresses from here: seawall runs in their "
     "network."},
    {"--timeout", 0, "TIME", false, nullptr,
     "For a connection and each of its steps, as in 3s (the default) or 500ms; an endpoint gets "
     "three times as much in all."},
    {"--concurrency", 0, "N", false, nullptr, "Connections open at once. Default: 256."},
    {"--max-per-host", 0, "N", false, nullptr,
     "Connections open at once to one address. Default: 8."},
    {"--component-version", 0, "NAME=V", true, nullptr,
     "Version of a component whose image tag and binary do not tell it, as in etcd=3.7.0."},
    {"--at", 0, "TIME", false, nullptr,
     "Judge dates of certificates as of this moment, RFC 3339. Default: now."},
    {"--output", 'o', "FORMAT", false, "text json", "Format of the report on standard output."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only what fails, and the summary."},
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also what passes or does not apply, and every proof: what was sent, and what came back."},
};
constexpr Example kProveExamples[] = {
    {"sudo seawall prove", "every listener of this machine's components"},
    {"seawall prove --endpoint 192.0.2.11:6443 --endpoint 192.0.2.11:2379=etcd",
     "two listeners, from here"},
    {"seawall prove --endpoint api.example:443=kube-apiserver -o json", "for a program to read"},
    {"seawall prove --kubeconfig nobody.conf",
     "every listener that the API names, and what a login without rights gets"},
};

constexpr Option kCollectOptions[] = {
    {"--root", 0, "[NAME=]DIR", false, nullptr,
     "Collect the node whose file tree lies below DIR, called NAME. Without it: this machine, "
     "live."},
    {"--out", 0, "FILE", false, nullptr,
     "The bundle, readable by its owner only. A file that is there is replaced once the bundle is "
     "whole. - is standard output."},
    {"--prove", 0, nullptr, false, nullptr,
     "Ask the running components too, as `seawall prove` does, and keep what they answered."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "Ask the API of the cluster that this kubeconfig names, too, and keep what it said of nodes, "
     "RBAC, pods' service accounts and mounts, webhooks and tokens, without what is secret."},
    {"--context", 0, "NAME", false, nullptr,
     "The kubeconfig's context. Without --kubeconfig: that of $KUBECONFIG or ~/.kube/config."},
    {"--timeout", 0, "TIME", false, nullptr, "With --prove: as in `seawall prove`."},
    {"--concurrency", 0, "N", false, nullptr, "With --prove: connections open at once."},
    {"--max-per-host", 0, "N", false, nullptr, "With --prove: connections open to one address."},
    {"--digest-key", 0, "FILE", false, nullptr,
     "A key of your own (mode 0600, 32 random bytes): equal secrets are then equal in all bundles "
     "that are made with it. It is in none of them. Default: a random one for each bundle."},
    {"--at", 0, "TIME", false, nullptr, "The moment that the bundle says, RFC 3339. Default: now."},
    {"--quiet", 'q', nullptr, false, nullptr, "Say nothing when it went well."},
};
constexpr Example kCollectExamples[] = {
    {"sudo seawall collect --out cp-0.bundle", "this machine: its files and its processes"},
    {"seawall collect --root cp-1=/backup/cp-1 --out cp-1.bundle", "a copy of a node's files"},
    {"sudo seawall collect --prove --kubeconfig admin.conf --out cp-0.bundle",
     "with what its components and the API answer"},
    {"sudo seawall collect --digest-key /root/key --out cp-0.bundle",
     "secrets that can be compared with those of other bundles"},
};

constexpr Option kBundleOptions[] = {
    {"--output", 'o', "FORMAT", false, "text json", "Format."},
};
constexpr Example kBundleExamples[] = {
    {"seawall bundle show cp-0.bundle", "what is inside, file by file"},
    {"seawall bundle show cp-0.bundle -o json", "for a program to read"},
};

constexpr Option kHardenOptions[] = {
    {"--root", 0, "DIR", false, nullptr,
     "The node whose file tree lies below DIR: a golden image, a backup to be restored. Nothing "
     "outside of DIR is touched."},
    {"--offline", 0, nullptr, false, nullptr,
     "apply, rollback: the tree is not running. Nothing is restarted; the proofs that are still to "
     "be made are listed."},
    {"--yes", 0, nullptr, false, nullptr, "apply, rollback: do it without asking."},
    {"--dry-run", 0, nullptr, false, nullptr,
     "apply, rollback: everything but the changes themselves."},
    {"--profile", 0, "NAME", false, nullptr,
     "What is wanted: recipe (the default), cis, or a file with rules:, rows: and set:."},
    {"--rules", 0, "ID", true, nullptr, "Only fixes of these rules; a comma list or repeated."},
    {"--row", 0, "ROW", true, nullptr, "Only fixes of these rows of the recipe."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only fixes for these items of the CIS Kubernetes Benchmark 1.12."},
    {"--severity", 0, "LEVEL", false, "low medium high critical",
     "Only fixes of rules of at least this severity."},
    {"--set", 0, "NAME=VALUE", true, nullptr,
     "What only a person can choose, as in audit-log-maxage=30; the plan says what it needs."},
    {"--owned-by", 0, "NAME=PATH", true, nullptr,
     "Files at or below PATH are written by NAME: they are not edited but handed over."},
    {"--component-version", 0, "NAME=V", true, nullptr,
     "Version of a component whose image tag and binary do not tell it, as in etcd=3.7.0."},
    {"--at", 0, "TIME", false, nullptr, "Judge dates as of this moment, RFC 3339. Default: now."},
    {"--out", 0, "PLAN", false, nullptr,
     "plan: write the plan into this file, for apply. It holds digests and no secrets."},
    {"--untouched", 0, nullptr, false, nullptr,
     "rollback: leave files that somebody has edited since, and take back the rest."},
    {"--output", 'o', "FORMAT", false, "text json unified-diff ansible kubeadm-patch rke2-config",
     "Format on standard output; status and history know text and json."},
};
constexpr Example kHardenExamples[] = {
    {"seawall harden plan --root /mnt/image", "what would be changed, and why not more"},
    {"seawall harden plan --root /mnt/image --profile cis --out image.plan", "a plan for apply"},
    {"sudo seawall harden apply image.plan --offline --yes", "make its changes"},
    {"sudo seawall harden rollback --root /mnt/image --offline --yes", "take them back"},
    {"seawall harden plan --root /mnt/image -o unified-diff | less", "as a patch"},
};

constexpr Option kDiffOptions[] = {
    {"--output", 'o', "FORMAT[=FILE]", true, "text json",
     "Format, on standard output or in a file; repeat it for both."},
};
constexpr Example kDiffExamples[] = {
    {"seawall diff yesterday.json today.json", "what is new, changed, gone and fixed"},
    {"seawall diff before.json after.json -o json", "for a program to read"},
};

constexpr Option kRulesOptions[] = {
    {"--row", 0, "ROW", true, nullptr, "Only the rules of these rows of the recipe."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only the rules for these items of the CIS Kubernetes Benchmark 1.12."},
    {"--severity", 0, "LEVEL", false, "low medium high critical",
     "Only rules of at least this severity."},
    {"--proofs", 0, nullptr, false, nullptr,
     "The rules of `seawall prove` instead of the audit's."},
    {"--policy", 0, "DIR", false, nullptr,
     "The organisation's own rules and thresholds: the YAML files of this folder."},
    {"--framework", 0, "NAME", false, "cis nsa stig pci soc2",
     "The items of this framework instead, each with its rules, and which none covers."},
    {"--output", 'o', "FORMAT", false, "text json", "Format of the list."},
};
constexpr Example kRulesExamples[] = {
    {"seawall rules", "every rule, a line each"},
    {"seawall rules --row 5a -o json", "the rules about etcd's client TLS for a program to read"},
};

constexpr Option kExplainOptions[] = {
    {"--policy", 0, "DIR", false, nullptr,
     "The organisation's own rules and thresholds: the YAML files of this folder."},
    {"--output", 'o', "FORMAT", false, "text json", "Format."},
};
constexpr Example kExplainExamples[] = {
    {"seawall explain etcd-client-cert-auth", "what it checks, why, and how to mend it"},
};

constexpr Option kCanIOptions[] = {
    {"--filename", 'f', "FILE", true, nullptr,
     "Manifests: a file, a folder, or - for standard input. Objects of other kinds are left out."},
    {"--as", 0, "USER", false, nullptr,
     "Who asks. Gets the groups that impersonation gives: a service account's own, "
     "system:authenticated."},
    {"--as-group", 0, "GROUP", true, nullptr, "Groups of who asks."},
    {"--namespace", 'n', "NAMESPACE", false, nullptr, "Where. Default: default."},
    {"--all-namespaces", 'A', nullptr, false, nullptr, "In every namespace at once."},
    {"--subresource", 0, "NAME", false, nullptr, "As in log or exec."},
    {"--questions", 0, "FILE", false, nullptr,
     "Answer each line of a file (- for standard input): the spec of a SubjectAccessReview as "
     "JSON, whose groups are taken as they stand."},
    {"--authorization-mode", 0, "MODES", false, nullptr,
     "The API server's authorizers, a comma list as its own flag takes it. Default: RBAC."},
    {"--why", 0, nullptr, false, nullptr,
     "Also the binding, the role and the rule with their places."},
    {"--why-not", 0, nullptr, false, nullptr,
     "When it is not allowed: the rule that comes nearest, and the smallest one that would do."},
    {"--strict", 0, nullptr, false, nullptr, "An unknown field of a manifest is an error."},
    {"--output", 'o', "FORMAT", false, "text json", "Format of the answer."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only the exit status; no remarks about manifests."},
};
constexpr Example kCanIExamples[] = {
    {"seawall rbac can-i get secrets -n shop --as alice --as-group devs -f rbac/ --why",
     "before the manifests are applied"},
    {"kubectl get roles,rolebindings,clusterroles,clusterrolebindings -A -o json | seawall rbac "
     "can-i create pods --subresource exec -n shop --as system:serviceaccount:shop:ci -f -",
     "what a service account may do"},
    {"seawall rbac can-i --questions questions.jsonl -f rbac/", "many at once"},
};

constexpr Option kVersionOptions[] = {
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also which of its bounds for foreign input this kernel has."},
    {"--output", 'o', "FORMAT", false, "text json", "Format."},
};
constexpr Example kVersionExamples[] = {{"seawall version -o json", "for a program to read"}};

constexpr Option kConfigOptions[] = {
    {"--origin", 0, nullptr, false, nullptr, "Also where each comes from."},
    {"--output", 'o', "FORMAT", false, "text json", "Format."},
};
constexpr Example kConfigExamples[] = {
    {"seawall config view --origin", "what holds, and who said so"},
};

constexpr Example kCompletionExamples[] = {
    {"source <(seawall completion bash)", "for this shell"},
    {"seawall completion zsh > ~/.zfunc/_seawall", "for every zsh to come"},
};

constexpr Option kManOptions[] = {
    {"--dir", 0, "DIR", false, nullptr,
     "Write every page into this folder instead of one page to standard output."},
};
constexpr Example kManExamples[] = {
    {"seawall man audit | man -l -", "read a page"},
    {"seawall man --dir /usr/local/share/man/man1", "install all pages"},
};
constexpr Example kHelpExamples[] = {{"seawall help exit-codes", "what each exit status means"}};

constexpr Command kCommands[] = {
    {"audit", "[[NAME=]BUNDLE...]", 0, kMostFiles, "Find where a node or a cluster stands",
     "Reads the files of a node (and, live, its processes), works out what every security setting "
     "of the control plane and the "
     "kubelet really is and where it comes from, and judges it by the recipe's rules.\n\n"
     "A verdict is pass, fail, unknown or not-applicable. What cannot be determined is unknown, "
     "never a pass. An audit only "
     "reads: nothing is changed, executed or sent anywhere.\n\n"
     "A BUNDLE is a file that `seawall collect` made of a node, and is audited as the node would "
     "be; "
     "give any number of them, with --root too.",
     kAuditOptions, kAuditExamples, RunAudit, ""},
    {"report", "[NAME=]FILE...", 1, kMostFiles, "Write stored reports again",
     "Reads what `seawall audit -o json` wrote (- for standard input) and writes it in other "
     "formats, byte for byte what the audit itself would have written. Of several files it makes "
     "one report; NAME=FILE puts NAME/ before the names of its nodes. A file that is damaged, "
     "changed or of another major version is refused. The exit status is the audit's, unless "
     "--fail-on, --baseline or --waivers judge it again.\n\n"
     "With --fleet, NAME is the cluster; without it the file's name is, without the day and time "
     "at its end.\n\n"
     "`seawall report verify FILE --key PUB.pem` tells, offline, whether FILE is what --sign "
     "signed: exit status 0 when it is, 1 when it is not.",
     kReportOptions, kReportExamples, RunReport, ""},
    {"prove", "", 0, 0, "Ask running components what they really do",
     "Asks each listener over the network: which versions of TLS, cipher suites and groups it "
     "takes (with a ClientHello of its own, so that what no library of today can offer is found "
     "too), which certificates it shows, whether it wants one of its clients, whether plaintext "
     "reaches it, and what strangers get.\n\n"
     "It sends hellos, GET requests and two calls of gRPC that read nothing, shows no certificates "
     "but those that it makes itself and nobody should take, trusts none, and changes and executes "
     "nothing. What a component did not answer is unknown, never a pass.",
     kProveOptions, kProveExamples, RunProve, ""},
    {"collect", "", 0, 0, "Put what an audit needs of a node into one file",
     "Audits a node without a report and keeps every answer that its files gave, so that `seawall "
     "audit FILE` elsewhere says what it would have said on the node: the settings files, "
     "certificates, modes, owners, what is not there and what could not be read, and of a live "
     "machine what its processes run with.\n\n"
     "Secrets are replaced before anything is written, by text of the same length that nothing "
     "leads back from; private keys by what can be said of them. Only reads, and sends nothing.\n\n"
     "Exit status: 0 when the audit of the bundle says the same as the audit of the node, which is "
     "tried; 3 when some rules say something else, which are named.",
     kCollectOptions, kCollectExamples, RunCollect, ""},
    {"bundle", "show FILE", 2, 2, "Show what is in a bundle",
     "Lists what `seawall collect` put into a file: where it comes from, each file with its mode "
     "and size, what was not there, and what could not be read. A bundle that is damaged is "
     "refused.",
     kBundleOptions, kBundleExamples, RunBundle, ""},
    {"harden", "plan|apply|rollback|status|history|fsck [PLAN|ID]", 1, 2,
     "Fix what the audit finds, and take it back",
     "plan looks for the smallest edit that cures each finding, in the very place that the setting "
     "comes from, audits the changed tree in memory, and shows the changes, whom they may cut off, "
     "and what is not done and why. apply makes the changes of a plan, each file whole or not at "
     "all, with a journal that is on the disk before the first change. rollback takes them back; "
     "status and history tell from the journals; fsck checks those.\n\n"
     "Exit status of plan: 0 nothing to do, 1 changes. Of apply and rollback: 0 done; 1 rolled "
     "back, everything is as before; 2 refused, nothing was changed; 3 done in part, or a proof "
     "could not be made. Of status and fsck: 0 all is well, 1 not.",
     kHardenOptions, kHardenExamples, RunHarden, "harden"},
    {"diff", "BEFORE AFTER", 2, 2, "Compare two stored audits",
     "Compares two files that `seawall audit -o json` wrote. A finding is the same one when rule, "
     "node, component and instance are. Says of each difference whether what was seen changed, or "
     "only the rule that judges it.\n\n"
     "Exit status: 1 when something fails that did not; 3 when nothing does, but something became "
     "unknown, or something that failed is no longer looked at; else 0.",
     kDiffOptions, kDiffExamples, RunDiff, ""},
    {"rbac can-i", "[VERB RESOURCE[/NAME]]", 0, 2, "Ask whether RBAC allows something",
     "Answers as kube-apiserver would: yes, no, or unknown where an authorizer's word is not "
     "known. "
     "RESOURCE is a plural, a singular or a short name, with .GROUP where Kubernetes itself has "
     "none "
     "of that name, or a URL that begins with /.\n\n"
     "Exit status: 0 allowed, 1 not allowed, 3 unknown. With --questions: 0, 2 when a line is no "
     "question, 3 when an answer is unknown.",
     kCanIOptions, kCanIExamples, RunCanI, ""},
    {"rules", "", 0, 0, "List the rules",
     "Lists every rule with its severity, its row of the recipe and the items of public benchmarks "
     "that it stands for.",
     kRulesOptions, kRulesExamples, RunRules, ""},
    {"explain", "RULE", 1, 1, "Explain a rule",
     "Says what a rule checks, why it matters and how to mend it. Works offline.", kExplainOptions,
     kExplainExamples, RunExplain, "rules"},
    {"config", "view", 1, 1, "Show seawall's own settings",
     "An option that does not name a cluster, a moment or another report can be set beforehand. "
     "What the command line says is stronger than the environment (SEAWALL_FAIL_ON for --fail-on), "
     "which is stronger than $XDG_CONFIG_HOME/seawall/config.yaml, which is stronger than "
     "/etc/seawall/config.yaml. A setting that does not exist, or a value that no command takes, "
     "is an error with its place.",
     kConfigOptions, kConfigExamples, RunConfig, ""},
    {"completion",
     "SHELL",
     1,
     1,
     "Print the completion script of a shell",
     "Prints the completion script for bash, zsh or fish.",
     {},
     kCompletionExamples,
     RunCompletion,
     "shells"},
    {"man", "[COMMAND]", 0, 2, "Print the manual page of a command", "Prints manual pages in mdoc.",
     kManOptions, kManExamples, RunMan, "commands"},
    {"version", "", 0, 0, "Print the version",
     "Prints the version of seawall and of the tables it holds.", kVersionOptions, kVersionExamples,
     RunVersion, ""},
    {"help",
     "[COMMAND|TOPIC]",
     0,
     2,
     "Help about a command or a topic",
     "Prints the help of a command or a topic. Topics: exit-codes, rows.",
     {},
     kHelpExamples,
     RunHelp,
     "commands"},
};

constexpr Topic kTopics[] = {
    {"exit-codes", "What each exit status means",
     "0    clean: nothing failed and nothing was left unknown\n"
     "1    findings: at least one rule fails\n"
     "2    usage or operational error: nothing, or not all, was done; standard error says what to "
     "do\n"
     "3    nothing failed, but something could not be evaluated\n"
     "130  interrupted (Ctrl-C)\n\n"
     "What only a person can judge (unknown and \"manual\") does not by itself cause 3: --fail-on "
     "manual asks for it. Rules\n"
     "that were filtered out do not count, nor does what is waived, or known to --baseline. Any "
     "other "
     "status is a failure of\nthe program itself.\n"},
    {"rows", "The rows of the recipe", nullptr},
};

}  // namespace

std::span<const Command> AllCommands() { return kCommands; }
std::span<const Option> GlobalOptions() { return kGlobal; }
std::span<const Topic> AllTopics() { return kTopics; }

const Command* FindCommand(std::string_view name) {
  auto it = std::find_if(std::begin(kCommands), std::end(kCommands),
                         [&](const Command& c) { return name == c.name; });
  return it == std::end(kCommands) ? nullptr : it;
}

std::string_view GroupOf(const Command& command) {
  const std::string_view name = command.name;
  const size_t space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(0, space);
}

std::string_view WordInGroup(const Command& command) {
  const std::string_view name = command.name;
  const size_t space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(space + 1);
}

bool IsGroup(std::string_view word) {
  return !word.empty() && std::ranges::any_of(AllCommands(), [word](const Command& command) {
    return GroupOf(command) == word;
  });
}

std::string DashedName(const Command& command) {
  std::string name = command.name;
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::vector<std::string> FirstWords() {
  std::vector<std::string> words;
  for (const Command& command : AllCommands()) {
    const std::string_view group = GroupOf(command);
    const std::string word(group.empty() ? std::string_view(command.name) : group);
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

}  // namespace seawall::app
