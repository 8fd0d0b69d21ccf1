#include "cluster/unit_store.h"

#include "cluster/wrappers.h"

namespace seawall::cluster {
namespace {

/// Strongest first, as systemd.unit(5) lists them for the system manager.
constexpr const char* kFolders[] = {
    "/etc/systemd/system.control",   "/run/systemd/system.control",  "/run/systemd/transient",
    "/run/systemd/generator.early",  "/etc/systemd/system",          "/etc/systemd/system.attached",
    "/run/systemd/system",           "/run/systemd/system.attached", "/run/systemd/generator",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",      "/lib/systemd/system",
    "/run/systemd/generator.late"};

std::string TemplateOf(const std::string& name) {
  const size_t at = name.find('@');
  return at == std::string::npos ? std::string() : name.substr(0, at + 1) + ".service";
}

}  // namespace

UnitStore::UnitStore(const Node& node, Found& found) : node_(node), found_(found) {
  const Result<FileStat> lib = node.files->LinkStat("/lib");
  const bool merged = lib && lib->type == FileStat::Type::kLink;
  for (const std::string folder : kFolders) {
    if (!(merged && folder == "/lib/systemd/system")) ReadFolder(folder);
  }
  for (const auto& [name, path] : files_) {
    if (IsMaskedOrAlias(name, path)) continue;
    const auto instances = instances_.find(name);
    if (instances == instances_.end()) {
      names_.push_back(name);
      continue;
    }
    for (const std::string& instance : instances->second) {
      if (!files_.contains(instance)) names_.push_back(instance);
    }
  }
}

void UnitStore::ReadFolder(const std::string& folder) {
  const auto& entries = node_.List(folder);
  if (!entries) {
    if (entries.error().code != ErrorCode::kNotFound)
      found_.blind_spots.push_back({entries.error(), EveryKind()});
    return;
  }
  for (const FolderEntry& entry : *entries) {
    const std::string path = folder + "/" + entry.name;
    if (entry.name.ends_with(".service")) {
      files_.emplace(entry.name, path);
    } else if (entry.name.ends_with("service.d")) {
      drop_ins_[entry.name].push_back(path);
    } else if (entry.name.ends_with(".wants") || entry.name.ends_with(".requires") ||
               entry.name.ends_with(".upholds")) {
      ReadWants(path);
    }
  }
}

void UnitStore::ReadWants(const std::string& folder) {
  const auto& entries = node_.List(folder);
  if (!entries) return;
  for (const FolderEntry& entry : *entries) {
    const std::string unit = TemplateOf(entry.name);
    if (!unit.empty() && unit != entry.name && entry.name.ends_with(".service"))
      instances_[unit].insert(entry.name);
  }
}

bool UnitStore::IsMaskedOrAlias(const std::string& name, const std::string& path) const {
  const Result<std::string> target = node_.files->ReadLink(path);
  if (!target) return false;
  if (*target == "/dev/null") return true;
  const std::string base(BaseName(*target));
  // A link to another unit of these folders is a second name of it; any other link is the unit
  // itself, kept elsewhere.
  return base != name && base != TemplateOf(name) && files_.contains(base);
}

std::string UnitStore::PathOf(const std::string& name) const {
  auto file = files_.find(name);
  if (file == files_.end()) file = files_.find(TemplateOf(name));
  return file == files_.end() ? std::string() : file->second;
}

bool UnitStore::HasOwnDropIns(const std::string& name) const {
  return drop_ins_.contains(name + ".d") || drop_ins_.contains(TemplateOf(name) + ".d");
}

void UnitStore::AddDropInFolders(const std::string& folder_name,
                                 std::vector<std::string>& folders) const {
  const auto known = drop_ins_.find(folder_name);
  if (known != drop_ins_.end())
    folders.insert(folders.end(), known->second.begin(), known->second.end());
}

std::vector<std::string> UnitStore::DropIns(const std::string& name) const {
  std::vector<std::string> folders;
  AddDropInFolders(name + ".d", folders);
  if (const std::string unit = TemplateOf(name); !unit.empty() && unit != name)
    AddDropInFolders(unit + ".d", folders);
  // "kube-apiserver.service" also takes "kube-.service.d": names cut at their dashes, the longest
  // first.
  const std::string stem = name.substr(0, name.size() - std::string(".service").size());
  for (size_t dash = stem.rfind('-'); dash != std::string::npos && dash > 0;
       dash = stem.rfind('-', dash - 1)) {
    AddDropInFolders(stem.substr(0, dash + 1) + ".service.d", folders);
  }
  AddDropInFolders("service.d", folders);
  std::map<std::string, std::string>
      files;  // by file name: that is the order, and the first folder wins
  for (const std::string& folder : folders) {
    const auto& entries = node_.List(folder);
    if (!entries) {
      if (entries.error().code != ErrorCode::kNotFound)
        found_.blind_spots.push_back({entries.error(), EveryKind()});
      continue;
    }
    for (const FolderEntry& entry : *entries) {
      if (entry.name.ends_with(".conf")) files.emplace(entry.name, folder + "/" + entry.name);
    }
  }
  std::vector<std::string> paths;
  for (const auto& [file, path] : files) {
    const Result<std::string> target = node_.files->ReadLink(path);
    if (!target || *target != "/dev/null") paths.push_back(path);
  }
  return paths;
}

}  // namespace seawall::cluster
