#include "cluster/kinds/load.h"

#include <fmt/format.h>

#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

LoadState StateOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return LoadState::kMissing;
    case ErrorCode::kMalformed:
    case ErrorCode::kLimit:
    case ErrorCode::kUnsupported:
      return LoadState::kMalformed;
    default:
      return LoadState::kUnreadable;
  }
}

const char* HowFor(LoadState state) {
  switch (state) {
    case LoadState::kNotMounted:
      return "mount the file into the pod with a hostPath volume";
    case LoadState::kMissing:
      return "put the file there, or take the setting away";
    case LoadState::kUnreadable:
      return "run seawall as root, on the node itself";
    case LoadState::kMalformed:
      return "mend the file: the component does not start with it";
    default:
      return "";
  }
}

void Follow(const Node& node, const Component& component, LocatedFile& out) {
  const std::optional<std::string> host = component.HostPath(out.path);
  if (!host) {
    out.state = LoadState::kNotMounted;
    out.why = fmt::format("{} is not mounted from the node into the container", Quote(out.path));
    out.how = HowFor(out.state);
    return;
  }
  out.host_path = *host;
  const Result<yaml::Stream>& stream = node.Yaml(out.host_path);
  if (stream) {
    out.stream = &*stream;
    out.state = LoadState::kLoaded;
    return;
  }
  const Error& error = stream.error();
  out.state = StateOf(error.code);
  if (!node.is_machine && error.code == ErrorCode::kNotFound) {
    out.state = LoadState::kUnreadable;
    out.why = fmt::format("{} is not among the given files", Quote(out.path));
    out.how = "give the file too, or audit the node";
    return;
  }
  out.why = fmt::format("{}: {}", error.where.empty() ? out.host_path : error.where, error.why);
  out.how = HowFor(out.state);
}

/// Decodes what was located. `read` is given the parsed file.
template <typename T, typename Read>
Loaded<T> Decode(LocatedFile file, Read read) {
  Loaded<T> loaded{
      file.state,          std::move(file.setting), std::move(file.path), std::move(file.host_path),
      std::move(file.why), std::move(file.how),     std::nullopt};
  if (file.stream == nullptr) return loaded;
  Result<T> view = read(*file.stream);
  if (!view) {
    loaded.state = LoadState::kMalformed;
    loaded.why = fmt::format("{}: {}", loaded.path, view.error().why);
    loaded.how = HowFor(loaded.state);
    return loaded;
  }
  loaded.view = std::move(*view);
  return loaded;
}

/// After the last problem was added: whether the component takes the file.
template <typename T>
void Settle(Loaded<T>& loaded) {
  if (!loaded.view) return;
  const Problem* fatal = loaded.view->FirstFatal();
  if (fatal == nullptr) return;
  loaded.state = LoadState::kRefused;
  loaded.why = fmt::format("{}:{}: the component refuses the file: {}", loaded.path,
                           fatal->place.line, fatal->text);
  loaded.how = HowFor(LoadState::kMalformed);
}

template <typename T>
Loaded<T> LoadFlag(const Node& node, const Component& component, std::string_view flag,
                   Result<T> (*read)(const yaml::Stream&, const Reader&)) {
  const Reader reader = ReaderFor(component);
  return Decode<T>(Locate(node, component, flag),
                   [&](const yaml::Stream& stream) { return read(stream, reader); });
}

void Refuse(View& view, std::string path, std::string text, const Place& place) {
  view.problems.push_back(
      {Problem::Kind::kBadValue, true, std::move(path), std::move(text), place});
}

}  // namespace

Reader ReaderFor(const Component& component) {
  if (!component.version || component.version->major == 0) return {};
  return {versions::Minor{component.version->major, component.version->minor}};
}

LocatedFile Locate(const Node& node, const Component& component, std::string_view name) {
  LocatedFile out;
  out.setting = component.Get(name);
  if (out.setting.state == SettingState::kAbsent) {
    out.state = LoadState::kNotSet;
    return out;
  }
  if (!out.setting.known()) {
    out.why = out.setting.why.empty() ? fmt::format("--{} is not known", name) : out.setting.why;
    out.how = out.setting.how;
    return out;
  }
  if (out.setting.text.empty()) {
    out.state = LoadState::kNotSet;
    return out;
  }
  out.path = out.setting.text;
  Follow(node, component, out);
  return out;
}

LocatedFile LocatePath(const Node& node, const Component& component, std::string_view path) {
  LocatedFile out;
  if (path.empty()) {
    out.state = LoadState::kNotSet;
    return out;
  }
  out.path = path;
  Follow(node, component, out);
  return out;
}

Loaded<AuthenticationConfiguration> LoadAuthentication(const Node& node,
                                                       const Component& component) {
  auto loaded = LoadFlag(node, component, "authentication-config", ReadAuthentication);
  if (loaded.view) {
    const Setting issuers = component.Get("service-account-issuer");
    for (size_t i = 0; i < loaded.view->jwt.size(); ++i) {
      const auto& url = loaded.view->jwt[i].url;
      if (!issuers.known() || url->empty() || !issuers.Contains(*url)) continue;
      const std::string path = At("jwt", i) + ".issuer.url";
      Refuse(*loaded.view, path, path + " is a service-account issuer too", url.place);
    }
  }
  Settle(loaded);
  return loaded;
}

