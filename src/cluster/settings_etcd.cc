#include <fmt/format.h>

#include "cluster/config_source.h"
#include "cluster/etcd_config.h"
#include "cluster/goflag.h"
#include "cluster/refusals.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {
namespace {

constexpr const char* kConfigFile = "config-file";

/// Beside a configuration file every other flag and variable is without effect.
void IgnoreOthers(const FlagRead& read, Component& etcd) {
  for (const FlagUse& use : read.uses) {
    if (use.name == kConfigFile || use.name == "version" || use.name == "help" || use.name == "h")
      continue;
    const bool variable = use.origin == OriginKind::kEnv && use.argument == nullptr;
    etcd.problems.push_back(FlagProblem(
        Problem::Kind::kIgnored, use.name,
        fmt::format("{} has no effect: etcd takes everything from its configuration file",
                    variable ? EtcdVariable(use.name) : "--" + use.name),
        use.place, false));
  }
}

/// --config-file, else ETCD_CONFIG_FILE: nullptr when there is none.
struct ConfigFlag {
  bool set = false;
  bool known = true;
  std::string path, why;
  Place place;
  OriginKind origin = OriginKind::kFlag;
};

ConfigFlag FindConfigFlag(const FlagRead& read, const CommandLine& line) {
  ConfigFlag config;
  for (size_t i = 0; i < read.uses.size(); ++i) {
    const FlagUse& use = read.uses[i];
    if (use.name != kConfigFile || (use.origin == OriginKind::kEnv && use.argument == nullptr))
      continue;
    config = {!use.value.empty() || !use.unknown.empty(),
              use.unknown.empty(),
              use.value,
              use.unknown,
              use.place,
              use.origin};
    if (!read.hidden.empty() && i < read.hidden_before)
      config.known = false, config.why = read.hidden;
  }
  if (config.set) return config;
  const Variable* variable = FindVariable(line, "ETCD_CONFIG_FILE");
  if (variable != nullptr && !(variable->value.empty() && variable->unknown.empty())) {
    return {true,
            variable->unknown.empty(),
            variable->value,
            variable->unknown,
            variable->place,
            OriginKind::kEnv};
  }
  return config;
}

void ReadFile(const Node& node, const ConfigFlag& config, Component& etcd) {
  Setting& setting = etcd.written[kConfigFile];
  setting.name = kConfigFile;
  setting.state = SettingState::kSet;
  setting.text = config.path;
  setting.items = {{config.path, config.place}};
  setting.origin = {config.origin, config.place, {}};
  const SourceFile file = OpenSource(node, etcd, kConfigFile, config.path, config.place);
  if (file.stream == nullptr) {
    etcd.gaps.push_back({false, file.why, file.how});
    return;
  }
  ReadEtcdDocument(*file.stream, etcd);
}

/// k3s and RKE2 write `etcd-arg` into that file at each start, as keys at its top.
void MergeOthers(const FlagRead& read, const FlagTable& table, Component& etcd) {
  for (auto& [name, setting] : FoldFlags(read, etcd.problems)) {
    if (name == kConfigFile) continue;
    const auto* row = table.FieldRow("EtcdConfig", name);
    if (row == nullptr || std::string_view(row->path) != name) {
      etcd.problems.push_back(FlagProblem(
          Problem::Kind::kIgnored, name,
          fmt::format("{} has no effect: etcd's configuration file has no such key", name),
          setting.origin.place, false));
      continue;
    }
    Setting& known = etcd.written[name];
    if (known.written()) setting.overrode.push_back({known.text, known.origin});
    known = std::move(setting);
  }
}

}  // namespace

void ReadEtcd(const Node& node, Component& etcd) {
  const FlagTable table(etcd.kind, etcd.version);
  FlagRead read = ReadGoFlags(etcd.command, table);
  const ConfigFlag config = FindConfigFlag(read, etcd.command);
  // Complaints about the environment are not made beside a configuration file: etcd does not look
  // at it.
  const size_t own = read.problems.size();
  AddEnvironment(etcd.command, table, read);
  if (config.set) read.problems.resize(own);
  for (Problem& problem : read.problems) etcd.problems.push_back(std::move(problem));
  if (!read.hidden.empty()) AddHiddenGap(etcd, read.hidden);
  if (config.set && !config.known) {
    etcd.gaps.push_back({false, "etcd's --config-file is not known: " + config.why,
                         "run seawall on the node itself, as root"});
    return;
  }
  if (config.set) {
    const bool merges = etcd.run_by == RunBy::kK3s || etcd.run_by == RunBy::kRke2;
    if (!merges) IgnoreOthers(read, etcd);
    ReadFile(node, config, etcd);
    if (merges) MergeOthers(read, table, etcd);
  } else {
    if (!etcd.command.environment_complete) {
      etcd.gaps.push_back(
          {false, "a variable ETCD_… may set it: " + etcd.command.environment_gap,
           "run seawall on the node itself, as root, where the process shows its environment"});
    }
    for (auto& [name, setting] : FoldFlags(read, etcd.problems)) etcd.written[name] = setting;
  }
  RefuseEtcd(node, etcd);
}

}  // namespace seawall::cluster
