// kops' Cluster and InstanceGroup. Its component sections are the components' flags in camelCase
// (kops builds its command lines from them by struct tags); what a section leaves out kops decides
// when it builds the cluster, by rules of its own for each of its versions: unknown here.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/base64.h"
#include "base/text.h"
#include "cluster/configurations.h"
#include "cluster/versions/tables.h"

namespace seawall::cluster {
namespace {

constexpr const char* kWhy = "kops decides it when it builds the cluster";
constexpr const char* kHow =
    "audit a node of the cluster, or write the field into the specification";

struct Section {
  const char* field;
  ComponentKind kind;
};
constexpr Section kSections[] = {{"kubeAPIServer", ComponentKind::kApiServer},
                                 {"kubeControllerManager", ComponentKind::kControllerManager},
                                 {"kubeScheduler", ComponentKind::kScheduler},
                                 {"kubeProxy", ComponentKind::kProxy}};

/// Fields whose flag is called otherwise, and fields that are no flags although one sounds like
/// them ("").
constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"auditlogmaxbackups", "audit-log-maxbackup"},
    {"enableprofiling", "profiling"},
    {"loglevel", "v"},
    {"logformat", "logging-format"},
    {"authenticationconfigfile", "authentication-config"},
    {"authorizationconfigfile", "authorization-config"},
    {"master", ""},
    {"image", ""},
    {"enabled", ""}};

std::string Plain(std::string_view name) {
  std::string plain = Lower(name);
  std::erase(plain, '-');
  return plain;
}

/// Flags by their names without dashes, for one component in any version.
class FlagNames {
 public:
  explicit FlagNames(std::string_view component) {
    for (const versions::FlagRow& row : versions::Flags()) {
      if (component == row.component) names_.emplace(Plain(row.name), row.name);
    }
  }
  std::string_view Of(std::string_view field) const {
    const std::string plain = Plain(field);
    for (const auto& [from, to] : kNames) {
      if (plain == from) return to;
    }
    const auto found = names_.find(plain);
    return found == names_.end() ? std::string_view() : found->second;
  }

 private:
  std::unordered_map<std::string, std::string_view> names_;
};

/// Lists and maps of a section are joined as kops joins them.
Argument JoinedArgument(std::string_view flag, const yaml::Value& value) {
  std::vector<std::string> parts;
  for (const yaml::Value& item : value.Items()) parts.push_back(item.text());
  for (const yaml::Value::Pair& pair : value.Pairs()) {
    parts.push_back(pair.key.text() + "=" + pair.value.text());
  }
  Argument argument;
  argument.text = fmt::format("--{}={}", flag, Join(parts, ","));
  argument.place = value.place();
  argument.origin = OriginKind::kFlag;
  argument.unknown = TemplateIn(argument.text);
  return argument;
}

void TakeSection(const yaml::Value& section, const FlagNames& names, Component& component) {
  for (const yaml::Value::Pair& pair : section.Pairs()) {
    const std::string_view flag = names.Of(pair.key.text());
    if (flag.empty() || pair.value.is_null()) continue;
    component.command.arguments.push_back(pair.value.is_scalar()
                                              ? ConfiguredArgument(flag, pair.value)
                                              : JoinedArgument(flag, pair.value));
  }
}

bool Sets(const Component& component, std::string_view flag) {
  const std::string prefix = fmt::format("--{}=", flag);
  return std::any_of(component.command.arguments.begin(), component.command.arguments.end(),
                     [&](const Argument& a) { return a.text.starts_with(prefix); });
}

void Say(Component& component, std::string_view flag, std::string_view value,
         const yaml::Value& where) {
  if (Sets(component, flag)) return;
  Argument argument = ToolArgument(flag, value, "kops makes it of this field");
  argument.origin = OriginKind::kFlag;
  argument.place = where.place();
  component.command.arguments.push_back(std::move(argument));
}

class KopsCluster {
 public:
  KopsCluster(const Document& document, Draft& draft)
      : spec_(document.root["spec"]), document_(document), draft_(draft) {
    version_ = VersionOf(spec_["kubernetesVersion"], "kubernetesVersion");
  }

  void Add() {
    for (const Section& s : kSections) {
      if (s.kind == ComponentKind::kProxy && spec_.Path("kubeProxy.enabled").AsBool() == false)
        continue;
      Component component = Start(s.kind, spec_[s.field]);
      TakeSection(spec_[s.field], FlagNames(ToString(s.kind)), component);
      if (s.kind == ComponentKind::kApiServer) TakeClusterFields(component);
      draft_.node.components.push_back(std::move(component));
    }
    const char* own =
        spec_["controlPlaneKubelet"].exists() ? "controlPlaneKubelet" : "masterKubelet";
    AddKubelet("control plane", {spec_["kubelet"], spec_[own]});
    AddKubelet("nodes", {spec_["kubelet"]});
    for (const yaml::Value& cluster : spec_["etcdClusters"].Items()) AddEtcd(cluster);
    draft_.node.roles = {Role::kControlPlane, Role::kEtcd};
  }

