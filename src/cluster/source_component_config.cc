// What belongs to no cluster description: static pod manifests, the components' own configuration
// kinds, etcd's configuration file. A structured file of the API server alone says nothing of the
// rest of it: a fragment.
#include <fmt/format.h>

#include <map>

#include "cluster/configurations.h"
#include "cluster/pod_container.h"

namespace seawall::cluster {
namespace {

struct OwnKind {
  std::string_view group, kind;
  ComponentKind component;
  const char* flag;
  std::initializer_list<const char*> speaks_of;
};
const OwnKind kOwnKinds[] = {
    {"apiserver.config.k8s.io",
     "AuthenticationConfiguration",
     ComponentKind::kApiServer,
     "authentication-config",
     {"authentication-config"}},
    {"apiserver.config.k8s.io",
     "AuthorizationConfiguration",
     ComponentKind::kApiServer,
     "authorization-config",
     {"authorization-config"}},
    {"apiserver.config.k8s.io",
     "EncryptionConfiguration",
     ComponentKind::kApiServer,
     "encryption-provider-config",
     {"encryption-provider-config"}},
    {"apiserver.config.k8s.io",
     "AdmissionConfiguration",
     ComponentKind::kApiServer,
     "admission-control-config-file",
     {"admission-control-config-file"}},
    {"apiserver.k8s.io",
     "AdmissionConfiguration",
     ComponentKind::kApiServer,
     "admission-control-config-file",
     {"admission-control-config-file"}},
    {"apiserver.k8s.io",
     "EgressSelectorConfiguration",
     ComponentKind::kApiServer,
     "egress-selector-config-file",
     {"egress-selector-config-file"}},
    {"audit.k8s.io",
     "Policy",
     ComponentKind::kApiServer,
     "audit-policy-file",
     {"audit-policy-file"}},
    {"kubelet.config.k8s.io",
     "KubeletConfiguration",
     ComponentKind::kKubelet,
     "config",
     {"config"}},
    {"kubeproxy.config.k8s.io",
     "KubeProxyConfiguration",
     ComponentKind::kProxy,
     "config",
     {"config"}},
    {"kubescheduler.config.k8s.io",
     "KubeSchedulerConfiguration",
     ComponentKind::kScheduler,
     "config",
     {"config", "profiling", "contention-profiling", "kubeconfig", "leader-elect"}}};

/// Where a component would read the document: its file's own name, so that messages name what
/// people gave.
std::string PathFor(const Document& d) {
  const std::string& name = d.stream->file();
  const bool plain = name.find("//") == std::string::npos && name.find("./") == std::string::npos &&
                     !name.ends_with('/');
  if (!plain || name.empty()) return "/given/" + BaseName(name);
  return name.front() == '/' ? name : "/" + name;
}

Draft Fragment(const OwnKind& own, Document& d) {
  Draft draft;
  draft.node.root = d.stream->file();
  Component component;
  component.kind = own.component;
  component.instance = d.stream->file();
  component.where = d.root.place();
  component.command.program = ToString(own.component);
  component.fragment = true;
  for (const char* setting : own.speaks_of) component.only_settings.insert(setting);
  // A file that says who is anonymous decides what the flag would.
  if (own.flag == std::string_view("authentication-config") && d.root["anonymous"].exists())
    component.only_settings.insert("anonymous-auth");
  const std::string path = PathFor(d);
  Argument argument = ToolArgument(own.flag, path, "given with -f");
  argument.origin = OriginKind::kFile;
  argument.place = d.root.place();
  component.command.arguments.push_back(std::move(argument));
  draft.AddDocument(path, d);
  draft.node.components.push_back(std::move(component));
  draft.node.roles = {own.component == ComponentKind::kKubelet ||
                              own.component == ComponentKind::kProxy
                          ? Role::kWorker
                          : Role::kControlPlane};
  d.used = true;
  return draft;
}

/// etcd's configuration file has no kind: known by two of its keys.
bool IsEtcd(const yaml::Value& root) {
  static constexpr const char* kKeys[] = {
      "listen-client-urls",          "listen-peer-urls",          "advertise-client-urls",
      "initial-advertise-peer-urls", "initial-cluster",           "client-transport-security",
      "peer-transport-security",     "initial-cluster-token",     "data-dir",
      "initial-cluster-state",       "auto-compaction-retention", "quota-backend-bytes"};
  size_t found = 0;
  for (const char* key : kKeys) found += root[key].exists();
  return found >= 2;
}

Draft Etcd(Document& d) {
  Draft draft;
  draft.node.root = d.stream->file();
  Component component;
  component.kind = ComponentKind::kEtcd;
  component.instance = d.stream->file();
  component.where = d.root.place();
  component.command.program = "etcd";
  const std::string path = PathFor(d);
  component.command.arguments.push_back(ToolArgument("config-file", path, "given with -f"));
  draft.AddDocument(path, d);
  draft.node.components.push_back(std::move(component));
  draft.node.roles = {Role::kEtcd};
  d.used = true;
  return draft;
}

std::string FolderOf(const std::string& file) {
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash);
}

}  // namespace

void ReadManifests(ConfigurationInput& input, std::vector<Draft>& drafts) {
  std::map<std::string, Draft> by_folder;
  for (Document& d : input.documents) {
    if (d.used || d.kind != "Pod" || d.api_version != "v1") continue;
    for (const yaml::Value& container : d.root.Path("spec.containers").Items()) {
      std::optional<Component> component = ReadContainer(d.root, container);
      if (!component) continue;
      d.used = true;
      const std::string folder = FolderOf(d.stream->file());
      Draft& draft = by_folder[folder];
      if (draft.node.root.empty()) draft.node.root = d.stream->file();
      component->instance = d.stream->file();
      component->in_container = true;
      if (component->kind != ComponentKind::kProxy) draft.node.roles.insert(Role::kControlPlane);
      if (component->kind == ComponentKind::kEtcd) draft.node.roles.insert(Role::kEtcd);
      draft.node.components.push_back(std::move(*component));
    }
  }
  for (auto& [folder, draft] : by_folder) {
    if (draft.node.components.size() > 1 && !folder.empty()) draft.node.root = folder;
    drafts.push_back(std::move(draft));
  }
}

void ReadComponentConfigurations(ConfigurationInput& input, std::vector<Draft>& drafts) {
  for (size_t i = 0; i < input.documents.size() && drafts.size() <= kMostDescribed; ++i) {
    Document& d = input.documents[i];
    if (d.used) continue;
    for (const OwnKind& own : kOwnKinds) {
      if (d.Is(own.group, own.kind)) drafts.push_back(Fragment(own, d));
    }
    if (!d.used && d.kind.empty() && d.api_version.empty() && IsEtcd(d.root))
      drafts.push_back(Etcd(d));
  }
}

}  // namespace seawall::cluster
