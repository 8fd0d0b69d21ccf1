#include <fmt/format.h>

#include "cluster/config_document.h"
#include "cluster/config_source.h"
#include "cluster/pflag.h"
#include "cluster/refusals.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {
namespace {

constexpr const char* kKind = "KubeSchedulerConfiguration";

/// The API version to read the file as: what it says where this version of the scheduler knows it,
/// else v1.
const char* ApiVersion(const yaml::Stream& stream, const FlagTable& table) {
  const std::string& api = stream.root()["apiVersion"].text();
  for (const char* known :
       {"kubescheduler.config.k8s.io/v1beta3", "kubescheduler.config.k8s.io/v1beta2"}) {
    if (api != known) continue;
    // v1beta3 went in 1.29, v1beta2 in 1.28.
    const int gone_in = known[std::string_view(known).size() - 1] == '3' ? 29 : 28;
    if (!table.certain() || versions::KnowsKind(kKind, known, table.minor()) ||
        table.minor().minor < gone_in) {
      return known;
    }
  }
  return "kubescheduler.config.k8s.io/v1";
}

/// Flags that the file takes the place of.
bool IsIgnored(std::string_view flag) {
  return flag == "profiling" || flag == "contention-profiling" || flag == "kubeconfig" ||
         flag.starts_with("kube-api-");
}

void ReadFile(const Node& node, Component& scheduler, const Setting& config,
              const FlagTable& table) {
  const SourceFile source = OpenSource(node, scheduler, "config", config.text, config.origin.place);
  const auto blind = [&](const std::string& why, const std::string& how) {
    // Everything else is only the flags' to say: a gap would cast doubt on too much.
    for (const char* name : {"profiling", "contention-profiling", "kubeconfig", "leader-elect"}) {
      const auto found = scheduler.written.find(name);
      if (found != scheduler.written.end() && !IsIgnored(name)) continue;
      Setting setting;
      setting.name = name;
      setting.why = why;
      setting.how = how;
      scheduler.written[name] = std::move(setting);
    }
    scheduler.gaps.push_back({true, why, how});
  };
  if (source.stream == nullptr) return blind(source.why, source.how);
  const ConfigShape shape = {kKind, ApiVersion(*source.stream, table), kKind, OriginKind::kFile,
                             true};
  ConfigDocument document = ReadConfigDocument(*source.stream, shape, table);
  for (Problem& problem : document.problems) scheduler.problems.push_back(std::move(problem));
  if (document.refused)
    return blind("kube-scheduler refuses its configuration: " + document.why, "mend the file");
  for (auto& [path, setting] : document.settings) {
    const char* flag = table.FlagOf(path);
    const std::string name = flag != nullptr ? flag : path;
    const auto found = scheduler.written.find(name);
    if (found != scheduler.written.end()) {  // leader-elect*: the flag wins
      found->second.overrode.push_back({setting.text, setting.origin});
      continue;
    }
    setting.name = name;
    scheduler.written[name] = std::move(setting);
  }
}

}  // namespace

void ReadScheduler(const Node& node, Component& scheduler) {
  const FlagTable table(scheduler.kind, scheduler.version);
  ReadFlags(table, scheduler);
  const auto config = scheduler.written.find("config");
  if (config != scheduler.written.end() &&
      !(config->second.known() && config->second.text.empty())) {
    const Setting flag = config->second;
    std::erase_if(scheduler.written, [&](auto& entry) {
      if (!IsIgnored(entry.first)) return false;
      scheduler.problems.push_back(
          FlagProblem(Problem::Kind::kIgnored, entry.first,
                      fmt::format("--{} has no effect beside --config", entry.first),
                      entry.second.origin.place, false));
      return true;
    });
    if (flag.state == SettingState::kUnknown) {
      scheduler.gaps.push_back({false, "--config is not known: " + flag.why, flag.how});
    } else {
      ReadFile(node, scheduler, flag, table);
    }
  }
  RefuseScheduler(node, scheduler);
}

}  // namespace seawall::cluster
