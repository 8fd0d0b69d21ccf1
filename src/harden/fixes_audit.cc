// Row 3d: an audit policy and a log of our own where there is none, and the smallest mending of
// what is there.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/edit_yaml.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

constexpr const char* kPolicyFile = "/etc/kubernetes/audit/policy.yaml";
constexpr const char* kLogFile = "/var/log/kubernetes/audit/audit.log";

/// Tiers: what is asked all day by the cluster itself is left out, bodies that hold secrets are
/// never written, changes of rights are written whole, everything else as who did what.
constexpr const char* kPolicy =
    R"(# Written by seawall harden: who did what, without the bodies of secrets.
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
- RequestReceived
rules:
# Asked all day by the cluster itself, and telling nothing.
- level: None
  nonResourceURLs:
  - /healthz*
  - /livez*
  - /readyz*
- level: None
  users:
  - system:kube-proxy
  verbs:
  - watch
  resources:
  - group: discovery.k8s.io
    resources:
    - endpointslices
- level: None
  userGroups:
  - system:nodes
  verbs:
  - get
  - update
  - patch
  resources:
  - group: coordination.k8s.io
    resources:
    - leases
# Bodies that hold secrets are never written.
- level: Metadata
  resources:
  - group: ""
    resources:
    - secrets
    - configmaps
    - serviceaccounts/token
  - group: authentication.k8s.io
    resources:
    - tokenreviews
# Who gave which rights to whom, whole.
- level: RequestResponse
  verbs:
  - create
  - update
  - patch
  - delete
  - deletecollection
  resources:
  - group: rbac.authorization.k8s.io
# Everything else: who did what, and when.
- level: Metadata
)";

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

Result<Draft> Policy(const Fix&, const FixContext& context) {
  const cluster::Setting present = context.component->Get("audit-policy-file");
  if (present.written() && !present.text.empty())
    return Missing(fmt::format("--audit-policy-file names {}, which cannot be used as it is",
                               PrintableShort(present.text, 100)),
                   "mend that file");
  Draft draft;
  // What an earlier apply wrote is there still when kubeadm upgrade has written the manifest anew.
  const auto& written = context.node.Bytes(kPolicyFile);
  const bool ours = written && *written == kPolicy;
  if (!ours && context.node.files->LinkStat(kPolicyFile))
    return Missing(fmt::format("{} is there, and nobody uses it", kPolicyFile),
                   "look whether it is the policy that you want, and name it with "
                   "--audit-policy-file; or take it away");
  if (!ours) {
    if (auto file = NewFile(context, kPolicyFile, kPolicy, draft); !file)
      return std::unexpected(file.error());
  }
  auto mount = EnsureMount(context, "seawall-audit-policy", FolderOf(kPolicyFile), true, draft);
  if (!mount) return std::unexpected(mount.error());
  auto flag = Want(context, "audit-policy-file", Wanted::Text(kPolicyFile), draft);
  if (!flag) return std::unexpected(flag.error());
  return draft;
}

Result<Draft> Log(const Fix&, const FixContext& context) {
  const std::string path = context.Get("audit-log-path").value_or(kLogFile);
  if (!path.starts_with('/'))
    return Missing("the log's path must be absolute, for - is the container's own output",
                   "--set audit-log-path=/FOLDER/FILE");
  Draft draft;
  const std::string folder = FolderOf(path);
  for (size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    const bool last = slash == std::string::npos;
    if (!part.empty() && !context.node.Stat(part))
      draft.touches.push_back(Touch::Folder(part, last ? 0700 : 0755));
    if (last) break;
  }
  auto mount = EnsureMount(context, "seawall-audit-log", folder, false, draft);
  if (!mount) return std::unexpected(mount.error());
  auto flag = Want(context, "audit-log-path", Wanted::Text(path), draft);
  if (!flag) return std::unexpected(flag.error());
  draft.notes.push_back(
      fmt::format("the log grows to (--audit-log-maxbackup + 1) times "
                  "--audit-log-maxsize MB below {}",
                  folder));
  return draft;
}

Result<Draft> MountLog(const Fix&, const FixContext& context) {
  const cluster::Setting path = context.component->Get("audit-log-path");
  if (!path.known() || !path.text.starts_with('/'))
    return Missing("--audit-log-path names no file", "name a file");
  Draft draft;
  auto mount = EnsureMount(context, "seawall-audit-log", FolderOf(path.text), false, draft);
  if (!mount) return std::unexpected(mount.error());
  return draft;
}

