#include "app/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <set>
#include <tuple>

#include "app/cluster_api.h"
#include "app/configuration_files.h"
#include "app/kept_api.h"
#include "app/managed_files.h"
#include "app/parse.h"
#include "app/ssh_source.h"
#include "base/files.h"
#include "base/text.h"
#include "bundle/bundle.h"
#include "rules/whole/cluster.h"

namespace seawall::app {
namespace {

class FolderSource : public NodeSource {
 public:
  FolderSource(std::string root, cluster::ReadOptions options)
      : root_(std::move(root)), options_(std::move(options)) {}
  Result<std::vector<cluster::Node>> Read() const override {
    auto files = OpenRoot(root_);
    if (!files) return std::unexpected(files.error());
    auto node = cluster::ReadNode(std::shared_ptr<const Files>(std::move(*files)), options_);
    if (!node) return std::unexpected(node.error());
    node->root = root_;
    std::vector<cluster::Node> nodes;
    nodes.push_back(std::move(*node));
    return nodes;
  }
  std::string Name() const override { return options_.name.empty() ? root_ : options_.name; }
  bool IsMachine() const override { return true; }

 private:
  std::string root_;
  cluster::ReadOptions options_;
};

class BundleSource : public NodeSource {
 public:
  BundleSource(std::string path, cluster::ReadOptions options)
      : path_(std::move(path)), options_(std::move(options)) {}
  Result<std::vector<cluster::Node>> Read() const override {
    const auto bundle = bundle::Open(path_);
    if (!bundle) return std::unexpected(bundle.error());
    cluster::ReadOptions options = options_;
    options.live = bundle->manifest.live;
    auto node = cluster::ReadNode(bundle->files(), options);
    if (!node) return std::unexpected(node.error());
    node->root = path_;
    node->collected_as_root = bundle->manifest.as_root;
    secrets_key_ = bundle->manifest.key_id;
    for (const bundle::Extra& extra : bundle->extras) {
      if (extra.name == "proofs.json") kept_proofs_ = extra.content;
    }
    std::vector<cluster::Node> nodes;
    nodes.push_back(std::move(*node));
    return nodes;
  }
  std::string Name() const override { return options_.name.empty() ? path_ : options_.name; }
  bool IsMachine() const override { return true; }
  std::string SecretsKey() const override { return secrets_key_; }
  std::string KeptProofs() const override { return kept_proofs_; }

 private:
  mutable std::string secrets_key_;
  std::string path_;
  cluster::ReadOptions options_;
  mutable std::string kept_proofs_;
};

class ConfigurationFilesSource : public NodeSource {
 public:
  ConfigurationFilesSource(std::vector<std::string> names, cluster::ReadOptions options)
      : names_(std::move(names)), options_(std::move(options)) {}
  Result<std::vector<cluster::Node>> Read() const override {
    auto sources = ReadConfigurationFiles(names_);
    if (!sources) return std::unexpected(sources.error());
    return cluster::ReadConfigurations(*sources, options_);
  }
  std::string Name() const override { return Join(names_, ", "); }

