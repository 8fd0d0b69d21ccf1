// Recipe row 3b on every node: who may read and write the files that start the kubelet and
// kube-proxy and that they authenticate with (CIS 4.1.1 to 4.1.10).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rules/file_checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::RunBy;

std::string WithoutUnit(const Component& kubelet) {
  if (kubelet.run_by == RunBy::kSystemd) return {};
  return fmt::format("the kubelet runs as a {}, not from a service file of its own",
                     cluster::ToString(kubelet.run_by));
}

Outcome KubeletUnitMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  std::string without = WithoutUnit(*context.component);
  if (!without.empty()) return NotApplicable(without);
  Tally tally;
  for (const std::string& file : UnitFiles(context.node, *context.component, tally)) {
    JudgeMode(context.node, file, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted, "no service file of the kubelet was found");
}

Outcome KubeletUnitOwner(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  std::string without = WithoutUnit(*context.component);
  if (!without.empty()) return NotApplicable(without);
  Tally tally;
  for (const std::string& file : UnitFiles(context.node, *context.component, tally)) {
    JudgeOwner(context.node, file, rule.wanted, tally);
  }
  return DoneOwners(std::move(tally), rule.wanted, "no service file of the kubelet was found");
}

/// The file of --config and the drop-ins of --config-dir that the kubelet reads.
std::vector<std::string> ConfigurationFiles(const Context& context, Tally& tally) {
  UsedFiles used;
  AddNamed(*context.component, "config", FileUse::kConfiguration, used);
  std::vector<std::string> files;
  for (const UsedFile& file : used.files) files.push_back(file.path);
  UsedFiles folders;
  AddNamed(*context.component, "config-dir", FileUse::kConfiguration, folders);
  std::vector<FileGap> gaps = std::move(used.gaps);
  std::ranges::move(folders.gaps, std::back_inserter(gaps));
  for (const UsedFile& folder : folders.files) {
    std::vector<std::string> found;
    ListBelow(context.node, folder.path, 8, found, gaps);
    std::ranges::copy_if(found, std::back_inserter(files),
                         [](const std::string& f) { return f.ends_with(".conf"); });
  }
  for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
  return files;
}

Outcome KubeletConfigMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  for (const std::string& file : ConfigurationFiles(context, tally)) {
    JudgeMode(context.node, file, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted, "the kubelet is given no configuration file");
}

Outcome KubeletConfigOwner(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  for (const std::string& file : ConfigurationFiles(context, tally)) {
    JudgeOwner(context.node, file, rule.wanted, tally);
  }
  return DoneOwners(std::move(tally), rule.wanted, "the kubelet is given no configuration file");
}

constexpr const char* kUnitLink =
    "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration/";
constexpr const char* kKubeconfigLink =
    "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/";
constexpr const char* kConfigLink =
    "https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/";
constexpr const char* kUnitWhy = "Whoever writes this file runs any command as root on the node.";
constexpr const char* kIdentityWhy =
    "The file holds, or points to, the key with which this component acts in the cluster.";
constexpr const char* kCaWhy =
    "Whoever writes the client CA decides who may call the kubelet as anybody.";
constexpr const char* kConfigWhy =
    "Whoever writes the kubelet's configuration may open it to everybody and run static pods as "
    "root.";

constexpr Rule kRules[] = {
    {.id = "kubelet-unit-mode",
     .title = "The kubelet's service files can be read and written by their owner only",
     .row = "3b",
     .cis = "4.1.1",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = KubeletUnitMode,
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 {where}",
     .why = kUnitWhy,
     .link = kUnitLink},
    {.id = "kubelet-unit-owner",
     .title = "The kubelet's service files belong to root",
     .row = "3b",
     .cis = "4.1.2",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = KubeletUnitOwner,
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root {where}",
     .why = kUnitWhy,
     .link = kUnitLink},
    {.id = "proxy-kubeconfig-mode",
     .title = "kube-proxy's kubeconfig can be read and written by its owner only",
     .row = "3b",
     .cis = "4.1.3",
     .severity = Severity::kHigh,
     .target = Target::kProxy,
     .check = NamedMode,
     .setting = "clientConnection.kubeconfig",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file of clientConnection.kubeconfig",
     .why = kIdentityWhy,
     .link = kKubeconfigLink},
    {.id = "proxy-kubeconfig-owner",
     .title = "kube-proxy's kubeconfig belongs to root",
     .row = "3b",
     .cis = "4.1.4",
     .severity = Severity::kHigh,
     .target = Target::kProxy,
     .check = NamedOwner,
     .setting = "clientConnection.kubeconfig",
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root the file of clientConnection.kubeconfig",
     .why = kIdentityWhy,
     .link = kKubeconfigLink},
    {.id = "kubelet-kubeconfig-mode",
     .title = "The kubelet's kubeconfig can be read and written by its owner only",
     .row = "3b",
     .cis = "4.1.5",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = NamedMode,
     .setting = "kubeconfig",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --kubeconfig names",
     .why = kIdentityWhy,
     .link = kKubeconfigLink},
    {.id = "kubelet-kubeconfig-owner",
     .title = "The kubelet's kubeconfig belongs to root",
     .row = "3b",
     .cis = "4.1.6",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = NamedOwner,
     .setting = "kubeconfig",
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root the file that --kubeconfig names",
     .why = kIdentityWhy,
     .link = kKubeconfigLink},
    {.id = "kubelet-client-ca-mode",
     .title = "The kubelet's client CA file can be written by its owner only",
     .row = "2a",
     .cis = "4.1.7",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = NamedMode,
     .setting = "authentication.x509.clientCAFile",
     .wanted = "644",
     .expected = "mode 644 or more restrictive",
     .remedy = "chmod 644 the file of authentication.x509.clientCAFile",
     .why = kCaWhy,
     .link = kConfigLink},
    {.id = "kubelet-client-ca-owner",
     .title = "The kubelet's client CA file belongs to root",
     .row = "2a",
     .cis = "4.1.8",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = NamedOwner,
     .setting = "authentication.x509.clientCAFile",
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root the file of authentication.x509.clientCAFile",
     .why = kCaWhy,
     .link = kConfigLink},
    {.id = "kubelet-config-mode",
     .title = "The kubelet's configuration files can be read and written by their owner only",
     .row = "3b",
     .cis = "4.1.9",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = KubeletConfigMode,
     .setting = "config config-dir",
     .wanted = "600",
     .expected = "mode 600 or more restrictive",
     .remedy = "chmod 600 the file that --config names",
     .why = kConfigWhy,
     .link = kConfigLink},
    {.id = "kubelet-config-owner",
     .title = "The kubelet's configuration files belong to root",
     .row = "3b",
     .cis = "4.1.10",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = KubeletConfigOwner,
     .setting = "config config-dir",
     .wanted = "root:root",
     .expected = "root:root",
     .remedy = "chown root:root the file that --config names",
     .why = kConfigWhy,
     .link = kConfigLink},
};

}  // namespace

std::span<const Rule> NodeFileRules() { return kRules; }

}  // namespace seawall::rules
