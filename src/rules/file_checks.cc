#include "rules/file_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::RunBy;

// In the order in which systemd looks.
constexpr const char* kUnitFolders[] = {"/etc/systemd/system/", "/run/systemd/system/",
                                        "/usr/local/lib/systemd/system/",
                                        "/usr/lib/systemd/system/", "/lib/systemd/system/"};

void AddGaps(const UsedFiles& used, Tally& tally) {
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) tally.Unknown(gap.why, gap.how);
  }
}

UsedFiles OfSettings(const Component& component, std::string_view settings) {
  UsedFiles used;
  for (const std::string& name : Words(settings)) {
    AddNamed(component, name, FileUse::kConfiguration, used);
  }
  std::set<std::string> seen;
  std::erase_if(used.files, [&](const UsedFile& file) { return !seen.insert(file.path).second; });
  return used;
}

/// What the row's settings name.
Thing ThingOf(const Rule& rule) {
  return rule.setting == std::string_view("data-dir") ? Thing::kFolder : Thing::kFile;
}

/// etcd always has a data folder: without the setting it is one that only the process shows.
void AddDefaultDataFolder(const Rule& rule, const UsedFiles& used, Tally& tally) {
  if (std::string_view(rule.setting) != "data-dir" || !used.files.empty() || !used.gaps.empty())
    return;
  tally.Unknown(
      "data-dir is not set: etcd keeps its data in NAME.etcd in the folder that it is started in",
      "look at the process's working folder, or set data-dir");
}

std::string NothingNamed(const UsedFiles& used, std::string_view settings) {
  if (!used.gaps.empty()) return used.gaps.front().why;
  return fmt::format("it names no such file ({} is not set)", settings);
}

/// Why a component has no manifest to look at; empty when it has one.
std::string WithoutManifest(const Component& component) {
  if (component.run_by == RunBy::kStaticPod) return {};
  return fmt::format("it runs as a {}, not from a pod specification file",
                     cluster::ToString(component.run_by));
}

/// Existing files behind the words of a node rule.
std::vector<std::string> Found(const cluster::Node& node, std::string_view paths, Tally& tally) {
  std::vector<std::string> found;
  for (const std::string& path : Words(paths)) {
    if (path.ends_with('/')) {
      std::vector<FileGap> gaps;
      ListBelow(node, path.substr(0, path.size() - 1), 1, found, gaps);
      for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
      continue;
    }
    const auto& stat = node.Stat(path);
    const bool there = stat || stat.error().code != ErrorCode::kNotFound;
    // A link that leads nowhere is a file that could not be seen.
    if (there || (node.files && node.files->LinkStat(path))) found.push_back(path);
  }
  return found;
}

/// The path's stat, when it leads to what it should; otherwise `tally` says what is in the way.
const FileStat* StatOf(const cluster::Node& node, const std::string& path, Thing thing,
                       Tally& tally) {
  const auto& stat = node.Stat(path);
  if (!stat) {
    FileGap gap = GapOf("", stat.error());
    tally.Unknown(gap.why, gap.how);
    return nullptr;
  }
  const bool file = thing == Thing::kFile;
  if (stat->type == (file ? FileStat::Type::kRegular : FileStat::Type::kFolder)) return &*stat;
  tally.Unknown(fmt::format("{} is not a {}", path, file ? "regular file" : "folder"),
                "look what lies there, and put the right one in its place");
  return nullptr;
}

std::string Paths(const std::vector<Evidence>& evidence) {
  std::set<std::string> paths;
  for (const Evidence& e : evidence) paths.insert(e.place.file);
  return fmt::format("{}", fmt::join(paths, " "));
}

}  // namespace

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    size_t space = text.find(' ');
    if (space != 0) words.emplace_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return words;
}

std::string ModeText(uint32_t mode) { return fmt::format("{:04o}", mode & 07777u); }

uint32_t ParseMode(std::string_view octal) {
  uint32_t mode = 0;
  std::from_chars(octal.data(), octal.data() + octal.size(), mode, 8);
  return mode;
}

Evidence StatEvidence(const char* setting, std::string value, const std::string& path) {
  Evidence evidence;
  evidence.setting = setting;
  evidence.value = std::move(value);
  evidence.origin = "stat";
  evidence.place.file = path;
  return evidence;
}

void JudgeMode(const cluster::Node& node, const std::string& path, uint32_t most, Tally& tally,
               Thing thing) {
  const FileStat* stat = StatOf(node, path, thing, tally);
  if (stat == nullptr) return;
  // On a folder the set-id and sticky bits open nothing; a file with a set-id bit is no longer "600
  // or more restrictive".
  const uint32_t compared = thing == Thing::kFile ? 06777u : 0777u;
  bool fits = (stat->mode & compared & ~most) == 0;
  Evidence evidence = StatEvidence("mode", ModeText(stat->mode), path);
  if (fits) {
    tally.Good(std::move(evidence));
  } else {
    std::string what = fmt::format("{} is {}", path, evidence.value);
    tally.Bad(std::move(evidence), std::move(what));
  }
}

void JudgeOwner(const cluster::Node& node, const std::string& path, std::string_view owner,
                Tally& tally, Thing thing) {
  const FileStat* stat = StatOf(node, path, thing, tally);
  if (stat == nullptr) return;
  std::string is = fmt::format("{}:{}", node.UserName(stat->uid), node.GroupName(stat->gid));
  // Root is a number: a passwd that calls it something else changes nothing.
  bool fits = owner == "root:root" ? stat->uid == 0 && stat->gid == 0 : is == owner;
  Evidence evidence = StatEvidence("owner", is, path);
  if (fits) {
    tally.Good(std::move(evidence));
  } else {
    tally.Bad(std::move(evidence), fmt::format("{} belongs to {}", path, is));
  }
}