/// The rules of the policy that is there; an error when there is no such list.
Result<Draft> EditRules(const FixContext& context, bool first, Fresh rule) {
  const cluster::Setting file = context.component->Get("audit-policy-file");
  const auto path = file.known() ? context.component->HostPath(file.text) : std::nullopt;
  if (!path) return Missing("the audit policy's file is not known", "mend the policy by hand");
  const auto& stream = context.node.Yaml(*path);
  if (!stream) return std::unexpected(stream.error());
  const yaml::Value rules = stream->root(0)["rules"];
  if (!rules.is_sequence()) return Missing("the policy has no rules", "mend the policy by hand");
  auto edit = SpliceFor(*stream, {YamlEdit::Kind::kInsertItem, rules.id(), first ? 0 : rules.size(),
                                  "", std::move(rule)});
  if (!edit) return std::unexpected(edit.error());
  Draft draft;
  draft.touches.push_back(Touch::Splice(*path, std::move(*edit)));
  return draft;
}

Fresh Resources(const char* group, std::vector<Fresh> names) {
  return Fresh::Map({{"group", Fresh::Text(group)}, {"resources", Fresh::List(std::move(names))}});
}

Result<Draft> NoSecretBodies(const Fix&, const FixContext& context) {
  return EditRules(
      context, true,
      Fresh::Map(
          {{"level", Fresh::Text("Metadata")},
           {"resources",
            Fresh::List({Resources("", {Fresh::Text("secrets"), Fresh::Text("configmaps"),
                                        Fresh::Text("serviceaccounts/token")}),
                         Resources("authentication.k8s.io", {Fresh::Text("tokenreviews")})})}}));
}

/// Whether the policy's last rule is for everything that no rule before it spoke of.
bool EndsWithTheRest(yaml::Value rules) {
  if (rules.size() == 0) return false;
  const yaml::Value last = rules[rules.size() - 1];
  return last.size() == 1 && last["level"].exists() && last["level"].text() != "None";
}

/// Whether the finding is that something is recorded with too much, not that it is left out.
bool IsTooMuch(const rules::Finding& finding) {
  return std::ranges::any_of(finding.outcome.evidence, [](const rules::Evidence& evidence) {
    return evidence.setting == "rules.level" && evidence.value.starts_with("Request");
  });
}

Result<Draft> CoverTheRest(const Fix& fix, const FixContext& context) {
  if (IsTooMuch(context.finding)) return NoSecretBodies(fix, context);
  const cluster::Setting file = context.component->Get("audit-policy-file");
  const auto path = file.known() ? context.component->HostPath(file.text) : std::nullopt;
  const auto* stream = path ? &context.node.Yaml(*path) : nullptr;
  if (stream != nullptr && *stream && EndsWithTheRest((*stream)->root(0)["rules"]))
    return Missing("an earlier rule of the policy leaves it out, and only a person knows why",
                   "take the rule of level None away");
  return EditRules(context, false, Fresh::Map({{"level", Fresh::Text("Metadata")}}));
}

constexpr const char* kDays = "for how many days audit logs are kept (the benchmark says 30)";

constexpr Fix kFixes[] = {
    {.rule = "audit-policy", .make = Policy},
    {.rule = "audit-policy-no-secret-bodies", .make = NoSecretBodies},
    {.rule = "audit-policy-covers-key-concerns", .make = CoverTheRest},
    {.rule = "audit-log-path", .make = Log},
    {.rule = "audit-log-outlives-container", .make = MountLog},
    {.rule = "audit-log-maxage",
     .make = SetParameter,
     .parameter = "audit-log-maxage",
     .what = kDays},
    {.rule = "audit-log-maxbackup",
     .make = SetParameter,
     .parameter = "audit-log-maxbackup",
     .what = "how many old audit logs are kept (the benchmark says 10)"},
    {.rule = "audit-log-maxsize",
     .make = SetParameter,
     .parameter = "audit-log-maxsize",
     .what = "how many megabytes an audit log may have (the benchmark says 100)"},
    {.rule = "audit-log-rotates",
     .make = SetParameter,
     .parameter = "audit-log-maxsize",
     .what = "how many megabytes an audit log may have (the benchmark says 100)"},
    {.rule = "audit-log-format", .make = SetValue},
    {.rule = "audit-log-mode-blocking", .make = SetValue, .value = "blocking"},
};

}  // namespace

std::span<const Fix> AuditFixes() { return kFixes; }

}  // namespace seawall::harden