  void AddKubelet(const std::string& instance, std::initializer_list<yaml::Value> sections) {
    Component component = Start(ComponentKind::kKubelet, *sections.begin());
    component.instance = instance;
    const FlagNames names("kubelet");
    for (const yaml::Value& section : sections) TakeSection(section, names, component);
    draft_.node.components.push_back(std::move(component));
  }

 private:
  Component Start(ComponentKind kind, const yaml::Value& section) const {
    Component component;
    component.kind = kind;
    component.instance = document_.root.Path("metadata.name").text();
    component.where = section.exists() ? section.place() : document_.root.place();
    component.owner_hint = "kops";
    component.version = version_;
    component.command.program = ToString(kind);
    component.gaps.push_back({false, kWhy, kHow});
    return component;
  }

  /// What kops makes of fields outside of kubeAPIServer (pkg/model/components/apiserver.go).
  void TakeClusterFields(Component& component) const {
    const yaml::Value authorization = spec_["authorization"];
    if (authorization["rbac"].exists()) {
      Say(component, "authorization-mode", "Node,RBAC", authorization["rbac"]);
    } else if (authorization["alwaysAllow"].exists()) {
      Say(component, "authorization-mode", "AlwaysAllow", authorization["alwaysAllow"]);
    }
    const yaml::Value encryption = spec_["encryptionConfig"];
    if (encryption.AsBool() == true) {
      Say(component, "encryption-provider-config", "/srv/kubernetes/encryptionconfig.yaml",
          encryption);
    } else if (encryption.AsBool() == false) {
      Say(component, "encryption-provider-config", "", encryption);
    }
  }

  void AddEtcd(const yaml::Value& cluster) const {
    Component component = Start(ComponentKind::kEtcd, cluster);
    component.instance = "etcd " + cluster["name"].text();
    component.version = VersionOf(cluster["version"], "version of the etcd cluster");
    for (const yaml::Value& variable : cluster.Path("manager.env").Items()) {
      component.command.environment.push_back(
          {variable["name"].text(), variable["value"].text(),
           variable["value"].exists() ? variable["value"].place() : variable.place(),
           TemplateIn(variable["value"].text())});
    }
    draft_.node.components.push_back(std::move(component));
  }

  yaml::Value spec_;
  const Document& document_;
  Draft& draft_;
  std::optional<Version> version_;
};

/// `fileAssets:` with their content: kops lays them on its nodes. Without a path they lie in a
/// folder of kops' own.
void TakeAssets(const yaml::Value& spec, Draft& draft) {
  for (const yaml::Value& asset : spec["fileAssets"].Items()) {
    const yaml::Value content = asset["content"];
    if (!content.is_scalar() || !TemplateIn(content.text()).empty()) continue;
    std::string path = asset["path"].text();
    if (path.empty()) path = "/srv/kubernetes/assets/" + asset["name"].text();
    if (!path.starts_with('/')) continue;
    if (!asset["isBase64"].AsBool().value_or(false)) {
      draft.AddText(path, content);
    } else if (auto bytes = DecodeBase64(content.text())) {
      draft.files->Add(path, std::move(*bytes));
      draft.node.shown_as[path] = fmt::format("{} (base64 in {})", path, content.stream()->file());
    }
  }
}

bool IsKops(const Document& d, std::string_view kind) {
  return d.kind == kind && (d.group == "kops.k8s.io" || d.group == "kops");
}

/// InstanceGroups of a cluster: their kubelet sections are kubelets of their own.
void AddInstanceGroups(ConfigurationInput& input, const Document& cluster, Draft& draft) {
  const std::string& name = cluster.root.Path("metadata.name").text();
  for (Document& d : input.documents) {
    if (!IsKops(d, "InstanceGroup")) continue;
    const std::string& of = d.root["metadata"]["labels"]["kops.k8s.io/cluster"].text();
    if (!of.empty() && of != name) continue;
    d.used = true;
    TakeAssets(d.root["spec"], draft);
    const yaml::Value kubelet = d.root.Path("spec.kubelet");
    if (!kubelet.is_mapping()) continue;
    KopsCluster(cluster, draft)
        .AddKubelet("instance group " + d.root.Path("metadata.name").text(),
                    {cluster.root.Path("spec.kubelet"), kubelet});
  }
}

}  // namespace

void ReadKops(ConfigurationInput& input, std::vector<Draft>& drafts) {
  for (Document& d : input.documents) {
    if (!IsKops(d, "Cluster") || !d.root["spec"].is_mapping() || drafts.size() > kMostDescribed)
      continue;
    Draft draft;
    draft.node.name = d.root.Path("metadata.name").text();
    draft.node.root = d.stream->file();
    TakeAssets(d.root["spec"], draft);
    KopsCluster(d, draft).Add();
    AddInstanceGroups(input, d, draft);
    d.used = true;
    drafts.push_back(std::move(draft));
  }
}

}  // namespace seawall::cluster