void JudgeNotWritable(const cluster::Node& node, const std::string& path, std::string_view account,
                      Tally& tally, Thing thing) {
  const FileStat* stat = StatOf(node, path, thing, tally);
  if (stat == nullptr) return;
  std::string owner = node.UserName(stat->uid);
  // In a sticky folder nobody replaces what is another's.
  bool sticky = stat->type == FileStat::Type::kFolder && (stat->mode & 01000u) != 0;
  if (stat->uid != 0 && (account.empty() || owner != account)) {
    tally.Bad(StatEvidence("owner", fmt::format("{}:{}", owner, node.GroupName(stat->gid)), path),
              fmt::format("{} belongs to {}", path, owner));
  } else if ((stat->mode & 022u) != 0 && !sticky) {
    tally.Bad(
        StatEvidence("mode", ModeText(stat->mode), path),
        fmt::format("{} is {}: others than its owner may write it", path, ModeText(stat->mode)));
  } else {
    tally.Good(StatEvidence("mode", ModeText(stat->mode), path));
  }
}

Outcome DoneNotWritable(Tally tally, std::string nothing) {
  std::string paths = Paths(tally.bad());
  Outcome outcome = std::move(tally).Done(std::move(nothing));
  if (outcome.verdict == Verdict::kFail) {
    outcome.remedy = fmt::format("chown root:root {0} && chmod go-w {0}", paths);
  }
  return outcome;
}

Outcome DoneModes(Tally tally, std::string_view most, std::string nothing) {
  std::string command = fmt::format("chmod {} {}", most, Paths(tally.bad()));
  Outcome outcome = std::move(tally).Done(std::move(nothing));
  if (outcome.verdict == Verdict::kFail) outcome.remedy = std::move(command);
  return outcome;
}

Outcome DoneOwners(Tally tally, std::string_view owner, std::string nothing) {
  std::string command = fmt::format("chown {} {}", owner, Paths(tally.bad()));
  Outcome outcome = std::move(tally).Done(std::move(nothing));
  if (outcome.verdict == Verdict::kFail) outcome.remedy = std::move(command);
  return outcome;
}

std::vector<std::string> UnitFiles(const cluster::Node& node, const Component& component,
                                   Tally& tally) {
  std::set<std::string> files;
  if (!component.where.file.empty()) files.insert(component.where.file);
  std::string unit = component.instance.ends_with(".service")
                         ? component.instance
                         : std::string(cluster::ToString(component.kind)) + ".service";
  bool main_found = false;
  std::set<std::string> dropins;
  for (std::string_view folder : kUnitFolders) {
    if (folder == "/lib/systemd/system/") {
      // Where /lib is a link to /usr/lib these are the same files again.
      const auto& lib = node.files->LinkStat("/lib");
      if (lib && lib->type == FileStat::Type::kLink) continue;
    }
    std::string path = std::string(folder) + unit;
    const auto& stat = node.Stat(path);
    if (!main_found && stat && stat->type == FileStat::Type::kRegular) {
      files.insert(path);
      main_found = true;
    }
    std::vector<std::string> found;
    std::vector<FileGap> gaps;
    ListBelow(node, path + ".d", 0, found, gaps);
    for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
    for (std::string& file : found) {
      // A drop-in of an earlier folder hides one of the same name.
      std::string name = file.substr(file.rfind('/') + 1);
      if (name.ends_with(".conf") && dropins.insert(name).second) files.insert(std::move(file));
    }
  }
  return {files.begin(), files.end()};
}

Outcome ManifestMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  std::string without = WithoutManifest(*context.component);
  if (!without.empty()) return NotApplicable(without);
  Tally tally;
  JudgeMode(context.node, context.component->where.file, ParseMode(rule.wanted), tally);
  return DoneModes(std::move(tally), rule.wanted, "");
}

Outcome ManifestOwner(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  std::string without = WithoutManifest(*context.component);
  if (!without.empty()) return NotApplicable(without);
  Tally tally;
  JudgeOwner(context.node, context.component->where.file, rule.wanted, tally);
  return DoneOwners(std::move(tally), rule.wanted, "");
}

Outcome NamedMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used = OfSettings(*context.component, rule.setting);
  Tally tally;
  AddGaps(used, tally);
  AddDefaultDataFolder(rule, used, tally);
  for (const UsedFile& file : used.files) {
    JudgeMode(context.node, file.path, ParseMode(rule.wanted), tally, ThingOf(rule));
  }
  return DoneModes(std::move(tally), rule.wanted, NothingNamed(used, rule.setting));
}

Outcome NamedOwner(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  UsedFiles used = OfSettings(*context.component, rule.setting);
  Tally tally;
  AddGaps(used, tally);
  AddDefaultDataFolder(rule, used, tally);
  for (const UsedFile& file : used.files) {
    JudgeOwner(context.node, file.path, rule.wanted, tally, ThingOf(rule));
  }
  return DoneOwners(std::move(tally), rule.wanted, NothingNamed(used, rule.setting));
}

Outcome FoundMode(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  for (const std::string& path : Found(context.node, rule.setting, tally)) {
    JudgeMode(context.node, path, ParseMode(rule.wanted), tally);
  }
  return DoneModes(std::move(tally), rule.wanted, fmt::format("there is none of {}", rule.setting));
}

Outcome FoundOwner(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  for (const std::string& path : Found(context.node, rule.setting, tally)) {
    JudgeOwner(context.node, path, rule.wanted, tally);
  }
  return DoneOwners(std::move(tally), rule.wanted,
                    fmt::format("there is none of {}", rule.setting));
}

}  // namespace seawall::rules
