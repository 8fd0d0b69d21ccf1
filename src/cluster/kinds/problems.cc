// Every structured file behind a component's settings, held against what the component takes.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>

#include "cluster/admission.h"
#include "cluster/kinds/load.h"

namespace seawall::cluster::kinds {
namespace {

struct Out {
  std::vector<Problem> problems;
  std::vector<Gap> unread;
};

void Add(Out& out, Problem::Kind kind, const std::string& setting, const std::string& why,
         const Place& place) {
  out.problems.push_back({kind, true, setting, fmt::format("--{}: {}", setting, why), place});
}

/// What `loaded` says, under the flag's name.
template <typename T>
void Collect(Out& out, const std::string& setting, const Loaded<T>& loaded) {
  const Place& place = loaded.setting.origin.place;
  switch (loaded.state) {
    case LoadState::kNotMounted:
    case LoadState::kMissing:
      Add(out, Problem::Kind::kMissingFile, setting, loaded.why, place);
      return;
    case LoadState::kMalformed:
      Add(out, Problem::Kind::kMalformedFile, setting, loaded.why, place);
      return;
    case LoadState::kUnreadable:
      out.unread.push_back({false, fmt::format("--{}: {}", setting, loaded.why), loaded.how});
      return;
    default:
      break;
  }
  if (!loaded.view) return;
  for (const Problem& p : loaded.view->problems) {
    out.problems.push_back(
        {p.kind, p.fatal, setting, fmt::format("--{}: {}", setting, p.text), p.place});
  }
}

std::span<const char* const> KubeconfigSettings(ComponentKind kind) {
  static constexpr const char* kServer[] = {"audit-webhook-config-file",
                                            "authentication-token-webhook-config-file",
                                            "authorization-webhook-config-file"};
  static constexpr const char* kClients[] = {"kubeconfig", "authentication-kubeconfig",
                                             "authorization-kubeconfig"};
  switch (kind) {
    case ComponentKind::kApiServer:
      return kServer;
    case ComponentKind::kControllerManager:
    case ComponentKind::kScheduler:
      return kClients;
    default:
      return {};
  }
}

/// Seen on the genuine server: of a plugin that does not run nothing is read, neither its file nor
/// what stands inline; two plugins do not start without a configuration of their own.
void CollectPlugins(Out& out, const Node& node, const Component& server,
                    const Loaded<AdmissionConfiguration>& admission) {
  constexpr const char* kSetting = "admission-control-config-file";
  const auto runs = [&](const char* plugin) {
    return cluster::AdmissionPlugin(server, plugin).state == PluginState::kOn;
  };
  if (admission && runs("PodSecurity")) Collect(out, kSetting, LoadPodSecurity(node, server));
  if (admission && runs("EventRateLimit")) Collect(out, kSetting, LoadEventRateLimit(node, server));
  if (!admission && admission.state != LoadState::kNotSet) return;
  for (const char* plugin : {"EventRateLimit", "ImagePolicyWebhook"}) {
    const PluginUse use = cluster::AdmissionPlugin(server, plugin);
    if (use.state != PluginState::kOn) continue;
    const AdmissionPlugin* found = admission ? admission->Find(plugin) : nullptr;
    if (found != nullptr && (found->configuration.exists() || !found->path->empty())) continue;
    Add(out, Problem::Kind::kConflict, use.setting.name,
        fmt::format("the plugin {} does not start without a configuration of its own in "
                    "--admission-control-config-file",
                    plugin),
        use.setting.origin.place);
  }
}

/// In configuration, where there is no node yet: the tool that names this kubeconfig writes it
/// (kubeadm's controller-manager.conf, RKE2's scheduler.kubeconfig), and whoever starts the
/// component by the tool has it. One that the user names is his to give.
bool IsOfItsTool(const Node& node, const Component& component, const Setting& setting) {
  return !node.is_machine && component.kind != ComponentKind::kApiServer &&
         setting.origin.kind == OriginKind::kDefault && !setting.origin.note.empty();
}

}  // namespace

std::vector<Problem> ProblemsBehind(const Node& node, const Component& component,
                                    std::vector<Gap>* unread) {
  Out out;
  if (!component.unknown.empty()) return {};
  if (component.kind == ComponentKind::kApiServer) {
    Collect(out, "authentication-config", LoadAuthentication(node, component));
    Collect(out, "authorization-config", LoadAuthorization(node, component));
    Collect(out, "encryption-provider-config", LoadEncryption(node, component));
    Collect(out, "audit-policy-file", LoadAuditPolicy(node, component));
    Collect(out, "egress-selector-config-file", LoadEgressSelector(node, component));
    const auto admission = LoadAdmission(node, component);
    Collect(out, "admission-control-config-file", admission);
    CollectPlugins(out, node, component, admission);
  }
  for (const char* setting : KubeconfigSettings(component.kind)) {
    // Without a policy no event goes anywhere, and the webhook's file is not opened.
    const Setting policy = component.Get("audit-policy-file");
    if (setting == std::string_view("audit-webhook-config-file") && policy.known() &&
        policy.text.empty())
      continue;
    const auto loaded = LoadKubeconfig(node, component, setting);
    if (loaded.state == LoadState::kUnreadable && IsOfItsTool(node, component, loaded.setting))
      continue;
    Collect(out, setting, loaded);
  }
  if (unread != nullptr) *unread = std::move(out.unread);
  return std::move(out.problems);
}

void AddProblemsBehind(const Node& node, Component& component) {
  std::set<std::string> told;
  for (const Problem& p : component.problems) {
    if (p.kind == Problem::Kind::kMissingFile) told.insert(p.setting);
  }
  std::vector<Gap> unread;
  for (Problem& p : ProblemsBehind(node, component, &unread)) {
    if (p.kind == Problem::Kind::kMissingFile && told.contains(p.setting)) continue;
    component.problems.push_back(std::move(p));
  }
  std::ranges::move(unread, std::back_inserter(component.unread));
}

}  // namespace seawall::cluster::kinds
