// Recipe row 3b, what CIS forgot about files: everything that a component is started and configured
// from, the folders above it, kubeconfigs wherever they lie, the encryption keys and the audit log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "rules/file_checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::RunBy;

constexpr FileUse kAllUses[] = {FileUse::kCa,           FileUse::kCertificate, FileUse::kKey,
                                FileUse::kPublicKey,    FileUse::kKubeconfig,  FileUse::kSecret,
                                FileUse::kConfiguration};

/// The files that a component's arguments, environment and settings stand in.
std::set<std::string> StartFiles(const cluster::Node& node, const Component& component,
                                 Tally& tally) {
  std::set<std::string> files;
  auto add = [&](const Place& place) {
    if (place.file.starts_with('/') && !place.file.starts_with("/proc/")) files.insert(place.file);
  };
  add(component.where);
  for (const cluster::Argument& argument : component.command.arguments) add(argument.place);
  for (const cluster::Variable& variable : component.command.environment) add(variable.place);
  for (const auto& [name, setting] : component.written) add(setting.origin.place);
  if (component.run_by == RunBy::kSystemd) {
    for (std::string& file : UnitFiles(node, component, tally)) files.insert(std::move(file));
  }
  return files;
}

Outcome StartFilesNotWritable(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  std::set<std::string> files;
  for (const Component& component : context.node.components) {
    files.merge(StartFiles(context.node, component, tally));
    UsedFiles used = NamedFiles(component, std::array{FileUse::kConfiguration});
    for (const FileGap& gap : used.gaps) {
      if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
    }
    for (const UsedFile& file : used.files) files.insert(file.path);
  }
  for (const std::string& file : files) JudgeNotWritable(context.node, file, "", tally);
  return DoneNotWritable(std::move(tally), "no component was found on this node");
}

Outcome ParentFoldersNotWritable(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  std::map<std::string, std::string> folders;  // and the account that may own each besides root
  for (const Component& component : node.components) {
    std::string account = component.kind == ComponentKind::kEtcd ? "etcd" : "";
    std::set<std::string> files = StartFiles(node, component, tally);
    for (const UsedFile& file : NamedFiles(component, kAllUses).files) files.insert(file.path);
    for (const std::string& file : files) {
      for (std::string folder = ParentFolder(file); folder != "/"; folder = ParentFolder(folder)) {
        auto [at, added] = folders.try_emplace(folder, account);
        if (!added && at->second != account) at->second.clear();
      }
    }
  }
  for (const auto& [folder, account] : folders) {
    const auto& stat = node.Stat(folder);
    if (!stat && stat.error().code == ErrorCode::kNotFound)
      continue;  // the file in it is missing too: others say so
    JudgeNotWritable(node, folder, account, tally, Thing::kFolder);
  }
  return DoneNotWritable(std::move(tally), "no component of this node names a file");
}

Outcome ProgramsNotWritable(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  std::set<std::string> programs;
  for (const Component& component : node.components) {
    if (component.in_container || component.run_by == RunBy::kStaticPod) continue;
    std::string program =
        component.process ? component.process->executable : component.command.program;
    if (program.starts_with('/')) programs.insert(program);
  }
  const auto absent = [&](const std::string& program) {
    const auto& stat = node.Stat(program);
    return !stat && stat.error().code == ErrorCode::kNotFound;
  };
  // People copy a node's configuration without its programs; then there is nothing to judge.
  if (!node.live && !programs.empty() && std::ranges::all_of(programs, absent)) {
    return NotApplicable(fmt::format("no component's program is among the files of this tree ({})",
                                     fmt::join(programs, ", ")));
  }
  for (const std::string& program : programs) JudgeNotWritable(node, program, "", tally);
  return DoneNotWritable(std::move(tally), "no component's program lies on this node");
}

Outcome StaticPodFolder(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used;
  AddNamed(*context.component, "staticPodPath", FileUse::kConfiguration, used);
  Tally tally;
  for (const FileGap& gap : used.gaps) tally.Unknown(gap.why, gap.how);
  for (const UsedFile& folder : used.files) {
    const auto& stat = node.Stat(folder.path);
    // The kubelet takes a single manifest, too.
    const bool manifest = stat && stat->type == FileStat::Type::kRegular;
    JudgeNotWritable(node, folder.path, "", tally, manifest ? Thing::kFile : Thing::kFolder);
    if (manifest) continue;
    std::vector<std::string> files;
    std::vector<FileGap> gaps;
    ListBelow(node, folder.path, 0, files, gaps);
    for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
    for (const std::string& file : files) JudgeNotWritable(node, file, "", tally);
  }
  return DoneNotWritable(std::move(tally),
                         "the kubelet reads no static pods (staticPodPath is empty)");
}

