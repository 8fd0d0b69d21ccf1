// Recipe row 3d: where the audit log is kept, for how long, and whether it leaves the cluster
// (CIS 1.2.16 to 1.2.19).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/place_text.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kAuditing = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";
constexpr const char* kBackends =
    "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-backends";

constexpr const char* kStdoutHow =
    "look at the runtime's limits for containers' logs, or at journald's";

/// At least `wanted` of the log's files are kept. Without a log nothing is; 0 is no promise of
/// anything, for the disk is full one day.
Outcome LogIsKept(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const Setting path = component.Get("audit-log-path");
  if (path.state == SettingState::kUnknown) return UnknownSetting(component, path);
  if (Empty(path)) {
    Outcome outcome = Fails(Says(component, path) + ": no log is kept, so that nothing is retained",
                            {EvidenceOf(path)});
    outcome.remedy = fmt::format("set --audit-log-path and --{}={} at {}", rule.setting,
                                 rule.wanted, StartText(component));
    return outcome;
  }
  const Setting setting = component.Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(component, setting);
  if (path.text == "-") {
    return Unknown(
        "the log goes to the standard output, and kube-apiserver does not decide how long that is "
        "kept",
        kStdoutHow, {EvidenceOf(path), EvidenceOf(setting)});
  }
  const auto value = cluster::ParseInt(setting.text);
  const auto wanted = cluster::ParseInt(rule.wanted);
  const std::string says = Says(component, setting);
  if (value && wanted && *value >= *wanted) return Pass(says, {EvidenceOf(setting)});
  if (value && *value == 0) {
    return Fails(says + ", which sets no limit of its own and keeps files until the disk is full",
                 {EvidenceOf(setting)});
  }
  return Fails(says, {EvidenceOf(setting)});
}

Outcome LogRotates(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const Setting path = component.Get("audit-log-path");
  if (path.state == SettingState::kUnknown) return UnknownSetting(component, path);
  if (Empty(path)) return NotApplicable(Says(component, path));
  if (path.text == "-") return NotApplicable("the log goes to the standard output");
  const Setting age = component.Get("audit-log-maxage");
  const Setting backups = component.Get("audit-log-maxbackup");
  const Setting size = component.Get("audit-log-maxsize");
  for (const Setting* setting : {&age, &backups, &size}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(component, *setting);
  }
  std::vector<Evidence> evidence = {EvidenceOf(size), EvidenceOf(backups), EvidenceOf(age)};
  // Since 1.36 a size of 0 means that the file is never rotated; before, it meant 100 MB.
  const bool never_rotates =
      size.text == "0" && component.version && component.version->minor >= 36;
  if (size.text == "0" && !component.version) {
    return Unknown(
        "whether --audit-log-maxsize=0 rotates depends on the version, which is not known",
        "say it with --component-version kube-apiserver=VERSION", std::move(evidence));
  }
  if (never_rotates)
    return Fails("--audit-log-maxsize is 0: the file is never rotated", std::move(evidence));
  if (age.text == "0" && backups.text == "0") {
    return Fails("neither --audit-log-maxage nor --audit-log-maxbackup removes old files",
                 std::move(evidence));
  }
  return Pass("the log is rotated, and old files are removed", std::move(evidence));
}

Outcome LogOutlivesContainer(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const Setting path = component.Get("audit-log-path");
  if (path.state == SettingState::kUnknown) return UnknownSetting(component, path);
  if (Empty(path) || path.text == "-") return NotApplicable(Says(component, path));
  if (!component.in_container)
    return Pass("kube-apiserver writes to the node itself", {EvidenceOf(path)});
  if (component.HostPath(path.text)) {
    return Pass(fmt::format("{} is a folder of the node", PrintableShort(path.text, 150)),
                {EvidenceOf(path)});
  }
  if (!path.text.starts_with('/')) {
    return Unknown(
        fmt::format("{} is relative to a folder that is not known", PrintableShort(path.text, 150)),
        "write the whole path", {EvidenceOf(path)});
  }
  return Fails(
      fmt::format("{} lies in the container, and goes with it", PrintableShort(path.text, 150)),
      {EvidenceOf(path)});
}

Outcome LogLeavesTheCluster(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const Setting webhook = component.Get("audit-webhook-config-file");
  const Setting path = component.Get("audit-log-path");
  for (const Setting* setting : {&webhook, &path}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(component, *setting);
  }
  if (!Empty(webhook)) {
    if (auto doubt = DoubtOfFile(context, webhook.text)) {
      return Unknown("the file of --audit-webhook-config-file cannot be relied on: " + doubt->why,
                     doubt->how, {EvidenceOf(webhook)});
    }
    return Pass("events are sent to the webhook of --audit-webhook-config-file",
                {EvidenceOf(webhook)});
  }
  if (Empty(path)) {
    return Fails(
        "neither --audit-log-path nor --audit-webhook-config-file is set: there is nothing to "
        "store",
        {EvidenceOf(path), EvidenceOf(webhook)});
  }
  if (path.text == "-") {
    return Unknown(
        "the log goes to the standard output, and whether something ships that elsewhere cannot be "
        "seen here",
        "look whether an agent of the log system reads this container's output",
        {EvidenceOf(path)});
  }
  return Unknown(
      "the log is a file of this node, and whether something ships it elsewhere cannot be seen "
      "here",
      "look whether an agent of the log system reads that file, or set --audit-webhook-config-file",
      {EvidenceOf(path)});
}

