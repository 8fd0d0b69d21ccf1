// ReadConfigurations: parse, let each source take what it knows, read settings, put in order.
#include "cluster/configurations.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "cluster/settings.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMostBlindSpots = 20;

void AddDocument(ConfigurationInput& input, const yaml::Stream& stream, const yaml::Value& root,
                 int depth) {
  if (!root.is_mapping()) return;
  Document document;
  document.stream = &stream;
  document.root = root;
  document.kind = root["kind"].text();
  document.api_version = root["apiVersion"].text();
  const size_t slash = document.api_version.find('/');
  if (slash != std::string::npos) document.group = document.api_version.substr(0, slash);
  if (document.kind.ends_with("List") && root["items"].is_sequence() && depth < 4) {
    for (const yaml::Value& item : root["items"].Items()) {
      AddDocument(input, stream, item, depth + 1);
    }
    return;
  }
  input.documents.push_back(std::move(document));
}

ConfigurationInput Parse(const std::vector<ConfigurationSource>& sources) {
  ConfigurationInput input;
  for (const ConfigurationSource& source : sources) {
    auto stream = yaml::Parse(source.name, source.bytes);
    if (!stream) {
      Error error = std::move(stream.error());
      error.attempt = "read the configuration";
      if (source.bytes.find("{{") != std::string::npos) {
        error.todo = "it looks like a template: render it first (helm template, kustomize build)";
      }
      input.unreadable.push_back(
          {std::move(error), {std::begin(kAllComponents), std::end(kAllComponents)}});
      continue;
    }
    input.streams.push_back(std::make_unique<yaml::Stream>(std::move(*stream)));
    const yaml::Stream& kept = *input.streams.back();
    for (size_t i = 0; i < kept.documents(); ++i) AddDocument(input, kept, kept.root(i), 0);
  }
  return input;
}

/// A structured kind and the kube-apiserver flag that names its file.
struct FlagOfKind {
  const char* group;
  const char* kind;
  const char* flag;
};
constexpr FlagOfKind kFlagOfKind[] = {
    {"apiserver.config.k8s.io", "AuthenticationConfiguration", "authentication-config"},
    {"apiserver.config.k8s.io", "AuthorizationConfiguration", "authorization-config"},
    {"apiserver.config.k8s.io", "EncryptionConfiguration", "encryption-provider-config"},
    {"apiserver.config.k8s.io", "AdmissionConfiguration", "admission-control-config-file"},
    {"apiserver.k8s.io", "EgressSelectorConfiguration", "egress-selector-config-file"},
    {"audit.k8s.io", "Policy", "audit-policy-file"}};

/// Documents of the same input that a flag of the API server names a file for: taken for that file
/// when there is one cluster and one document of that kind, for nobody keeps them by their path on
/// the node.
void BindLoose(ConfigurationInput& input, Draft& draft) {
  for (const Component& component : draft.node.components) {
    if (component.kind != ComponentKind::kApiServer) continue;
    for (const FlagOfKind& of : kFlagOfKind) {
      const Setting setting = component.Get(of.flag);
      if (!setting.written() || setting.text.empty()) continue;
      const auto host = component.HostPath(setting.text);
      if (!host || draft.files->Stat(*host)) continue;
      Document* only = nullptr;
      size_t found = 0;
      for (Document& d : input.documents) {
        if (!d.Is(of.group, of.kind)) continue;
        only = &d;
        ++found;
      }
      if (found != 1) continue;
      draft.AddDocument(*host, *only);
      only->used = true;
    }
  }
}

Setting Written(const std::string& name, const std::string& text, OriginKind origin,
                const Place& place, const std::string& note) {
  Setting setting;
  setting.name = name;
  setting.state = SettingState::kSet;
  setting.text = text;
  setting.items = {{text, place}};
  setting.origin = {origin, place, note};
  return setting;
}

/// What the tool writes by itself, and what patches write last.
void ApplyToolDefaults(const Draft& draft, Component& component) {
  for (const Draft::ToolDefault& d : draft.defaults) {
    if (d.kind != component.kind) continue;
    const auto known = component.written.find(d.setting);
    if (known != component.written.end() && !d.forced) continue;
    Setting setting = Written(d.setting, d.text, OriginKind::kDefault, {}, d.note);
    setting.state = SettingState::kDefault;
    if (known != component.written.end()) {
      if (known->second.text == d.text) continue;
      setting.overrode.push_back({known->second.text, known->second.origin});
    }
    component.written[d.setting] = std::move(setting);
  }
  const auto patched = draft.patched.find(component.kind);
  if (patched == draft.patched.end()) return;
  for (Setting setting : patched->second) {
    const auto known = component.written.find(setting.name);
    if (known != component.written.end()) {
      setting.overrode.push_back({known->second.text, known->second.origin});
    }
    component.written[setting.name] = std::move(setting);
  }
}

