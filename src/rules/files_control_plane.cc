// Recipe row 3b, least privilege on the control plane's own machines: who may read and write the files that start its
// components and that they authenticate with (CIS 1.1.1 to 1.1.21).
#include "rules/machine_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rules/file_checks.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

constexpr const char* kStaticPods = "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/";
constexpr const char* kCertificates = "https://kubernetes.io/docs/setup/best-practices/certificates/";
constexpr const char* kKubeconfig =
    "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/";
constexpr const char* kEtcdSecurity = "https://etcd.io/docs/latest/op-guide/security/";
constexpr const char* kNetworkPlugins =
    "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/";

constexpr const char* kAdminFiles =
    "/etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/rancher/k3s/k3s.yaml "
    "/etc/rancher/rke2/rke2.yaml";

/// etcd reads its own certificates as the user that it runs as; elsewhere than in Kubernetes' own folder they may be its.
bool MayBelongToEtcd(const UsedFile& file) {
  return file.component != nullptr && file.component->kind == ComponentKind::kEtcd &&
         !file.path.starts_with("/etc/kubernetes/");
}

void JudgePkiOwner(const cluster::Node& node, const std::string& path, bool etcd, Tally& tally) {
  const auto& stat = node.Stat(path);
  bool of_etcd = etcd && stat && node.UserName(stat->uid) == "etcd" && node.GroupName(stat->gid) == "etcd";
  JudgeOwner(node, path, of_etcd ? "etcd:etcd" : "root:root", tally);
}

Outcome PkiOwner(const Rule& rule, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used = PkiFiles(node);
  Tally tally;
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
  }
  std::set<std::string> etcd_paths, seen;
  for (const UsedFile& file : used.files) {
    if (!MayBelongToEtcd(file)) continue;
    etcd_paths.insert(file.path);
    etcd_paths.insert(ParentFolder(file.path));
  }
  for (const std::string& folder : PkiFolders(node, used)) {
    JudgePkiOwner(node, folder, etcd_paths.contains(folder), tally);
  }
  for (const UsedFile& file : used.files) {
    if (seen.insert(file.path).second) JudgePkiOwner(node, file.path, etcd_paths.contains(file.path), tally);
  }
  return DoneOwners(std::move(tally), rule.wanted, "no component names a certificate or key, and no usual folder holds one");
}

Outcome PkiMode(const Rule& rule, const Context& context, bool keys) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used = PkiFiles(context.node);
  Tally tally;
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
  }
  std::set<std::string> key_paths, seen;
  for (const UsedFile& file : used.files) {
    if (file.use == FileUse::kKey) key_paths.insert(file.path);
  }
  for (const UsedFile& file : used.files) {
    // A file that holds a certificate and its key is judged as a key.
    if (key_paths.contains(file.path) != keys || !seen.insert(file.path).second) continue;
    JudgeMode(context.node, file.path, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted,
                   keys ? "there is no private key on this node" : "there is no certificate on this node");
}

Outcome PkiCertificateMode(const Rule& rule, const Context& context) { return PkiMode(rule, context, false); }
Outcome PkiKeyMode(const Rule& rule, const Context& context) { return PkiMode(rule, context, true); }

/// The etcd account is known by its name only: without a passwd a number says nothing.
Outcome EtcdDataOwner(const Rule& rule, const Context& context) {
  Outcome outcome = NamedOwner(rule, context);
  if (outcome.verdict != Verdict::kFail || outcome.evidence.empty()) return outcome;
  const Evidence& seen = outcome.evidence.front();
  const auto& stat = context.node.Stat(seen.place.file);
  const auto& passwd = context.node.Stat("/etc/passwd");
  if (stat && stat->uid != 0 && stat->gid != 0 && !passwd) {
    return Unknown(fmt::format("{} belongs to {}, and there is no /etc/passwd that could say who that is",
                               seen.place.file, seen.value),
                   "run \"stat -c %U:%G\" on the node", outcome.evidence);
  }
  return outcome;
}

constexpr const char* kManifestWhy =
    "Whoever writes this file runs any command as root on the control plane, and it may hold secrets that others should not read.";