Outcome LogIsJson(const Rule& rule, const Context& context) {
  const Setting path = context.component->Get("audit-log-path");
  if (path.known() && Empty(path)) return NotApplicable(Says(*context.component, path));
  return IsValue(rule, context);
}

Outcome LogIsBlocking(const Rule& rule, const Context& context) {
  const Setting path = context.component->Get("audit-log-path");
  if (path.known() && Empty(path)) return NotApplicable(Says(*context.component, path));
  return IsNot(rule, context);
}

constexpr Rule kRules[] = {
    {.id = "audit-log-path",
     .title = "kube-apiserver writes an audit log",
     .row = "3d",
     .cis = "1.2.16",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = IsGiven,
     .setting = "audit-log-path",
     .expected = "--audit-log-path names a file",
     .remedy = "set --audit-log-path=/var/log/kubernetes/audit/audit.log at {where}, with that "
               "folder mounted, and a policy",
     .why = "Without a log nobody can find out what happened, or who did it.",
     .link = kAuditing},
    {.id = "audit-log-maxage",
     .title = "Old audit logs are kept for at least 30 days",
     .row = "3d",
     .cis = "1.2.17",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogIsKept,
     .setting = "audit-log-maxage",
     .wanted = "30",
     .expected = "30 or more",
     .remedy = "set --audit-log-maxage=30 at {where}",
     .why = "Most break-ins are noticed weeks after they happened.",
     .link = kAuditing},
    {.id = "audit-log-maxbackup",
     .title = "At least ten old audit logs are kept",
     .row = "3d",
     .cis = "1.2.18",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogIsKept,
     .setting = "audit-log-maxbackup",
     .wanted = "10",
     .expected = "10 or more",
     .remedy = "set --audit-log-maxbackup=10 at {where}",
     .why = "Whoever makes a lot of noise otherwise rotates away what he did before.",
     .link = kAuditing},
    {.id = "audit-log-maxsize",
     .title = "An audit log of 100 MB or more is kept before it is rotated",
     .row = "3d",
     .cis = "1.2.19",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogIsKept,
     .setting = "audit-log-maxsize",
     .wanted = "100",
     .expected = "100 or more (MB)",
     .remedy = "set --audit-log-maxsize=100 at {where}",
     .why = "With small files the log reaches back for hours only.",
     .link = kAuditing},
    {.id = "audit-log-rotates",
     .title = "The audit log cannot fill the disk",
     .row = "3d",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogRotates,
     .setting = "audit-log-maxsize",
     .expected = "the log is rotated by size, and old files are removed by age or number",
     .remedy = "set --audit-log-maxsize=100, --audit-log-maxbackup=10 and --audit-log-maxage=30 at "
               "{where}",
     .why = "A full disk stops etcd and kube-apiserver, and anybody who may send requests can fill "
            "it.",
     .link = kAuditing},
    {.id = "audit-log-outlives-container",
     .title = "The audit log is still there after kube-apiserver restarts",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = LogOutlivesContainer,
     .setting = "audit-log-path",
     .expected = "--audit-log-path lies in a hostPath volume",
     .remedy = "mount a folder of the node where --audit-log-path writes at {where}",
     .why = "Whoever crashes kube-apiserver would remove his traces.",
     .link = kBackends},
    {.id = "audit-log-outside-cluster",
     .title = "The audit log is stored outside the cluster",
     .row = "3d",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .manual = true,
     .check = LogLeavesTheCluster,
     .setting = "audit-webhook-config-file",
     .expected = "--audit-webhook-config-file, or an agent that ships the file",
     .remedy = "send the events to a collector outside the cluster: set "
               "--audit-webhook-config-file at {where}",
     .why = "Whoever takes the cluster over changes the logs that lie in it.",
     .link = kBackends},
    {.id = "audit-webhook-tls",
     .title = "Audit events are sent over verified TLS",
     .row = "3d",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = WebhookIsVerified,
     .setting = "audit-webhook-config-file",
     .expected = "an https:// server, without insecure-skip-tls-verify",
     .remedy = "use https:// and the server's CA instead of insecure-skip-tls-verify at {where}",
     .why = "Whoever stands on the way reads every request, and drops those that show him.",
     .link = kBackends},
    {.id = "audit-log-format",
     .title = "The audit log is written as JSON",
     .row = "3d",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogIsJson,
     .setting = "audit-log-format",
     .wanted = "json",
     .expected = "--audit-log-format is json (the default)",
     .remedy = "set --audit-log-format=json at {where}",
     .why = "The old format leaves most of an event out.",
     .link = kBackends},
    {.id = "audit-log-mode-blocking",
     .title = "Events reach the log before the answer is given",
     .row = "3d",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = LogIsBlocking,
     .setting = "audit-log-mode",
     .wanted = "batch",
     .expected = "blocking (the default) or blocking-strict",
     .remedy = "set --audit-log-mode=blocking at {where}",
     .why = "With batch, events are lost when kube-apiserver crashes or its buffer is full.",
     .link = kBackends},
};

}  // namespace

std::span<const Rule> AuditLogRules() { return kRules; }

}  // namespace seawall::rules