void Settle(ConfigurationInput& input, Draft& draft, const ReadOptions& options, bool bind_loose) {
  Node& node = draft.node;
  node.is_machine = false;
  node.files = draft.files;
  for (Component& component : node.components) {
    const auto given = options.versions.find(component.kind);
    if (!component.version && given != options.versions.end()) component.version = given->second;
    component.run_by = RunBy::kConfiguration;
    ReadSettings(node, component);
    ApplyToolDefaults(draft, component);
  }
  if (bind_loose) BindLoose(input, draft);
  for (Component& component : node.components) {
    kinds::AddProblemsBehind(node, component);
    ForgiveTools(component);
  }
  std::stable_sort(node.components.begin(), node.components.end(),
                   [](const Component& a, const Component& b) {
                     return a.kind != b.kind ? a.kind < b.kind : a.instance < b.instance;
                   });
  if (!options.roles.empty()) node.roles = options.roles;
  for (size_t i = 0; i < input.unreadable.size() && i < kMostBlindSpots; ++i) {
    node.blind_spots.push_back(input.unreadable[i]);
  }
}

/// Two nodes of one name get the file's name beside it, and then a number.
void NameNodes(std::vector<Draft>& drafts, const ReadOptions& options) {
  std::set<std::string> taken;
  for (Draft& draft : drafts) {
    std::string& name = draft.node.name;
    if (!options.name.empty() && drafts.size() == 1) name = options.name;
    if (name.empty()) name = BaseName(draft.node.root);
    if (taken.contains(name)) name = fmt::format("{} ({})", name, draft.node.root);
    const std::string base = name;
    for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{} {}", base, i);
  }
}

size_t CountDescribed(const std::vector<Draft>& drafts) {
  size_t count = 0;
  for (const Draft& draft : drafts) count += std::max<size_t>(1, draft.node.components.size() / 4);
  return count;
}

std::string AllNames(const std::vector<ConfigurationSource>& sources) {
  std::string names;
  for (size_t i = 0; i < sources.size() && i < 3; ++i) {
    names += (i == 0 ? "" : ", ") + sources[i].name;
  }
  if (sources.size() > 3) names += fmt::format(" and {} more", sources.size() - 3);
  return names.empty() ? "nothing was given" : names;
}

std::unexpected<Error> TooMuch(const std::vector<ConfigurationSource>& sources) {
  return Fail(ErrorCode::kLimit, "audit the configuration", AllNames(sources),
              fmt::format("it describes more than {} nodes or components", kMostDescribed),
              "give it in parts, a cluster at a time");
}

}  // namespace

Result<std::vector<Node>> ReadConfigurations(const std::vector<ConfigurationSource>& sources,
                                             const ReadOptions& options) {
  ConfigurationInput input = Parse(sources);
  std::vector<Draft> drafts;
  ReadClusterApi(input, drafts);
  ReadKops(input, drafts);
  ReadKubeadm(input, drafts);
  ReadManifests(input, drafts);
  ReadDistributionFiles(input, drafts);
  if (CountDescribed(drafts) > kMostDescribed) return TooMuch(sources);
  for (Draft& draft : drafts) Settle(input, draft, options, drafts.size() == 1);
  std::vector<Draft> rest;
  ReadComponentConfigurations(input, rest);
  if (CountDescribed(drafts) + rest.size() > kMostDescribed) return TooMuch(sources);
  for (Draft& draft : rest) {
    Settle(input, draft, options, false);
    drafts.push_back(std::move(draft));
  }
  if (drafts.empty()) {
    if (!input.unreadable.empty()) return std::unexpected(input.unreadable.front().error);
    return Fail(ErrorCode::kUnsupported, "audit the configuration", AllNames(sources),
                "no configuration that seawall knows in it",
                "give kubeadm, Cluster API, kops, k3s or RKE2 configuration, a component's own "
                "configuration, or static pod manifests");
  }
  NameNodes(drafts, options);
  std::vector<Node> nodes;
  for (Draft& draft : drafts) {
    std::set<std::string> read = {draft.node.root};
    for (const auto& [path, shown] : draft.node.shown_as) read.insert(shown);
    draft.node.read.assign(read.begin(), read.end());
    nodes.push_back(std::move(draft.node));
  }
  return nodes;
}

}  // namespace seawall::cluster
