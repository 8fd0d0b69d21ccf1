// The checks that look at the files behind settings.
#include <fmt/format.h>

#include "cluster/kinds/load.h"
#include "rules/addresses.h"
#include "rules/checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
namespace kinds = cluster::kinds;

std::string WayToFindOut(const Error& error) {
  return error.todo.empty() ? "look at that file on the node, as root" : error.todo;
}

/// The node's path, or why there is none.
std::optional<PathDoubt> Map(const Context& context, std::string_view path, std::string& host) {
  const Component& component = *context.component;
  if (auto mapped = component.HostPath(path)) {
    host = std::move(*mapped);
    return std::nullopt;
  }
  if (!path.starts_with('/')) {
    return PathDoubt{fmt::format("{} is relative to a folder that is not known", path),
                     "write the whole path"};
  }
  return PathDoubt{fmt::format("the container sees no file of the node at {}", path),
                   "look whether the file is part of the image, or mount its folder"};
}

}  // namespace

std::optional<PathDoubt> DoubtOfFile(const Context& context, std::string_view path) {
  if (!context.node.is_machine) return std::nullopt;
  std::string host;
  if (auto doubt = Map(context, path, host)) return doubt;
  const auto& stat = context.node.Stat(host);
  if (!stat) return PathDoubt{stat.error().ToString(), WayToFindOut(stat.error())};
  if (stat->type != FileStat::Type::kRegular) {
    return PathDoubt{fmt::format("{} is not a regular file", host), "name a file"};
  }
  if (stat->size == 0) {
    return PathDoubt{fmt::format("{} is empty", host), "put into it what it should hold"};
  }
  return std::nullopt;
}

std::optional<PathDoubt> DoubtOfCertificates(const Context& context, std::string_view path) {
  if (!context.node.is_machine) return std::nullopt;
  std::string host;
  if (auto doubt = Map(context, path, host)) return doubt;
  const auto& certificates = context.node.Certificates(host);
  if (certificates) return std::nullopt;
  return PathDoubt{certificates.error().ToString(), WayToFindOut(certificates.error())};
}

std::optional<PathDoubt> DoubtOfKey(const Context& context, std::string_view path) {
  if (!context.node.is_machine) return std::nullopt;
  std::string host;
  if (auto doubt = Map(context, path, host)) return doubt;
  const auto& key = context.node.Key(host);
  if (key) return std::nullopt;
  return PathDoubt{key.error().ToString(), WayToFindOut(key.error())};
}

Outcome WebhookIsVerified(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const auto loaded = kinds::LoadKubeconfig(context.node, component, rule.setting);
  if (loaded.state == kinds::LoadState::kNotSet) {
    return NotApplicable(Says(component, loaded.setting));
  }
  if (loaded.setting.state == cluster::SettingState::kAbsent) {
    return AbsentSetting(component, loaded.setting);
  }
  if (!loaded) return Unknown(loaded.why, loaded.how, {EvidenceOf(loaded.setting)});
  const kinds::KubeconfigCluster* cluster = loaded->CurrentCluster();
  if (cluster == nullptr) {
    return Unknown("the kubeconfig's current context names no cluster",
                   fmt::format("look at {}", loaded.host_path),
                   {EvidenceIn("current-context", loaded->current_context.value, loaded->place)});
  }
  return JudgeServer(*cluster);
}

Outcome JudgeServer(const kinds::KubeconfigCluster& cluster) {
  const Evidence server = EvidenceIn("server", cluster.server.value, cluster.server.place);
  if (SplitUrl(cluster.server.value).scheme != "https") {
    return Fails(fmt::format("the server is {}, without TLS", cluster.server.value), {server});
  }
  if (cluster.insecure_skip_tls_verify.value) {
    return Fails(
        "insecure-skip-tls-verify is true: anyone can pose as the server",
        {EvidenceIn("insecure-skip-tls-verify", "true", cluster.insecure_skip_tls_verify.place)});
  }
  return Pass(
      fmt::format("the server is {}, and its certificate is verified", cluster.server.value),
      {server});
}

}  // namespace seawall::rules