/// Kubeconfigs that a component names, those of kubeadm, k3s and RKE2, and those of the people who
/// work on the node.
Outcome KubeconfigsPrivate(const Rule& rule, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used = NamedFiles(node, std::array{FileUse::kKubeconfig});
  Tally tally;
  std::set<std::string> paths;
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
  }
  for (const UsedFile& file : used.files) {
    // A bootstrap kubeconfig is gone after the node has joined; any other that is missing lies
    // somewhere else, with a mode that nobody has seen.
    const auto& stat = node.Stat(file.path);
    const bool missing = !stat && stat.error().code == ErrorCode::kNotFound;
    if (!missing || file.setting != "bootstrap-kubeconfig") paths.insert(file.path);
  }
  for (std::string& path : FoundKubeconfigs(node)) paths.insert(std::move(path));
  for (const std::string& path : paths) {
    JudgeMode(node, path, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted, "there is no kubeconfig on this node");
}

Outcome BootstrapKubeconfigMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used;
  AddNamed(*context.component, "bootstrap-kubeconfig", FileUse::kKubeconfig, used);
  Tally tally;
  for (const FileGap& gap : used.gaps) tally.Unknown(gap.why, gap.how);
  for (const UsedFile& file : used.files) {
    const auto& stat = context.node.Stat(file.path);
    if (!stat && stat.error().code == ErrorCode::kNotFound) {
      return NotApplicable(
          fmt::format("{} is gone, as it should be once the node has joined", file.path));
    }
    JudgeMode(context.node, file.path, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted, "the kubelet is given no bootstrap kubeconfig");
}

Outcome CniProgramsNotWritable(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  std::vector<std::string> files;
  std::vector<FileGap> gaps;
  ListBelow(context.node, rule.setting, 1, files, gaps);
  for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
  for (const std::string& file : files) JudgeNotWritable(context.node, file, "", tally);
  return DoneNotWritable(std::move(tally), fmt::format("there is no {}", rule.setting));
}

Outcome CredentialProviders(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used;
  AddNamed(*context.component, rule.setting, FileUse::kConfiguration, used);
  Tally tally;
  for (const FileGap& gap : used.gaps) tally.Unknown(gap.why, gap.how);
  for (const UsedFile& folder : used.files) {
    JudgeNotWritable(context.node, folder.path, "", tally, Thing::kFolder);
    std::vector<std::string> files;
    std::vector<FileGap> gaps;
    ListBelow(context.node, folder.path, 0, files, gaps);
    for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
    for (const std::string& file : files) JudgeNotWritable(context.node, file, "", tally);
  }
  return DoneNotWritable(std::move(tally), "the kubelet runs no credential providers");
}

/// As NamedMode, but a copied tree without the log says nothing of it.
Outcome LogMode(const Rule& rule, const Context& context) {
  const cluster::Setting path = context.component->Get(rule.setting);
  const auto host = path.known() ? context.component->HostPath(path.text) : std::nullopt;
  if (host && context.node.is_machine && !context.node.live) {
    const auto& stat = context.node.Stat(*host);
    if (!stat && stat.error().code == ErrorCode::kNotFound)
      return NotApplicable(fmt::format("the log {} is not among the files of this tree", *host));
  }
  return NamedMode(rule, context);
}

constexpr const char* kSecurity =
    "https://kubernetes.io/docs/concepts/security/security-checklist/";
constexpr const char* kStaticPods =
    "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/";
constexpr const char* kEncryption =
    "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";
constexpr const char* kAudit = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";
constexpr const char* kKeysWhy =
    "The file holds the keys that encrypt every Secret in etcd, often in plain text.";

