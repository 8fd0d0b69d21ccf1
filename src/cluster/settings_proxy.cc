#include <fmt/format.h>

#include "cluster/config_document.h"
#include "cluster/config_source.h"
#include "cluster/pflag.h"
#include "cluster/proxy_config.h"
#include "cluster/refusals.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {
namespace {

constexpr ConfigShape kShape = {"KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1",
                                "KubeProxyConfiguration", OriginKind::kFile, false};

/// Flags that count beside --config (Options.Complete, copyLogsFromFlags).
bool CountsBesideFile(std::string_view flag, const char* field) {
  if (field != nullptr && std::string_view(field).starts_with("logging.")) return true;
  for (const std::string_view name :
       {"config", "hostname-override", "master", "cleanup", "init-only", "v", "vmodule",
        "write-config-to", "version", "help"}) {
    if (flag == name) return true;
  }
  return flag.starts_with("log");
}

void Put(Component& proxy, const std::string& name, Setting setting) {
  const auto found = proxy.written.find(name);
  if (found != proxy.written.end()) {
    setting.overrode.push_back({found->second.text, found->second.origin});
  }
  setting.name = name;
  proxy.written[name] = std::move(setting);
}

/// The addresses of kube-proxy's own servers follow the family of bindAddress where they are not
/// written.
void FollowFamily(Component& proxy) {
  const Setting bind = proxy.Get("bindAddress");
  if (!bind.written() || bind.text.find(':') == std::string::npos) return;
  struct {
    const char* name;
    const char* text;
  } const addresses[] = {{"metricsBindAddress", "[::1]:10249"},
                         {"healthzBindAddress", "[::]:10256"}};
  for (const auto& address : addresses) {
    const Setting now = proxy.Get(address.name);
    if (now.state != SettingState::kDefault) continue;
    Setting setting = now;
    setting.text = address.text;
    setting.items = {{address.text, {}}};
    setting.origin.note += ", bindAddress is IPv6";
    proxy.written[address.name] = std::move(setting);
  }
}

void TakeDocument(ConfigDocument document, Component& proxy) {
  for (Problem& problem : document.problems) proxy.problems.push_back(std::move(problem));
  if (document.refused) {
    proxy.gaps.push_back(
        {true, "kube-proxy refuses its configuration: " + document.why, "mend the file"});
  }
  for (auto& [name, setting] : document.settings) Put(proxy, name, std::move(setting));
}

}  // namespace

void ReadProxyDocument(const yaml::Value& root, Component& proxy) {
  TakeDocument(ReadConfigValue(root, kShape, FlagTable(proxy.kind, proxy.version)), proxy);
  FollowFamily(proxy);
}

void ReadProxy(const Node& node, Component& proxy) {
  const FlagTable table(proxy.kind, proxy.version);
  FlagRead read = ReadPflags(proxy.command, table);
  for (Problem& problem : read.problems) proxy.problems.push_back(std::move(problem));
  Settings flags = FoldFlags(read, proxy.problems);
  const auto config = flags.find("config");
  const bool unknown =
      config != flags.end() ? config->second.state == SettingState::kUnknown : !read.hidden.empty();
  const bool file = config != flags.end() && !unknown && !config->second.text.empty();
  if (!read.hidden.empty()) AddHiddenGap(proxy, read.hidden);
  if (unknown) {
    const std::string why = config != flags.end() ? config->second.why : read.hidden;
    proxy.gaps.push_back(
        {false, "--config is not known: " + why, "run seawall on the node itself, as root"});
  }
  if (file) {
    const SourceFile source =
        OpenSource(node, proxy, "config", config->second.text, config->second.origin.place);
    if (source.stream == nullptr)
      proxy.gaps.push_back({true, source.why, source.how});
    else
      TakeDocument(ReadConfigDocument(*source.stream, kShape, table), proxy);
  }
  for (auto& [name, setting] : flags) {
    const char* field = table.Field(name);
    const bool counts = CountsBesideFile(name, field);
    if (file && !counts) {
      proxy.problems.push_back(FlagProblem(Problem::Kind::kIgnored, name,
                                           fmt::format("--{} has no effect beside --config", name),
                                           setting.origin.place, false));
      continue;
    }
    if (unknown && !counts) {
      setting.state = SettingState::kUnknown;
      setting.why = "a configuration file may take this flag's place";
      setting.text.clear();
      setting.items.clear();
    }
    if (name == "hostname-override" && setting.text.empty() && setting.known()) continue;
    Put(proxy, field != nullptr ? field : name, std::move(setting));
  }
  FollowFamily(proxy);
  RefuseProxy(node, proxy);
}

}  // namespace seawall::cluster
