#include "cluster/kubelet_config.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/config_source.h"
#include "cluster/flag_table.h"
#include "cluster/value_text.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

constexpr ConfigShape kFile = {"KubeletConfiguration", "kubelet.config.k8s.io/v1beta1",
                               "KubeletConfiguration", OriginKind::kFile, false};
constexpr ConfigShape kDropIn = {"KubeletConfiguration", "kubelet.config.k8s.io/v1beta1",
                                 "KubeletConfiguration", OriginKind::kDropIn, false};

/// Fields in which a written zero ("0s", 0, "") means the default: they are no pointers in v1beta1,
/// so that the kubelet's defaulting cannot tell them from fields that are not there
/// (SetDefaults_KubeletConfiguration).
constexpr std::string_view kZeroIsDefault[] = {
    "address",
    "authentication.webhook.cacheTTL",
    "authorization.mode",
    "authorization.webhook.cacheAuthorizedTTL",
    "authorization.webhook.cacheUnauthorizedTTL",
    "cgroupDriver",
    "configMapAndSecretChangeDetectionStrategy",
    "containerLogMaxSize",
    "containerRuntimeEndpoint",
    "contentType",
    "cpuManagerPolicy",
    "cpuManagerReconcilePeriod",
    "eventBurst",
    "evictionPressureTransitionPeriod",
    "fileCheckFrequency",
    "hairpinMode",
    "healthzBindAddress",
    "httpCheckFrequency",
    "imageMinimumGCAge",
    "kubeAPIBurst",
    "maxOpenFiles",
    "maxPods",
    "memoryManagerPolicy",
    "nodeLeaseDurationSeconds",
    "nodeStatusReportFrequency",
    "nodeStatusUpdateFrequency",
    "podLogsDir",
    "port",
    "registryBurst",
    "runtimeRequestTimeout",
    "streamingConnectionIdleTimeout",
    "syncFrequency",
    "topologyManagerPolicy",
    "topologyManagerScope",
    "volumePluginDir",
    "volumeStatsAggPeriod",
};

/// Paths that are relative to the folder of the file of --config (KubeletConfigurationPathRefs).
constexpr std::string_view kPaths[] = {"staticPodPath", "authentication.x509.clientCAFile",
                                       "tlsCertFile",   "tlsPrivateKeyFile",
                                       "resolvConf",    "volumePluginDir",
                                       "podLogsDir"};

/// Fields whose default depends on whether there is a file of --config (applyLegacyDefaults).
constexpr std::string_view kLegacyDefaults[] = {"authentication.anonymous.enabled",
                                                "authentication.webhook.enabled",
                                                "authorization.mode", "readOnlyPort"};

constexpr size_t kDepth = 32;       ///< of sub-folders of --config-dir
constexpr size_t kFailures = 100;   ///< drop-ins that cannot be read, before it is enough
constexpr size_t kDropIns = 10000;  ///< files of --config-dir

std::string_view KeyOf(std::string_view pair) { return pair.substr(0, pair.find('=')); }

bool IsUnder(std::string_view name, std::string_view path) {
  return name.starts_with(path) && (name.size() == path.size() || name[path.size()] == '.');
}

void SetDefault(const FlagTable& table, const std::string& path, Setting& setting) {
  const auto* row = table.FieldRow(kFile.rows, path, kFile.api_version);
  setting.items.clear();
  setting.text.clear();
  if (row == nullptr) {
    setting.state = SettingState::kUnknown;
    setting.why =
        "the value in the file means the default, which depends on the version of the kubelet";
    setting.how = "say it with --component-version kubelet=VERSION";
    return;
  }
  setting.state = SettingState::kDefault;
  setting.origin = {OriginKind::kDefault, {}, "what is written means it"};
  FillDefault(*row, setting);
}