Loaded<AuthorizationConfiguration> LoadAuthorization(const Node& node, const Component& component) {
  auto loaded = LoadFlag(node, component, "authorization-config", ReadAuthorization);
  if (loaded.view) {
    for (size_t i = 0; i < loaded.view->authorizers.size(); ++i) {
      const auto& webhook = loaded.view->authorizers[i].webhook;
      if (!webhook || webhook->kubeconfig_file->empty()) continue;
      const LocatedFile file = LocatePath(node, component, *webhook->kubeconfig_file);
      if (file.state != LoadState::kMissing && file.state != LoadState::kNotMounted) continue;
      Refuse(*loaded.view, At("authorizers", i) + ".webhook.connectionInfo.kubeConfigFile",
             file.why, webhook->kubeconfig_file.place);
    }
  }
  Settle(loaded);
  return loaded;
}

Loaded<EncryptionConfiguration> LoadEncryption(const Node& node, const Component& component) {
  auto loaded = LoadFlag(node, component, "encryption-provider-config", ReadEncryption);
  const Reader reader = ReaderFor(component);
  const bool v1_needs_gate = reader.version && reader.version->minor >= 29;
  if (loaded.view && v1_needs_gate) {
    const Setting gates = component.Get("feature-gates");
    const bool may_be_on = !gates.known() || gates.Contains("KMSv1=true") ||
                           gates.Contains("AllAlpha=true") || gates.Contains("AllBeta=true");
    for (const EncryptionResources& entry : loaded.view->resources) {
      for (const EncryptionProvider& provider : entry.providers) {
        if (provider.type != ProviderType::kKms || *provider.kms.api_version != "v1") continue;
        if (may_be_on) continue;
        Refuse(*loaded.view, "kms.apiVersion",
               "KMS v1 (what a missing apiVersion means) is refused without the feature gate KMSv1",
               provider.kms.api_version.place);
      }
    }
  }
  Settle(loaded);
  return loaded;
}

Loaded<EgressSelectorConfiguration> LoadEgressSelector(const Node& node,
                                                       const Component& component) {
  auto loaded = LoadFlag(node, component, "egress-selector-config-file", ReadEgressSelector);
  Settle(loaded);
  return loaded;
}

Loaded<AuditPolicy> LoadAuditPolicy(const Node& node, const Component& component) {
  auto loaded = LoadFlag(node, component, "audit-policy-file", ReadAuditPolicy);
  Settle(loaded);
  return loaded;
}

Loaded<AdmissionConfiguration> LoadAdmission(const Node& node, const Component& component) {
  auto loaded = LoadFlag(node, component, "admission-control-config-file", ReadAdmission);
  Settle(loaded);
  return loaded;
}

namespace {

/// The configuration of one plugin: inline, or a file beside the AdmissionConfiguration.
template <typename T>
Loaded<T> LoadPlugin(const Node& node, const Component& component, std::string_view plugin,
                     Result<T> (*read)(const yaml::Value&, const Reader&)) {
  const Loaded<AdmissionConfiguration> admission = LoadAdmission(node, component);
  Loaded<T> loaded{admission.state, admission.setting, admission.path, admission.host_path,
                   admission.why,   admission.how,     std::nullopt};
  if (!admission) return loaded;
  const AdmissionPlugin* found = admission->Find(plugin);
  loaded.state = LoadState::kNotSet;
  if (found == nullptr) return loaded;
  const Reader reader = ReaderFor(component);
  LocatedFile file{
      LoadState::kLoaded, admission.setting, admission.path, admission.host_path, "", "", nullptr};
  yaml::Value document = found->configuration;
  if (!document.exists()) {
    if (found->path->empty()) return loaded;
    file = LocatePath(node, component, ResolveKubeconfigPath(admission.path, *found->path));
    file.setting = admission.setting;
    if (file.stream != nullptr) document = file.stream->root();
  } else {
    file.stream = document.stream();
  }
  loaded = Decode<T>(std::move(file), [&](const yaml::Stream&) { return read(document, reader); });
  Settle(loaded);
  return loaded;
}

Loaded<Kubeconfig> DecodeKubeconfig(const Node& node, LocatedFile file) {
  const std::string path = file.host_path;
  auto loaded = Decode<Kubeconfig>(std::move(file),
                                   [&](const yaml::Stream&) { return node.Kubeconfig(path); });
  Settle(loaded);
  return loaded;
}

}  // namespace

Loaded<PodSecurityConfiguration> LoadPodSecurity(const Node& node, const Component& component) {
  return LoadPlugin(node, component, "PodSecurity", ReadPodSecurity);
}

Loaded<EventRateLimitConfiguration> LoadEventRateLimit(const Node& node,
                                                       const Component& component) {
  return LoadPlugin(node, component, "EventRateLimit", ReadEventRateLimit);
}

Loaded<Kubeconfig> LoadKubeconfig(const Node& node, const Component& component,
                                  std::string_view setting) {
  return DecodeKubeconfig(node, Locate(node, component, setting));
}

Loaded<Kubeconfig> LoadKubeconfigAt(const Node& node, const Component& component,
                                    std::string_view path) {
  return DecodeKubeconfig(node, LocatePath(node, component, path));
}

Loaded<Kubeconfig> LoadNodeKubeconfig(const Node& node, const std::string& host_path) {
  const Component plain;  // not in a container: its paths are the node's
  return LoadKubeconfigAt(node, plain, host_path);
}

}  // namespace seawall::cluster::kinds
