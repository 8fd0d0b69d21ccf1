// Recipe row 3b, least privilege: what admission refuses although authorization allowed it
// (CIS 1.2.3, 1.2.9 to 1.2.14).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "rules/admission_set.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

namespace kinds = cluster::kinds;

constexpr const char* kAdmission =
    "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/";
constexpr const char* kPodSecurity =
    "https://kubernetes.io/docs/tasks/configure-pod-container/"
    "enforce-standards-admission-controller/";

Outcome EventsAreLimited(const Rule& rule, const Context& context) {
  Outcome plugin = PluginsRun(rule, context);
  if (plugin.verdict != Verdict::kPass) return plugin;
  const auto loaded = kinds::LoadEventRateLimit(context.node, *context.component);
  if (loaded.state == kinds::LoadState::kNotSet) {
    Outcome outcome = Fails("EventRateLimit runs, and nothing says what its limits are",
                            std::move(plugin.evidence));
    outcome.remedy = "name the limits in the file of --admission-control-config-file";
    return outcome;
  }
  if (auto end = EndOf(context, loaded, Verdict::kUnknown)) return *end;
  for (const auto& limit : loaded->limits) {
    plugin.evidence.push_back(
        EvidenceIn("limits.qps", std::to_string(limit.qps.value), limit.place));
  }
  if (loaded->limits.empty()) {
    return Fails("EventRateLimit runs without any limit",
                 {EvidenceIn("limits", "", loaded->place)});
  }
  plugin.reason = "EventRateLimit runs, with limits";
  return Trusted(context, loaded, std::move(plugin));
}

Outcome PodsAreRestrictedByDefault(const Rule&, const Context& context) {
  const PluginState plugin = FindPlugin(*context.component, "PodSecurity");
  if (plugin.end) return *plugin.end;
  if (!plugin.on) return NotApplicable(plugin.reason);
  const auto loaded = kinds::LoadPodSecurity(context.node, *context.component);
  if (loaded.state == kinds::LoadState::kNotSet) {
    return Fails(
        "without an AdmissionConfiguration a namespace without labels takes privileged pods",
        {EvidenceOf(loaded.setting)});
  }
  if (auto end = EndOf(context, loaded, Verdict::kUnknown)) return *end;
  const Evidence evidence =
      EvidenceIn("defaults.enforce", loaded->enforce.value, loaded->enforce.place);
  const std::string says = fmt::format("a namespace without labels takes {} pods",
                                       PrintableShort(loaded->enforce.value, 50));
  const bool good = loaded->enforce.value == "baseline" || loaded->enforce.value == "restricted";
  return Trusted(context, loaded, good ? Pass(says, {evidence}) : Fails(says, {evidence}));
}

