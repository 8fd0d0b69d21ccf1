// ReadNode: kubelets first, because they say where static pods are; then everything else, joined
// with what runs.
#include <algorithm>

#include "base/text.h"
#include "cluster/discovery.h"
#include "cluster/go_build_info.h"
#include "cluster/k3s.h"
#include "cluster/kinds/load.h"
#include "cluster/node.h"
#include "cluster/package_version.h"
#include "cluster/processes.h"
#include "cluster/settings.h"
#include "cluster/static_pods.h"
#include "cluster/units.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr const char* kDefaultManifests = "/etc/kubernetes/manifests";
constexpr const char* kRke2Manifests = "/var/lib/rancher/rke2/agent/pod-manifests";

constexpr size_t kHostNameLimit = 4096;

class NodeReader {
 public:
  NodeReader(Node& node, const ReadOptions& options) : node_(node), options_(options) {}

  void Read() {
    ReadUnits(node_, found_);
    if (options_.live) {
      processes_ = ReadProcesses(node_);
      if (processes_.unreadable)
        found_.blind_spots.push_back({*processes_.unreadable, EveryKind()});
      if (found_.distributions.empty()) found_.distributions = std::move(processes_.distributions);
    }
    ReadDistributions(node_, found_);
    if (!Has(ComponentKind::kKubelet) && !Runs(ComponentKind::kKubelet)) AssumeKubelet();
    Finish(ComponentKind::kKubelet);
    ReadManifestFolders();
    FillDistributions(found_);
    for (const ComponentKind kind : kAllComponents) {
      if (kind != ComponentKind::kKubelet) Finish(kind);
    }
    node_.components = std::move(found_.components);
    node_.blind_spots = std::move(found_.blind_spots);
    SortComponents();
    SetRoles();
    ListReads();
  }

 private:
  bool Has(ComponentKind kind) const {
    return std::any_of(found_.components.begin(), found_.components.end(),
                       [&](const Component& c) { return c.kind == kind; });
  }
  bool Runs(ComponentKind kind) const {
    return std::any_of(processes_.components.begin(), processes_.components.end(),
                       [&](const RunningComponent& p) { return p.kind == kind; });
  }

  /// Processes, versions and settings for the components of one kind.
  void Finish(ComponentKind kind) {
    if (options_.live) JoinProcesses(kind, processes_.components, found_.components);
    LeaveOut(kind);
    for (Component& component : found_.components) {
      if (component.kind != kind || !component.written.empty()) continue;
      FindVersion(component);
      ReadSettings(node_, component);
      kinds::AddProblemsBehind(node_, component);
      ForgiveTools(component);
      FindStaleFiles(node_, component);
    }
  }

  /// Of too many components of one kind the first are judged, and one stands for the rest.
  void LeaveOut(ComponentKind kind) {
    size_t count = 0;
    size_t& rest = found_.left_out[kind];
    rest += std::erase_if(found_.components, [&](const Component& component) {
      return component.kind == kind && ++count > kMostOfOneKind;
    });
    if (rest == 0) return;
    Component component;
    component.kind = kind;
    component.instance = "the rest";
    component.unknown = fmt::format("{} more of {} than the first {}, and no more are read", rest,
                                    ToString(kind), kMostOfOneKind);
    component.how = "take away what should not run there";
    found_.components.push_back(std::move(component));
  }

  void FindVersion(Component& component) {
    if (!component.version && !(component.in_container && component.run_by == RunBy::kStaticPod))
      FindBinaryVersion(component);
    if (!component.version && !component.in_container) {
      component.version = VersionOfPackage(*node_.files, component.kind, component.command.program);
      if (component.version) found_.read.push_back(component.version->place.file);
    }
    if (component.version) return;
    const auto given = options_.versions.find(component.kind);
    if (given != options_.versions.end()) component.version = given->second;
  }

