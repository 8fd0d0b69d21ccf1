// Recipe row 2a: who may read and write certificates and private keys, wherever the components'
// settings say that they lie (CIS 1.1.19 to 1.1.21).
#include <set>

#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

constexpr const char* kCertificates =
    "https://kubernetes.io/docs/setup/best-practices/certificates/";

/// etcd reads its own certificates as the user that it runs as; elsewhere than in Kubernetes' own
/// folder they may be its.
bool MayBelongToEtcd(const UsedFile& file) {
  return file.component != nullptr && file.component->kind == ComponentKind::kEtcd &&
         !file.path.starts_with("/etc/kubernetes/");
}

void JudgePkiOwner(const cluster::Node& node, const std::string& path, bool etcd, Tally& tally,
                   Thing thing) {
  const auto& stat = node.Stat(path);
  bool of_etcd =
      etcd && stat && node.UserName(stat->uid) == "etcd" && node.GroupName(stat->gid) == "etcd";
  JudgeOwner(node, path, of_etcd ? "etcd:etcd" : "root:root", tally, thing);
}

Outcome PkiOwner(const Rule& rule, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  const UsedFiles& used = inventory->files;
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
    JudgePkiOwner(node, folder, etcd_paths.contains(folder), tally, Thing::kFolder);
  }
  for (const UsedFile& file : used.files) {
    if (seen.insert(file.path).second)
      JudgePkiOwner(node, file.path, etcd_paths.contains(file.path), tally, Thing::kFile);
  }
  return DoneOwners(std::move(tally), rule.wanted,
                    "no component names a certificate or key, and no usual folder holds one");
}

/// A file that is called a certificate or a public key may hold the private one as well.
bool HoldsPrivateKey(const cluster::Node& node, const std::string& path) {
  const auto& key = node.Key(path);
  return key && key->private_key;
}

Outcome PkiMode(const Rule& rule, const Context& context, bool keys) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  const UsedFiles& used = inventory->files;
  Tally tally;
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
  }
  std::set<std::string> key_paths, seen;
  for (const UsedFile& file : used.files) {
    if (file.use == FileUse::kKey || HoldsPrivateKey(context.node, file.path))
      key_paths.insert(file.path);
  }
  for (const UsedFile& file : used.files) {
    // A file that holds a certificate and its key is judged as a key.
    if (key_paths.contains(file.path) != keys || !seen.insert(file.path).second) continue;
    JudgeMode(context.node, file.path, ParseMode(rule.wanted), tally);
  }
  return DoneModes(
      std::move(tally), rule.wanted,
      keys ? "there is no private key on this node" : "there is no certificate on this node");
}

Outcome PkiCertificateMode(const Rule& rule, const Context& context) {
  return PkiMode(rule, context, false);
}
Outcome PkiKeyMode(const Rule& rule, const Context& context) {
  return PkiMode(rule, context, true);
}

constexpr Rule kRules[] = {
    {.id = "pki-owner",
     .title = "Certificates and keys, and the folders that they lie in, belong to root",
     .row = "2a",
     .cis = "1.1.19",
     .severity = Severity::kHigh,
     .target = Target::kNode,
     .check = PkiOwner,
     .wanted = "root:root",
     .expected = "root:root (etcd:etcd for what etcd itself uses outside /etc/kubernetes)",
     .remedy = "chown root:root FILE, for each file named",
     .why = "Whoever owns a key or a CA certificate decides whom the components trust.",
     .link = kCertificates},
    {.id = "pki-certificate-mode",
     .title = "Certificates can be written by their owner only",
     .row = "2a",
     .cis = "1.1.20",
     .severity = Severity::kMedium,
     .target = Target::kNode,
     .check = PkiCertificateMode,
     .wanted = "644",
     .expected = "mode 644 or more restrictive",
     .remedy = "chmod 644 FILE, for each file named",
     .why = "Whoever writes a CA certificate decides whom the components trust.",
     .link = kCertificates},
    {.id = "pki-key-mode",
     .title = "Private keys can be read and written by their owner only",
     .row = "2a",
     .cis = "1.1.21",
     .severity = Severity::kCritical,
     .target = Target::kNode,
     .check = PkiKeyMode,
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 FILE, for each file named",
     .why = "Whoever reads a private key is the component, or issues any identity if it is a CA's.",
     .link = kCertificates},
};

}  // namespace

std::span<const Rule> PkiFileRules() { return kRules; }

}  // namespace seawall::rules
