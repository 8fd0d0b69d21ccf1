// Recipe row 3b on the kubelet: configuration that it does not read as one may think. Without
// --config old and open defaults hold, a mistyped field is nothing, and of --config-dir it reads
// some files only.
#include <fmt/format.h>

#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

using cluster::Problem;
using cluster::Setting;

Outcome HasConfiguration(const Rule& rule, const Context& context) {
  if (std::optional<Outcome> assumed = StartIsAssumed(context)) return *assumed;
  if (!context.node.is_machine) return NotApplicable("this is the kubelet's configuration itself");
  Setting setting = context.component->Get(rule.setting);
  if (!setting.known()) return UnknownSetting(*context.component, setting);
  if (!setting.text.empty()) {
    for (const cluster::Gap& gap : context.component->gaps) {
      if (gap.only_fields) return Unknown(gap.why, gap.how, {EvidenceOf(setting)});
    }
    return Pass(Says(*context.component, setting), {EvidenceOf(setting)});
  }
  return Fails(
      "the kubelet has no --config: the defaults of its old flags hold (anonymous callers, "
      "AlwaysAllow, port 10255)",
      {EvidenceOf(setting)});
}

/// The kubelet's problems of one kind, in configuration files.
Outcome Without(const Context& context, Problem::Kind kind, const char* good) {
  const cluster::Component& kubelet = *context.component;
  Tally tally;
  if (!kubelet.unknown.empty()) tally.Unknown(kubelet.unknown, kubelet.how);
  for (const cluster::Gap& gap : kubelet.gaps) tally.Unknown(gap.why, gap.how);
  for (const Problem& problem : kubelet.problems) {
    if (problem.kind == kind)
      tally.Bad(EvidenceIn(problem.setting, "[as written]", problem.place), problem.text);
  }
  Outcome outcome = std::move(tally).Done("");
  return outcome.verdict == Verdict::kNotApplicable ? Pass(good) : outcome;
}

Outcome FieldsAreKnown(const Rule&, const Context& context) {
  Outcome outcome = Without(context, Problem::Kind::kUnknownField,
                            "the kubelet knows every field of its configuration");
  if (outcome.verdict != Verdict::kPass) return outcome;
  return VersionInDoubt(*context.component).value_or(std::move(outcome));
}

Outcome KeysStandOnce(const Rule&, const Context& context) {
  return Without(context, Problem::Kind::kDuplicateKey,
                 "no key of the kubelet's configuration stands twice");
}

/// Why the kubelet takes nothing from a drop-in; empty when it reads it.
std::string Ignored(const Context& context, const std::string& path, Tally& tally) {
  if (!path.ends_with(".conf")) return "its name does not end with .conf";
  const auto& yaml = context.node.Yaml(path);
  if (!yaml) {
    tally.Unknown(yaml.error().ToString(),
                  "read it with the kubelet's own eyes: journalctl -u kubelet");
    return {};
  }
  yaml::Value root = yaml->root();
  if (!root.exists() || root.is_null()) return "it is empty";
  if (root["kind"].text() != "KubeletConfiguration")
    return "it does not say kind: KubeletConfiguration";
  if (!root["apiVersion"].text().starts_with("kubelet.config.k8s.io/")) {
    return "it does not say apiVersion: kubelet.config.k8s.io/v1beta1";
  }
  return {};
}

Outcome DropInsAreRead(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used;
  AddNamed(*context.component, rule.setting, FileUse::kConfiguration, used);
  Tally tally;
  for (const FileGap& gap : used.gaps) tally.Unknown(gap.why, gap.how);
  for (const UsedFile& folder : used.files) {
    const auto& stat = context.node.Stat(folder.path);
    if (!stat) {
      FileGap gap = GapOf("--config-dir", stat.error());
      tally.Unknown(gap.why, gap.how);
      continue;
    }
    std::vector<std::string> files;
    std::vector<FileGap> gaps;
    ListBelow(context.node, folder.path, 8, files, gaps);
    for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
    for (const std::string& file : files) {
      std::string why = Ignored(context, file, tally);
      Evidence evidence = EvidenceIn("config-dir", file, Place{file, 0, 0, {}});
      if (why.empty()) {
        tally.Good(std::move(evidence));
      } else {
        tally.Bad(std::move(evidence), fmt::format("{}: {}", file, why));
      }
    }
  }
  return std::move(tally).Done("the kubelet is given no --config-dir, or there is nothing in it");
}

constexpr const char* kLink =
    "https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/";

constexpr Rule kRules[] = {
    {.id = "kubelet-has-config",
     .title = "The kubelet is configured by a file, whose defaults are the safe ones",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = HasConfiguration,
     .setting = "config",
     .expected = "--config names a file",
     .remedy = "write a KubeletConfiguration and name it with --config at {where}",
     .why =
         "Without a file anonymous callers, AlwaysAllow and the read-only port are the defaults.",
     .link = kLink},
    {.id = "kubelet-config-known-fields",
     .title = "The kubelet's configuration has no field that the kubelet does not know",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = FieldsAreKnown,
     .expected = "fields of KubeletConfiguration only",
     .remedy = "correct or remove the field at {where}",
     .why =
         "A mistyped field is passed over with a line in the log, and the default holds instead.",
     .link = kLink},
    {.id = "kubelet-config-keys-once",
     .title = "No key stands twice in the kubelet's configuration",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = KeysStandOnce,
     .expected = "every key once",
     .remedy = "remove one of the two keys at {where}",
     .why = "One of the two values is lost, and which is not what a reader expects.",
     .link = kLink},
    {.id = "kubelet-dropins-read",
     .title = "Every file of the kubelet's drop-in folder is one that it reads",
     .row = "3a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = DropInsAreRead,
     .setting = "config-dir",
     .expected = "names that end with .conf, with apiVersion and kind",
     .remedy = "rename {where} so that it ends with .conf, and begin it with apiVersion: "
               "kubelet.config.k8s.io/v1beta1 and "
               "kind: KubeletConfiguration",
     .why = "What somebody hardened in a file that is not read is not hardened.",
     .link = kLink},
};

}  // namespace

std::span<const Rule> KubeletConfigRules() { return kRules; }

}  // namespace seawall::rules