void ReplaceZeros(const FlagTable& table, Settings& fields) {
  for (const std::string_view path : kZeroIsDefault) {
    const auto found = fields.find(path);
    if (found == fields.end() || found->second.state != SettingState::kSet) continue;
    Setting& setting = found->second;
    if (setting.text != "0s" && setting.text != "0" && !setting.text.empty()) continue;
    setting.overrode.insert(setting.overrode.begin(), {setting.text, setting.origin});
    SetDefault(table, found->first, setting);
  }
  const auto limit = fields.find("podPidsLimit");
  if (limit != fields.end() && limit->second.text.starts_with('-')) limit->second.text = "-1";
}

void ResolvePaths(std::string_view file, Settings& fields) {
  const std::string folder(file.substr(0, file.rfind('/') + 1));
  for (const std::string_view path : kPaths) {
    const auto found = fields.find(path);
    if (found == fields.end() || found->second.text.empty() || found->second.text.starts_with('/'))
      continue;
    Setting& setting = found->second;
    setting.text = folder + setting.text;
    for (Item& item : setting.items) item.text = setting.text;
  }
}

/// The walk over --config-dir, and the JSON merge patches of its files.
class DropIns {
 public:
  DropIns(const Node& node, Component& kubelet, const Setting& flag, Settings& fields)
      : node_(node),
        kubelet_(kubelet),
        flag_(flag),
        table_(kubelet.kind, kubelet.version),
        fields_(fields) {}

  void Read() {
    const SourcePath source = FindSource(node_, kubelet_, flag_.text);
    if (source.reach != SourcePath::Reach::kNode)
      return Miss(source.why, "run seawall on the node itself, as root");
    std::string folder = source.host_path;
    // filepath.WalkDir does not follow a link that it is started on, except behind a trailing
    // slash: the link itself is then the only "file", and its name seldom ends in .conf.
    const auto link = node_.files->LinkStat(folder);
    if (link && link->type == FileStat::Type::kLink && !flag_.text.ends_with('/')) {
      if (IsConf(folder))
        File(folder);
      else
        Ignored(folder);
      return;
    }
    Folder(folder, 0);
  }

 private:
  static bool IsConf(std::string_view name) { return name.ends_with(".conf"); }

  void Ignored(const std::string& folder) {
    kubelet_.problems.push_back(FlagProblem(
        Problem::Kind::kIgnored, "config-dir",
        fmt::format("{} is a link, and the kubelet does not follow it: no drop-in is read", folder),
        flag_.origin.place, false));
  }

  void Folder(const std::string& path, size_t depth) {
    const auto& entries = node_.List(path);
    if (!entries) {
      const bool missing = entries.error().code == ErrorCode::kNotFound;
      if (missing) {
        kubelet_.problems.push_back(FlagProblem(
            Problem::Kind::kMissingFile, "config-dir",
            fmt::format("{} of config-dir: there is no such folder", path), flag_.origin.place));
      }
      return Miss(fmt::format("{} could not be listed: {}", path, entries.error().why),
                  missing ? "make the folder: the kubelet does not start without it"
                          : "run seawall as root");
    }
    if (depth > kDepth) return Miss(path + " lies too deep", "look at the drop-ins by hand");
    for (const FolderEntry& entry : *entries) {
      const std::string child = path + "/" + entry.name;
      if (entry.type == FileStat::Type::kFolder)
        Folder(child, depth + 1);
      else if (IsConf(entry.name))
        File(child);
    }
  }