 private:
  std::vector<std::string> names_;
  cluster::ReadOptions options_;
};

Result<cluster::Version> ParseVersion(std::string_view text, const std::string& option) {
  cluster::Version version;
  version.source = "--component-version";
  std::string_view rest = text.starts_with("v") ? text.substr(1) : text;
  int* parts[] = {&version.major, &version.minor, &version.patch};
  for (size_t i = 0; i < 3 && !rest.empty(); ++i) {
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *parts[i]);
    bool separated =
        end == rest.data() + rest.size() || *end == '.' || (i == 2 && (*end == '-' || *end == '+'));
    if (error != std::errc() || !separated || *parts[i] < 0) break;
    if (i == 2) return version;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (rest.empty() && i == 1) return version;
    if (!rest.empty()) rest.remove_prefix(1);
  }
  return Fail(ErrorCode::kUsage, "read --component-version", "",
              fmt::format("'{}' holds no version", option),
              "write it as NAME=MAJOR.MINOR.PATCH, for example etcd=3.7.0 or kubernetes=1.37.2");
}

Result<void> AddVersion(const std::string& option, cluster::ReadOptions& options) {
  size_t equals = option.find('=');
  std::string name = option.substr(0, equals);
  auto version = ParseVersion(
      equals == std::string::npos ? "" : std::string_view(option).substr(equals + 1), option);
  if (!version) return std::unexpected(version.error());
  if (auto kind = cluster::ComponentFromName(name)) {
    options.versions[*kind] = *version;
    return {};
  }
  std::vector<std::string> names = {"kubernetes"};
  for (cluster::ComponentKind kind : cluster::kAllComponents) {
    names.emplace_back(cluster::ToString(kind));
    if (name == "kubernetes" && kind != cluster::ComponentKind::kEtcd)
      options.versions.try_emplace(kind, *version);
  }
  if (name == "kubernetes") return {};
  return Fail(ErrorCode::kUsage, "read --component-version", "",
              fmt::format("there is no component '{}'", name),
              "it is one of: " + Join(names, ", "));
}

}  // namespace

Result<cluster::ReadOptions> ReadCommonOptions(const Arguments& arguments) {
  cluster::ReadOptions options;
  for (const std::string& role : SplitLists(arguments.All("node-role"))) {
    options.roles.insert(role == "worker" ? cluster::Role::kWorker
                         : role == "etcd" ? cluster::Role::kEtcd
                                          : cluster::Role::kControlPlane);
  }
  for (const std::string& version : SplitLists(arguments.All("component-version"))) {
    if (auto ok = AddVersion(version, options); !ok) return std::unexpected(ok.error());
  }
  return options;
}

namespace {

/// "NAME=DIR" or "DIR"; a name holds no slash, so that a folder may hold an equals sign.
std::pair<std::string, std::string> SplitRoot(const std::string& text) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || text.find('/') < equals) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// What to call the node below `folder`: its own host name, else the folder's.
std::string NameOf(const std::string& folder) {
  if (const auto files = OpenRoot(folder)) {
    std::string name = cluster::HostNameOf(**files);
    if (!name.empty()) return name;
  }
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::string name = Printable(path.filename().string());
  return name.empty() ? "node" : name;
}

std::string NameOfBundle(const std::string& path, const std::optional<bundle::Manifest>& says) {
  std::string name = says ? Printable(says->node) : "";
  if (!name.empty()) return name;
  std::string file = Printable(std::filesystem::path(path).stem().string());
  return file.empty() ? "node" : file;
}

/// Two nodes of one name could not be told apart in a report.
void MakeUnique(std::string& name, std::set<std::string>& used) {
  std::string base = name;
  for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}-{}", base, i);
}

}  // namespace