constexpr Rule kRules[] = {
    {.id = "start-files-not-writable",
     .title = "Only root can write the files that components are started and configured from",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kNode,
     .check = StartFilesNotWritable,
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FILE && chmod go-w FILE, for each file named",
     .why = "Units, drop-ins, environment files and configuration decide what runs as root.",
     .link = kSecurity},
    {.id = "parent-folders-not-writable",
     .title = "Only root can write the folders above the cluster's files",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kNode,
     .check = ParentFoldersNotWritable,
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FOLDER && chmod go-w FOLDER, for each folder named",
     .why = "Whoever writes a folder replaces the files in it, whatever their own mode is.",
     .link = kSecurity},
    {.id = "programs-not-writable",
     .title = "Only root can write the components' programs",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kNode,
     .check = ProgramsNotWritable,
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FILE && chmod go-w FILE, for each file named",
     .why = "Whoever writes the kubelet's program is root on the node after its next start.",
     .link = kSecurity},
    {.id = "static-pods-not-writable",
     .title = "Only root can write the static pods and their folder",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kKubelet,
     .check = StaticPodFolder,
     .setting = "staticPodPath",
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FILE && chmod go-w FILE, for each file named",
     .why = "A file dropped into this folder runs at once, privileged if it says so, and no "
            "admission looks at it.",
     .link = kStaticPods},
    {.id = "cni-programs-not-writable",
     .title = "Only root can write the network plugins' programs",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kNode,
     .check = CniProgramsNotWritable,
     .setting = "/opt/cni/bin",
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FILE && chmod go-w FILE, for each file named",
     .why = "The runtime runs these programs as root for every pod.",
     .link = "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/"
             "network-plugins/"},
    {.id = "credential-providers-not-writable",
     .title = "Only root can write the kubelet's image credential providers",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = CredentialProviders,
     .setting = "image-credential-provider-bin-dir",
     .expected = "owner root, no write permission for group and others",
     .remedy = "chown root:root FILE && chmod go-w FILE, for each file named",
     .why = "The kubelet runs these programs as root, and they hand out the registries' passwords.",
     .link = "https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/"},
    {.id = "kubeconfigs-private",
     .title = "No kubeconfig on the node can be read by others than its owner",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kNode,
     .check = KubeconfigsPrivate,
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 FILE, for each file named",
     .why = "A kubeconfig is a login: whoever reads it has it.",
     .link =
         "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"},
    {.id = "bootstrap-kubeconfig-mode",
     .title = "The bootstrap kubeconfig can be read and written by its owner only",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = BootstrapKubeconfigMode,
     .setting = "bootstrap-kubeconfig",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --bootstrap-kubeconfig names",
     .why = "Its token lets whoever reads it ask for a node's certificate.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/"},
    {.id = "encryption-config-mode",
     .title = "The encryption configuration can be read and written by its owner only",
     .row = "6b",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = NamedMode,
     .setting = "encryption-provider-config",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --encryption-provider-config names",
     .why = kKeysWhy,
     .link = kEncryption},
    {.id = "encryption-config-owner",
     .title = "The encryption configuration belongs to root",
     .row = "6b",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = NamedOwner,
     .setting = "encryption-provider-config",
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root the file that --encryption-provider-config names",
     .why = kKeysWhy,
     .link = kEncryption},
    {.id = "token-file-mode",
     .title = "The static token file can be read and written by its owner only",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = NamedMode,
     .setting = "token-auth-file",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "remove --token-auth-file; until then chmod 600 its file",
     .why = "The file holds logins in plain text that never expire.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"},
    {.id = "service-account-key-mode",
     .title = "The service accounts' signing key can be read and written by its owner only",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = NamedMode,
     .setting = "service-account-signing-key-file",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --service-account-signing-key-file names",
     .why = "Whoever reads this key writes tokens of any service account.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/"},
    {.id = "audit-policy-mode",
     .title = "The audit policy can be written by its owner only",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = NamedMode,
     .setting = "audit-policy-file",
     .wanted = "644",
     .expected = "mode 644 or more restrictive",
     .remedy = "chmod 644 the file that --audit-policy-file names",
     .why = "Whoever writes the policy switches the audit log off for what they are about to do.",
     .link = kAudit},
    {.id = "audit-log-mode",
     .title = "The audit log can be read and written by its owner only",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = LogMode,
     .setting = "audit-log-path",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --audit-log-path names",
     .why = "The log shows who does what, may hold secret bodies, and must not be altered after a "
            "break-in.",
     .link = kAudit},
};

}  // namespace

std::span<const Rule> OtherFileRules() { return kRules; }

}  // namespace seawall::rules