constexpr Rule kRules[] = {
    {.id = "admission-no-external-ips",
     .title = "No new Service may take external addresses",
     .row = "3b",
     .cis = "1.2.3",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "enable-admission-plugins",
     .wanted = "DenyServiceExternalIPs",
     .expected = "DenyServiceExternalIPs in --enable-admission-plugins",
     .remedy = "add DenyServiceExternalIPs to --enable-admission-plugins at {where}",
     .why = "Whoever may create a Service takes over traffic to any address with externalIPs "
            "(CVE-2020-8554).",
     .link = kAdmission},
    {.id = "admission-event-rate-limit",
     .title = "The rate of events is limited",
     .row = "3b",
     .cis = "1.2.9",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = EventsAreLimited,
     .setting = "enable-admission-plugins",
     .wanted = "EventRateLimit",
     .expected = "EventRateLimit in --enable-admission-plugins, and its limits in the file of "
                 "--admission-control-config-file",
     .remedy = "add EventRateLimit to --enable-admission-plugins, and its limits to the file of "
               "--admission-control-config-file, at {where}",
     .why = "A pod that makes events without end fills etcd, and the cluster stands still.",
     .link = kAdmission},
    {.id = "admission-not-always-admit",
     .title = "Admission does not let everything through",
     .row = "3b",
     .cis = "1.2.10",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = PluginsDoNotRun,
     .setting = "enable-admission-plugins",
     .wanted = "AlwaysAdmit",
     .expected = "no AlwaysAdmit",
     .remedy = "take AlwaysAdmit away at {where}",
     .why = "It stands for admission that checks nothing.",
     .link = kAdmission},
    {.id = "admission-always-pull-images",
     .title = "Every pod's image is pulled with that pod's own credentials",
     .row = "3b",
     .cis = "1.2.11",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "enable-admission-plugins",
     .wanted = "AlwaysPullImages",
     .expected = "AlwaysPullImages in --enable-admission-plugins",
     .remedy = "add AlwaysPullImages to --enable-admission-plugins at {where}",
     .why = "Without it a pod uses any private image that somebody else's pod has brought to the "
            "node.",
     .link = kAdmission},
    {.id = "admission-service-account",
     .title = "Pods get a service account's token by the rules",
     .row = "3b",
     .cis = "1.2.12",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "ServiceAccount",
     .expected = "ServiceAccount runs (it does by default)",
     .remedy = "take ServiceAccount away from --disable-admission-plugins at {where}",
     .why = "Without it a pod may name a service account that it has no right to, or none.",
     .link = kAdmission},
    {.id = "admission-namespace-lifecycle",
     .title = "Nothing is created in namespaces that do not exist or are being deleted",
     .row = "3b",
     .cis = "1.2.13",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "NamespaceLifecycle",
     .expected = "NamespaceLifecycle runs (it does by default)",
     .remedy = "take NamespaceLifecycle away from --disable-admission-plugins at {where}",
     .why = "Without it the system's namespaces can be deleted, and objects live on in namespaces "
            "that are gone.",
     .link = kAdmission},
    {.id = "admission-node-restriction",
     .title = "A kubelet may only change its own node and its own pods",
     .row = "3b",
     .cis = "1.2.14",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "enable-admission-plugins",
     .wanted = "NodeRestriction",
     .expected = "NodeRestriction in --enable-admission-plugins (it is not on by default)",
     .remedy = "add NodeRestriction to --enable-admission-plugins at {where}",
     .why = "Without it whoever breaks into one node relabels others and draws their pods and "
            "Secrets to it.",
     .link = kAdmission},
    {.id = "admission-pod-security",
     .title = "Pod Security Standards are enforced where namespaces ask for them",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .min_minor = 23,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "PodSecurity",
     .expected = "PodSecurity runs (it does by default)",
     .remedy = "take PodSecurity away from --disable-admission-plugins at {where}",
     .why = "Without it the labels on namespaces do nothing, and every pod may be privileged.",
     .link = kPodSecurity},
    {.id = "admission-pod-security-default",
     .title = "A namespace without labels takes no privileged pods",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .min_minor = 23,
     .check = PodsAreRestrictedByDefault,
     .setting = "admission-control-config-file",
     .expected = "defaults.enforce is baseline or restricted in the PodSecurityConfiguration",
     .remedy = "set --admission-control-config-file to an AdmissionConfiguration whose PodSecurity "
               "defaults enforce baseline, at {where}",
     .why = "Whoever may create pods in a namespace that was forgotten is root on a node.",
     .link = kPodSecurity},
    {.id = "admission-certificates",
     .title = "Certificate requests are approved and signed only by those who may",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "CertificateApproval CertificateSigning CertificateSubjectRestriction",
     .expected = "CertificateApproval, CertificateSigning and CertificateSubjectRestriction run "
                 "(they do by default)",
     .remedy = "take them away from --disable-admission-plugins at {where}",
     .why =
         "Without them whoever may update requests gives himself a certificate of system:masters.",
     .link = kAdmission},
    {.id = "admission-policies-run",
     .title = "Webhooks and policies that validate requests are asked",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .min_minor = 30,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "ValidatingAdmissionWebhook MutatingAdmissionWebhook ValidatingAdmissionPolicy",
     .expected = "ValidatingAdmissionWebhook, MutatingAdmissionWebhook and "
                 "ValidatingAdmissionPolicy run (they do by default)",
     .remedy = "take them away from --disable-admission-plugins at {where}",
     .why = "Every policy engine of the cluster would be switched off without anybody noticing.",
     .link = kAdmission},
    {.id = "admission-quota",
     .title = "Quotas and limits of namespaces hold",
     .row = "3b",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = PluginsRun,
     .setting = "disable-admission-plugins",
     .wanted = "ResourceQuota LimitRanger",
     .expected = "ResourceQuota and LimitRanger run (they do by default)",
     .remedy = "take them away from --disable-admission-plugins at {where}",
     .why = "Without them one namespace takes everything that the nodes and etcd have.",
     .link = kAdmission},
};

}  // namespace

std::span<const Rule> AdmissionRules() { return kRules; }

}  // namespace seawall::rules