Result<std::vector<std::unique_ptr<NodeSource>>> ReadSources(
    const Arguments& arguments, bool with_api, const std::shared_ptr<const SshFetched>& ssh) {
  auto common = ReadCommonOptions(arguments);
  if (!common) return std::unexpected(common.error());
  std::vector<std::unique_ptr<NodeSource>> sources;
  const std::vector<std::string>& roots = arguments.All("root");
  std::vector<std::string> places = roots;  // the folders, then the bundles
  places.insert(places.end(), arguments.positional.begin(), arguments.positional.end());
  std::vector<std::string> names(places.size());
  std::set<std::string> used = {rules::whole::kClusterName};
  std::vector<std::string> with_cluster;        // bundles that hold what the API said
  for (size_t i = 0; i < places.size(); ++i) {  // names that were given stay as they are
    std::tie(names[i], places[i]) = SplitRoot(places[i]);
    if (!names[i].empty()) MakeUnique(names[i], used);
  }
  std::vector<std::string> hosts;
  for (size_t i = 0; ssh && i < ssh->hosts.size(); ++i) {
    const SshHost& host = ssh->hosts[i].host;
    MakeUnique(hosts.emplace_back(host.name.empty() ? host.Host() : host.name), used);
  }
  for (size_t i = 0; i < places.size(); ++i) {
    const bool folder = i < roots.size();
    const std::string& place = places[i];
    if (place.empty()) {
      return Fail(ErrorCode::kUsage, folder ? "read --root" : "read a bundle", "",
                  folder ? "the folder is empty" : "the file's name is empty",
                  folder ? "write --root DIR or --root NAME=DIR" : "write FILE or NAME=FILE");
    }
    const auto says = folder ? std::nullopt : bundle::Peek(place);
    if (says && says->api) with_cluster.push_back(place);
    if (names[i].empty())
      MakeUnique(names[i] = folder ? NameOf(place) : NameOfBundle(place, says), used);
    cluster::ReadOptions options = *common;
    options.name = names[i];
    if (folder) {
      sources.push_back(std::make_unique<FolderSource>(place, options));
    } else {
      sources.push_back(std::make_unique<BundleSource>(place, options));
    }
  }
  if (ssh) AddSshSources(ssh, hosts, *common, sources);
  if (arguments.Has("filename")) {
    sources.push_back(
        std::make_unique<ConfigurationFilesSource>(arguments.All("filename"), *common));
  }
  std::set<std::string> covered = used;  // whose files somebody has
  covered.erase(rules::whole::kClusterName);
  if (with_api && WantsApi(arguments)) {
    auto source = MakeApiSource(arguments, *common, covered);
    if (!source) return std::unexpected(source.error());
    sources.push_back(std::move(*source));
  } else if (with_api && !with_cluster.empty()) {
    sources.push_back(MakeKeptApiSource(std::move(with_cluster), *common, covered));
  }
  if (auto ok = AddManagedSources(arguments, std::move(used), sources); !ok)
    return std::unexpected(ok.error());
  if (sources.empty()) {
    cluster::ReadOptions options = *common;
    options.live = true;
    sources.push_back(std::make_unique<FolderSource>("/", options));
  }
  return sources;
}

Result<Root> ReadRoot(const Arguments& arguments) {
  if (!arguments.Has("root")) return Root{"/", "", true};
  Root root;
  std::tie(root.name, root.folder) = SplitRoot(arguments.Get("root"));
  if (root.folder.empty())
    return Fail(ErrorCode::kUsage, "read --root", "", "the folder is empty",
                "write --root DIR or --root NAME=DIR");
  if (root.name.empty()) root.name = NameOf(root.folder);
  return root;
}

bool NamesSources(const Arguments& arguments) {
  return arguments.Has("root") || arguments.Has("filename") || arguments.Has("ssh") ||
         !arguments.positional.empty() || NamesManaged(arguments) || WantsApi(arguments);
}

Result<int64_t> ReadTime(const std::string& text) {
  if (text.empty()) return static_cast<int64_t>(std::time(nullptr));
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest) rest = strptime(text.c_str(), "%Y-%m-%d", &parts);
  int64_t offset = 0;
  if (rest && (*rest == '+' || *rest == '-')) {
    int hours = 0;
    int minutes = 0;
    if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2 && std::strlen(rest) == 6) {
      offset = (hours * 3600 + minutes * 60) * (*rest == '+' ? 1 : -1);
      rest += 6;
    }
  } else if (rest && *rest == 'Z') {
    ++rest;
  }
  if (!rest || *rest) {
    return Fail(ErrorCode::kUsage, "read --at", "", fmt::format("'{}' is not a time", text),
                "write it as RFC 3339 has it, for example 2027-03-01T00:00:00Z");
  }
  return static_cast<int64_t>(timegm(&parts)) - offset;
}

}  // namespace seawall::app