  void File(const std::string& path) {
    if (failed_ > kFailures) return;  // everything is unknown, and stays so
    if (++count_ > kDropIns) {
      if (count_ == kDropIns + 1)
        Miss("there are too many drop-ins", "look at the drop-ins by hand");
      return;
    }
    const auto& stream = node_.Yaml(path);
    if (!stream) {
      const bool malformed = stream.error().code == ErrorCode::kMalformed;
      if (malformed || stream.error().code == ErrorCode::kNotFound) {
        Place place;
        place.file = path;
        kubelet_.problems.push_back(FlagProblem(
            malformed ? Problem::Kind::kMalformedFile : Problem::Kind::kMissingFile, "config-dir",
            fmt::format("the drop-in {}: {}", path, stream.error().why), place));
      }
      return Miss(fmt::format("the drop-in {} could not be read: {}", path, stream.error().why),
                  malformed ? "mend the file" : "run seawall as root");
    }
    ConfigDocument document = ReadConfigDocument(*stream, kDropIn, table_);
    if (document.refused)
      Miss(fmt::format("the kubelet refuses the drop-in {}: {}", path, document.why),
           "mend the file");
    NoteCase(document);
    for (Problem& problem : document.problems) kubelet_.problems.push_back(std::move(problem));
    for (size_t i = 0; i < document.nulls.size(); ++i) Reset(document.nulls[i]);
    for (auto& [name, setting] : document.settings) Merge(name, std::move(setting));
  }

  /// After merging, the kubelet decodes with Go's own JSON reader, which does not look at the case
  /// of names: a field of the wrong case counts there, unlike in the file of --config. Which of two
  /// spellings wins is nobody's business to rely on.
  void NoteCase(const ConfigDocument& document) {
    for (const Problem& problem : document.problems) {
      if (problem.kind != Problem::Kind::kUnknownField) continue;
      for (const versions::FieldRow& row : versions::Fields()) {
        if (std::string_view(row.kind) != kFile.kind ||
            !EqualsIgnoringCase(row.path, problem.setting))
          continue;
        for (const versions::FieldRow& leaf : versions::Fields()) {
          if (std::string_view(leaf.kind) != kFile.kind || !IsUnder(leaf.path, row.path)) continue;
          Setting& setting = fields_[leaf.path];
          setting.name = leaf.path;
          Doubt(setting, "a drop-in writes this field's name in another case",
                "write the name as the kubelet has it");
          setting.origin = {OriginKind::kDropIn, problem.place, {}};
        }
        break;
      }
    }
  }

  static void Doubt(Setting& setting, std::string why, std::string how) {
    setting.state = SettingState::kUnknown;
    setting.text.clear();
    setting.items.clear();
    setting.why = std::move(why);
    setting.how = std::move(how);
  }

  /// null in a merge patch: back to the default, which is that of configuration files even without
  /// --config.
  void Reset(const std::string& path) {
    const size_t dot = path.rfind('.');
    std::erase_if(fields_, [&](const auto& entry) { return IsUnder(entry.first, path); });
    if (dot != std::string::npos) {
      // A key of a map: "featureGates.X", "evictionHard.memory.available".
      for (auto& [name, setting] : fields_) {
        if (!path.starts_with(name + ".")) continue;
        std::erase_if(setting.items, [&](const Item& item) {
          return KeyOf(item.text) == path.substr(name.size() + 1);
        });
        setting.text = Joined(setting.items);
      }
    }
    for (const std::string_view legacy : kLegacyDefaults) {
      if (!kubelet_.flag_defaults || !IsUnder(legacy, path)) continue;
      Setting& setting = fields_[std::string(legacy)];
      setting = {};
      setting.name = legacy;
      SetDefault(table_, setting.name, setting);
    }
  }

  void Merge(const std::string& name, Setting setting) {
    const auto [found, fresh] = fields_.try_emplace(name);
    Setting& old = found->second;
    if (fresh) {
      old = std::move(setting);
      return;
    }
    const auto* row = table_.FieldRow(kFile.rows, name, kFile.api_version);
    const bool map = row != nullptr && std::string_view(row->type).starts_with("map<");
    if (map && old.state == SettingState::kSet && setting.state == SettingState::kSet) {
      std::set<std::string, std::less<>> keys;
      for (const Item& item : setting.items) keys.emplace(KeyOf(item.text));
      std::vector<Item> merged;
      for (Item& item : old.items) {
        if (!keys.contains(KeyOf(item.text))) merged.push_back(std::move(item));
      }
      for (Item& item : setting.items) merged.push_back(std::move(item));
      setting.items = std::move(merged);
      setting.text = Joined(setting.items);
    } else if (old.state == SettingState::kSet) {
      setting.overrode.push_back({old.text, old.origin});
    }
    for (Overridden& before : old.overrode) setting.overrode.push_back(std::move(before));
    old = std::move(setting);
  }