  void FindBinaryVersion(Component& component) {
    std::vector<std::string> paths;
    if (component.process && !component.process->executable.empty())
      paths.push_back(component.process->executable);
    const std::string& program = component.command.program;
    if (program.starts_with('/')) {
      paths.push_back(program);
    } else if (!program.empty() && program.find('/') == std::string::npos) {
      for (const char* folder :
           {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
        paths.push_back(folder + program);
      }
    }
    for (const std::string& path : paths) {
      const auto host = component.HostPath(path);
      if (!host) continue;
      auto [known, added] = binaries_.try_emplace(*host);
      if (added) known->second = VersionOfBinary(*node_.files, *host, component.kind);
      if (!known->second) continue;
      component.version = known->second;
      found_.read.push_back(*host);
      return;
    }
  }

  /// A tree with a kubelet's configuration and nothing that starts it: taken as kubeadm's own unit
  /// starts it, and said so.
  void AssumeKubelet() {
    for (const std::string path :
         {"/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubelet-config.yaml",
          "/etc/kubernetes/kubelet-config.yaml", "/etc/kubernetes/kubelet/config.json",
          "/etc/kubernetes/kubelet/kubelet-config.json"}) {
      const auto stat = node_.files->Stat(path);
      if (!stat && stat.error().code == ErrorCode::kNotFound) continue;
      found_.components.push_back(AssumedKubelet(node_, path));
      Error error{ErrorCode::kNotFound, "find how the kubelet is started", path,
                  "no unit and no process shows it; it is taken to be started as kubeadm starts it",
                  ""};
      found_.blind_spots.push_back({std::move(error), {ComponentKind::kKubelet}});
      return;
    }
  }

  void ReadManifestFolders() {
    std::set<std::string> folders;
    bool certain = false;
    for (const Component& kubelet : found_.components) {
      if (kubelet.kind != ComponentKind::kKubelet) continue;
      const Setting setting = kubelet.Get("staticPodPath");
      if (!setting.known()) continue;
      certain = true;
      const auto path = kubelet.HostPath(setting.text);
      if (path && !setting.text.empty()) folders.insert(*path);
      ReadManifestUrl(kubelet);
    }
    for (const std::string& folder : folders) ReadFolder(folder);
    ReadFolder(kRke2Manifests);
    if (done_.contains(kDefaultManifests)) return;
    const size_t before = found_.components.size();
    ReadFolder(kDefaultManifests);
    if (certain) DropUnusedManifests(before, folders.empty() ? "" : *folders.begin());
  }

  void ReadFolder(const std::string& folder) {
    const std::string clean =
        folder.size() > 1 && folder.ends_with('/') ? folder.substr(0, folder.size() - 1) : folder;
    if (!done_.insert(clean).second) return;
    ReadStaticPods(node_, clean, found_);
  }

  /// Manifests that no kubelet reads are not run; they only count where nothing else is found, and
  /// with a word about it.
  void DropUnusedManifests(size_t from, const std::string& folder) {
    std::set<ComponentKind> elsewhere;
    for (size_t i = 0; i < from; ++i) elsewhere.insert(found_.components[i].kind);
    const auto begin = found_.components.begin() + static_cast<std::ptrdiff_t>(from);
    found_.components.erase(
        std::remove_if(begin, found_.components.end(),
                       [&](const Component& c) { return elsewhere.contains(c.kind); }),
        found_.components.end());
    for (size_t i = from; i < found_.components.size(); ++i) {
      Problem problem;
      problem.kind = Problem::Kind::kIgnored;
      problem.text =
          fmt::format("the kubelet's staticPodPath is {}: it does not read this manifest",
                      folder.empty() ? "not set" : folder);
      problem.place = found_.components[i].where;
      found_.components[i].problems.push_back(std::move(problem));
    }
  }

  void ReadManifestUrl(const Component& kubelet) {
    const Setting url = kubelet.Get("staticPodURL");
    if (!url.known() || url.text.empty()) return;
    Error error{ErrorCode::kUnsupported, "read static pods", "staticPodURL",
                "the kubelet fetches more static pods over HTTP",
                "audit the manifests behind it with -f"};
    found_.blind_spots.push_back({std::move(error), ControlPlaneKinds()});
  }

  void SortComponents() {
    std::stable_sort(node_.components.begin(), node_.components.end(),
                     [](const Component& a, const Component& b) {
                       return std::pair(a.kind, std::string_view(a.instance)) <
                              std::pair(b.kind, std::string_view(b.instance));
                     });
    for (size_t i = 1; i < node_.components.size();
         ++i) {  // instances are unique within their kind
      Component& component = node_.components[i];
      size_t same = 0;
      for (size_t k = 0; k < i; ++k) {
        if (node_.components[k].kind == component.kind &&
            node_.components[k].instance == component.instance)
          ++same;
      }
      if (same > 0) component.instance += fmt::format(" #{}", same + 1);
    }
  }

  bool Present(ComponentKind kind) const { return !node_.Of(kind).empty(); }

  void SetRoles() {
    node_.roles = options_.roles;
    const bool control_plane = Present(ComponentKind::kApiServer) ||
                               Present(ComponentKind::kControllerManager) ||
                               Present(ComponentKind::kScheduler);
    const bool worker = Present(ComponentKind::kKubelet) || Present(ComponentKind::kProxy);
    if (node_.roles.empty()) {
      if (control_plane) node_.roles.insert(Role::kControlPlane);
      if (Present(ComponentKind::kEtcd)) node_.roles.insert(Role::kEtcd);
      if (worker && !control_plane && !Present(ComponentKind::kEtcd))
        node_.roles.insert(Role::kWorker);
    }
    std::set<ComponentKind> missing;
    const auto want = [&](ComponentKind kind) {
      if (!Present(kind)) missing.insert(kind);
    };
    if (options_.roles.contains(Role::kControlPlane)) {
      want(ComponentKind::kApiServer);
      want(ComponentKind::kControllerManager);
      want(ComponentKind::kScheduler);
    }
    if (options_.roles.contains(Role::kEtcd)) want(ComponentKind::kEtcd);
    if (options_.roles.contains(Role::kWorker)) want(ComponentKind::kKubelet);
    if (node_.components.empty() && node_.blind_spots.empty() && missing.empty()) {
      return AddBlindSpot(EveryKind(), "no component of Kubernetes was found",
                          "name a node's root folder with --root");
    }
    if (!missing.empty())
      AddBlindSpot(missing, "the node's declared role has components that were not found", "");
  }

  void AddBlindSpot(std::set<ComponentKind> kinds, std::string why, std::string todo) {
    std::string names;
    for (const ComponentKind kind : kinds)
      names += (names.empty() ? "" : ", ") + std::string(ToString(kind));
    Error error{ErrorCode::kNotFound, "find " + names, node_.root, std::move(why), std::move(todo)};
    node_.blind_spots.push_back({std::move(error), std::move(kinds)});
  }

  void ListReads() {
    std::set<std::string> paths(found_.read.begin(), found_.read.end());
    for (const std::string& path : node_.ReadPaths()) paths.insert(path);
    node_.read.assign(paths.begin(), paths.end());
  }

  Node& node_;
  const ReadOptions& options_;
  Found found_;
  ProcessList processes_;
  std::set<std::string> done_;
  std::map<std::string, std::optional<Version>> binaries_;
};

}  // namespace

std::string HostNameOf(const Files& files) {
  const auto bytes = files.Read("/etc/hostname", kHostNameLimit);
  if (!bytes) return "";
  std::string_view rest = *bytes;
  while (!rest.empty()) {  // hostname(5): empty lines and comments are passed over
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = Trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line[0] == '#') continue;
    return line.size() <= 253 ? Printable(line) : "";
  }
  return "";
}

Result<Node> ReadNode(std::shared_ptr<const Files> files, const ReadOptions& options) {
  const Result<std::vector<FolderEntry>> root = files->List("/");
  if (!root) return std::unexpected(root.error());
  Node node;
  node.files = std::move(files);
  node.live = options.live;
  node.root = options.live ? "/" : "";
  node.name = options.name.empty() ? HostNameOf(*node.files) : options.name;
  if (node.name.empty()) node.name = "node";
  NodeReader(node, options).Read();
  return node;
}

}  // namespace seawall::cluster