constexpr const char* kKubeconfigWhy =
    "The file holds a client key: whoever reads it acts in the cluster as this component.";

constexpr Rule kRules[] = {
    {.id = "apiserver-manifest-mode", .title = "The API server's manifest can be read and written by its owner only",
     .row = "3b", .cis = "1.1.1", .severity = Severity::kHigh, .target = Target::kApiServer, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestMode, .setting = "", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "apiserver-manifest-owner", .title = "The API server's manifest belongs to root",
     .row = "3b", .cis = "1.1.2", .severity = Severity::kHigh, .target = Target::kApiServer, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestOwner, .setting = "", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "controller-manager-manifest-mode", .title = "The controller manager's manifest can be read and written by its owner only",
     .row = "3b", .cis = "1.1.3", .severity = Severity::kHigh, .target = Target::kControllerManager, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestMode, .setting = "", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "controller-manager-manifest-owner", .title = "The controller manager's manifest belongs to root",
     .row = "3b", .cis = "1.1.4", .severity = Severity::kHigh, .target = Target::kControllerManager, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestOwner, .setting = "", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "scheduler-manifest-mode", .title = "The scheduler's manifest can be read and written by its owner only",
     .row = "3b", .cis = "1.1.5", .severity = Severity::kHigh, .target = Target::kScheduler, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestMode, .setting = "", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "scheduler-manifest-owner", .title = "The scheduler's manifest belongs to root",
     .row = "3b", .cis = "1.1.6", .severity = Severity::kHigh, .target = Target::kScheduler, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestOwner, .setting = "", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "etcd-manifest-mode", .title = "etcd's manifest can be read and written by its owner only",
     .row = "3b", .cis = "1.1.7", .severity = Severity::kHigh, .target = Target::kEtcd, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestMode, .setting = "", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "etcd-manifest-owner", .title = "etcd's manifest belongs to root",
     .row = "3b", .cis = "1.1.8", .severity = Severity::kHigh, .target = Target::kEtcd, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = ManifestOwner, .setting = "", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root {where}", .why = kManifestWhy, .link = kStaticPods},
    {.id = "cni-config-mode", .title = "The network plugin's configuration can be read and written by its owner only",
     .row = "3b", .cis = "1.1.9", .severity = Severity::kMedium, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = FoundMode, .setting = "/etc/cni/net.d/", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 /etc/cni/net.d/FILE, for each file named",
     .why = "The runtime runs as root whatever this configuration names, and it may hold the plugin's credentials.",
     .link = kNetworkPlugins},
    {.id = "cni-config-owner", .title = "The network plugin's configuration belongs to root",
     .row = "3b", .cis = "1.1.10", .severity = Severity::kMedium, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = FoundOwner, .setting = "/etc/cni/net.d/", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root /etc/cni/net.d/FILE, for each file named",
     .why = "The runtime runs as root whatever this configuration names.", .link = kNetworkPlugins},
    {.id = "etcd-data-mode", .title = "etcd's data folder is open to its owner only",
     .row = "5c", .cis = "1.1.11", .severity = Severity::kCritical, .target = Target::kEtcd, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = NamedMode, .setting = "data-dir", .wanted = "700",
     .expected = "mode 700 or more restrictive", .remedy = "chmod 700 DATA-DIR",
     .why = "The folder holds every object of the cluster: reading it is reading every Secret.", .link = kEtcdSecurity},
    {.id = "etcd-data-owner", .title = "etcd's data folder belongs to an account of its own",
     .row = "5c", .cis = "1.1.12", .severity = Severity::kMedium, .target = Target::kEtcd, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = EtcdDataOwner, .setting = "data-dir", .wanted = "etcd:etcd",
     .expected = "etcd:etcd",
     .remedy = "useradd --system etcd, run etcd as that user, then chown -R etcd:etcd DATA-DIR",
     .why = "An etcd that runs as root gives root on the node to whoever breaks into it.", .link = kEtcdSecurity},
    {.id = "admin-kubeconfig-mode", .title = "The administrators' kubeconfigs can be read and written by their owner only",
     .row = "3b", .cis = "1.1.13", .severity = Severity::kCritical, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = FoundMode, .setting = kAdminFiles, .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf",
     .why = "Whoever reads one of these files is an administrator of the cluster.", .link = kKubeconfig},
    {.id = "admin-kubeconfig-owner", .title = "The administrators' kubeconfigs belong to root",
     .row = "3b", .cis = "1.1.14", .severity = Severity::kHigh, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = FoundOwner, .setting = kAdminFiles, .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf",
     .why = "The owner of one of these files is an administrator of the cluster.", .link = kKubeconfig},
    {.id = "scheduler-kubeconfig-mode", .title = "The scheduler's kubeconfigs can be read and written by their owner only",
     .row = "3b", .cis = "1.1.15", .severity = Severity::kHigh, .target = Target::kScheduler, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = NamedMode,
     .setting = "kubeconfig authentication-kubeconfig authorization-kubeconfig", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 the file that --kubeconfig names",
     .why = kKubeconfigWhy, .link = kKubeconfig},
    {.id = "scheduler-kubeconfig-owner", .title = "The scheduler's kubeconfigs belong to root",
     .row = "3b", .cis = "1.1.16", .severity = Severity::kHigh, .target = Target::kScheduler, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = NamedOwner,
     .setting = "kubeconfig authentication-kubeconfig authorization-kubeconfig", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root the file that --kubeconfig names",
     .why = kKubeconfigWhy, .link = kKubeconfig},
    {.id = "controller-manager-kubeconfig-mode",
     .title = "The controller manager's kubeconfigs can be read and written by their owner only",
     .row = "3b", .cis = "1.1.17", .severity = Severity::kHigh, .target = Target::kControllerManager, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = NamedMode,
     .setting = "kubeconfig authentication-kubeconfig authorization-kubeconfig", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 the file that --kubeconfig names",
     .why = kKubeconfigWhy, .link = kKubeconfig},
    {.id = "controller-manager-kubeconfig-owner", .title = "The controller manager's kubeconfigs belong to root",
     .row = "3b", .cis = "1.1.18", .severity = Severity::kHigh, .target = Target::kControllerManager, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = NamedOwner,
     .setting = "kubeconfig authentication-kubeconfig authorization-kubeconfig", .wanted = "root:root",
     .expected = "root:root", .remedy = "chown root:root the file that --kubeconfig names",
     .why = kKubeconfigWhy, .link = kKubeconfig},
    {.id = "pki-owner", .title = "Certificates and keys, and the folders that they lie in, belong to root",
     .row = "2a", .cis = "1.1.19", .severity = Severity::kHigh, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = PkiOwner, .setting = "", .wanted = "root:root",
     .expected = "root:root (etcd:etcd for what etcd itself uses outside /etc/kubernetes)",
     .remedy = "chown root:root FILE, for each file named",
     .why = "Whoever owns a key or a CA certificate decides whom the components trust.", .link = kCertificates},
    {.id = "pki-certificate-mode", .title = "Certificates can be written by their owner only",
     .row = "2a", .cis = "1.1.20", .severity = Severity::kMedium, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = PkiCertificateMode, .setting = "", .wanted = "644",
     .expected = "mode 644 or more restrictive", .remedy = "chmod 644 FILE, for each file named",
     .why = "Whoever writes a CA certificate decides whom the components trust.", .link = kCertificates},
    {.id = "pki-key-mode", .title = "Private keys can be read and written by their owner only",
     .row = "2a", .cis = "1.1.21", .severity = Severity::kCritical, .target = Target::kNode, .manual = false,
     .min_minor = 0, .max_minor = 0, .check = PkiKeyMode, .setting = "", .wanted = "600",
     .expected = "mode 600 or more restrictive", .remedy = "chmod 600 FILE, for each file named",
     .why = "Whoever reads a private key is the component, or issues any identity if it is a CA's.", .link = kCertificates},
};

}  // namespace

std::span<const Rule> ControlPlaneFileRules() { return kRules; }

}  // namespace seawall::rules