  /// A drop-in that cannot be read may set any field.
  void Miss(std::string why, std::string how) {
    if (++failed_ > kFailures) return;
    for (auto& [name, setting] : fields_) Doubt(setting, why, how);
    kubelet_.gaps.push_back({true, std::move(why), std::move(how)});
  }

  const Node& node_;
  Component& kubelet_;
  const Setting& flag_;
  const FlagTable table_;
  Settings& fields_;
  size_t count_ = 0;
  size_t failed_ = 0;
};

void TakeDocument(ConfigDocument document, Component& kubelet, const std::string& path,
                  Settings& fields) {
  for (Problem& problem : document.problems) kubelet.problems.push_back(std::move(problem));
  if (document.refused) {
    kubelet.gaps.push_back(
        {true, fmt::format("{}: {}", path, document.why), "mend the file: the kubelet refuses it"});
    return;
  }
  fields = std::move(document.settings);
}

/// The named file or folder; nullopt when the flag says nothing, with a gap when it cannot be
/// known.
const Setting* Named(Component& kubelet, const Settings& flags, std::string_view flag) {
  const auto found = flags.find(flag);
  if (found == flags.end()) return nullptr;
  if (found->second.state == SettingState::kUnknown) {
    kubelet.gaps.push_back(
        {true, fmt::format("--{} is not known: {}", flag, found->second.why), found->second.how});
    return nullptr;
  }
  return found->second.text.empty() ? nullptr : &found->second;
}

/// In 1.28 and 1.29 --config-dir needs a word of consent in the environment.
void CheckAlpha(Component& kubelet, const Setting& flag) {
  if (!kubelet.version || kubelet.version->minor > 29 || !kubelet.command.environment_complete)
    return;
  for (const Variable& variable : kubelet.command.environment) {
    if (variable.name == "KUBELET_CONFIG_DROPIN_DIR_ALPHA") return;
  }
  kubelet.problems.push_back(FlagProblem(
      Problem::Kind::kConflict, "config-dir",
      fmt::format(
          "the kubelet {} takes --config-dir only with KUBELET_CONFIG_DROPIN_DIR_ALPHA in its "
          "environment",
          kubelet.version->ToString()),
      flag.origin.place));
}

}  // namespace

void ReadKubeletFiles(const Node& node, Component& kubelet, const Settings& flags,
                      Settings& fields) {
  const FlagTable table(kubelet.kind, kubelet.version);
  const Setting* config = Named(kubelet, flags, "config");
  kubelet.flag_defaults = config == nullptr;
  if (config != nullptr) {
    const SourceFile file = OpenSource(node, kubelet, "config", config->text, config->origin.place);
    if (file.stream == nullptr) {
      kubelet.gaps.push_back({true, file.why, file.how});
    } else {
      TakeDocument(ReadConfigDocument(*file.stream, kFile, table), kubelet, config->text, fields);
      ResolvePaths(config->text, fields);
    }
  }
  if (const Setting* folder = Named(kubelet, flags, "config-dir")) {
    CheckAlpha(kubelet, *folder);
    DropIns(node, kubelet, *folder, fields).Read();
  }
  ReplaceZeros(table, fields);
}

void ReadKubeletDocument(const yaml::Value& root, Component& kubelet) {
  const FlagTable table(kubelet.kind, kubelet.version);
  Settings fields;
  TakeDocument(ReadConfigValue(root, kFile, table), kubelet, root.exists() ? root.place().file : "",
               fields);
  ReplaceZeros(table, fields);
  kubelet.flag_defaults = false;
  for (auto& [name, setting] : fields) kubelet.written[name] = std::move(setting);
}

}  // namespace seawall::cluster
