#include "cluster/static_pods.h"

#include <algorithm>
#include <map>

#include "cluster/parsed_file.h"
#include "cluster/pod_container.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr uint64_t kManifestLimit = 10u << 20;  // the kubelet's own bound
/// Manifests that look like a component's and are read whole; a node has four. The rest is unknown,
/// not absent.
constexpr size_t kMaxManifests = 32;

constexpr std::string_view kTraces[] = {"kube", "etcd", "apiserver", "controller-manager",
                                        "scheduler"};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether the bytes may describe a component at all; what is surely a pod of something else need
/// not be parsed.
bool MayBeComponent(std::string_view bytes) {
  for (const ComponentKind kind : kAllComponents) {
    if (Contains(bytes, ToString(kind))) return true;
  }
  if (Contains(bytes, "hyperkube") || Contains(bytes, "apiserver") ||
      Contains(bytes, "controller-manager"))
    return true;
  const bool plain_pod = Contains(bytes, "containers") && Contains(bytes, "Pod") &&
                         !Contains(bytes, "\\") && bytes.find('\0') == std::string_view::npos;
  return !plain_pod;
}

/// Components that an unreadable or malformed manifest may be about, by its file name and whatever
/// text there is.
std::set<ComponentKind> Suspects(const std::string& file, std::string_view bytes) {
  std::set<ComponentKind> kinds;
  for (std::string stem(BaseName(file)); !stem.empty(); stem = stem.substr(0, stem.rfind('.'))) {
    if (const auto kind = ComponentOfScript(stem)) kinds.insert(*kind);
    if (stem.find('.') == std::string::npos) break;
  }
  if (!kinds.empty()) return kinds;
  for (const ComponentKind kind : kAllComponents) {
    const std::string name = ToString(kind);
    if (Contains(bytes, "name: " + name + "\n") || Contains(bytes, "- " + name + "\n") ||
        Contains(bytes, "/" + name + ":") || Contains(bytes, "\"" + name + "\"")) {
      kinds.insert(kind);
    }
  }
  return kinds;
}

/// Who says in the file that it is theirs.
std::string OwnerHint(std::string_view bytes, std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kMarks[] = {
      {"kubeadm.kubernetes.io/", "kubeadm"},
      {"nsible managed", "ansible"},
      {"NSIBLE MANAGED", "ansible"},
      {"anaged by Puppet", "puppet"},
      {"anaged by Chef", "chef"},
      {"anaged by Salt", "salt"},
      {"k8s-app: kops", "kops"},
      {"kops.k8s.io", "kops"},
      {"registry.k8s.io/kops/", "kops"}};
  if (path.starts_with("/var/lib/rancher/rke2/")) return "rke2";
  for (const auto& [mark, owner] : kMarks) {
    if (Contains(bytes, mark)) return std::string(owner);
  }
  return "";
}

/// What a whole manifest has and a truncated one may lack: without it the kubelet's validation
/// refuses the pod. Empty when nothing is missing.
std::string MissingIn(yaml::Value pod, yaml::Value container) {
  if (container["name"].text().empty()) return "a container has no name";
  if (container["image"].text().empty()) return "a container has no image";
  std::set<std::string> volumes;
  for (const yaml::Value volume : pod.Path("spec.volumes").Items())
    volumes.insert(volume["name"].text());
  for (const yaml::Value mount : container["volumeMounts"].Items()) {
    const std::string& name = mount["name"].text();
    if (!volumes.contains(name))
      return fmt::format("it mounts the volume {}, which the pod does not have", name);
  }
  return "";
}

void Refuse(Component& component, const std::string& why) {
  Problem problem;
  problem.kind = Problem::Kind::kMalformedFile;
  problem.fatal = true;
  problem.text = fmt::format("{}: the kubelet refuses the manifest", why);
  problem.place = component.where;
  component.unknown = problem.text;
  component.how = "look whether the file is whole, and at the running process's arguments";
  component.problems.push_back(std::move(problem));
}

class ManifestFolder {
 public:
  ManifestFolder(const Node& node, Found& found) : node_(node), found_(found) {}

  void ReadFolder(const std::string& folder, const std::vector<FolderEntry>& entries) {
    for (const FolderEntry& entry : entries) {
      if (!entry.name.starts_with('.'))
        ReadFile(folder + (folder.ends_with('/') ? "" : "/") + entry.name, entry.type);
    }
    FindHomonyms();
    MarkTwins();
    ReportRest(folder);
  }

  void ReadFile(const std::string& path, FileStat::Type type) {
    if (type == FileStat::Type::kFolder) return;  // the kubelet does not go into subfolders
    if (type == FileStat::Type::kLink) {
      const Result<FileStat> target = node_.files->Stat(path);
      if (target && target->type == FileStat::Type::kFolder) return;
    }
    Result<std::string> bytes = node_.files->Read(path, kManifestLimit);
    if (!bytes) return Unusable(path, "", bytes.error());
    const bool named = !Suspects(path, "").empty();
    if (!named && !MayBeComponent(*bytes)) {
      others_.push_back(path);
      return;
    }
    if (manifests_ >= kMaxManifests) {
      ++rest_;
      for (const ComponentKind kind : Suspects(path, *bytes)) rest_kinds_.insert(kind);
      return;
    }
    ++manifests_;
    Parse(path, *bytes);
  }

  void MarkTwins() {
    for (auto& [pod, indices] : pods_) {
      std::set<std::string> files;
      for (const auto& [index, file] : indices) files.insert(file);
      if (files.size() < 2) continue;
      for (const auto& [index, file] : indices) {
        if (index != kNoComponent) MarkTwin(found_.components[index], pod, file, files);
      }
    }
  }

 private:
  static constexpr size_t kNoComponent = static_cast<size_t>(-1);

  /// Every component that may be in a file that says nothing certain is unknown, not absent.
  void Unusable(const std::string& path, std::string_view bytes, const Error& error) {
    const std::set<ComponentKind> kinds = Suspects(path, bytes);
    found_.blind_spots.push_back({error, kinds.empty() ? ControlPlaneKinds() : kinds});
    const std::set<ComponentKind> named = Suspects(path, "");
    for (const ComponentKind kind : named.empty() ? kinds : named) {
      Component component;
      component.kind = kind;
      component.instance = path;
      component.run_by = RunBy::kStaticPod;
      component.where.file = path;
      component.in_container = true;
      component.unknown = fmt::format("its manifest {} cannot be used: {}", path, error.why);
      component.how = error.code == ErrorCode::kPermission
                          ? "run seawall as root"
                          : "look at the running process's arguments";
      if (error.code == ErrorCode::kMalformed || error.code == ErrorCode::kLimit ||
          error.code == ErrorCode::kUnsupported) {
        Problem problem;
        problem.kind = Problem::Kind::kMalformedFile;
        problem.fatal = true;
        problem.text = fmt::format("the kubelet cannot use the manifest: {}", error.why);
        problem.place.file = path;
        component.problems.push_back(std::move(problem));
      }
      found_.Add(std::move(component));
    }
  }

  void Parse(const std::string& path, const std::string& bytes) {
    const std::string hint = OwnerHint(bytes, path);
    const std::shared_ptr<const ParsedFile> file = ParseShared(path, bytes);
    const Result<yaml::Stream>& stream = file->stream();
    if (!stream) return Unusable(path, bytes, stream.error());
    found_.read.push_back(path);
    const yaml::Value pod = stream->root(0);
    const std::string& kind = pod["kind"].text();
    if (!pod.is_mapping() || kind != "Pod" || pod["apiVersion"].text() != "v1") {
      const std::string what =
          kind.empty() ? "no kind" : "kind " + kind + " of " + pod["apiVersion"].text();
      return Unusable(path, bytes,
                      Error{ErrorCode::kUnsupported, "read a static pod's manifest", path,
                            "the kubelet reads a Pod of v1, and this has " + what, ""});
    }
    LaterDocuments(*stream, path);
    const std::string& space = pod["metadata"]["namespace"].text();
    const std::string key =
        (space.empty() ? "default" : space) + "/" + pod["metadata"]["name"].text();
    const size_t before = found_.components.size();
    AddContainers(pod, pod.Path("spec.containers"), false);
    AddContainers(pod, pod.Path("spec.initContainers"), true);
    for (size_t i = before; i < found_.components.size(); ++i) {
      Component& component = found_.components[i];
      component.owner_hint = hint;
      component.instance = found_.components.size() - before == 1
                               ? path
                               : fmt::format("{} ({})", path, Name(component, i - before));
      if (hint == "rke2") component.run_by = RunBy::kRke2;
      AddDuplicates(*stream, component);
      pods_[key].emplace_back(i, path);
    }
    if (before == found_.components.size()) pods_[key].emplace_back(kNoComponent, path);
  }

  std::string Name(const Component& component, size_t number) const {
    const auto known = names_.find(component.where.bytes.begin);
    return known == names_.end() || known->second.empty() ? fmt::format("container {}", number + 1)
                                                          : known->second;
  }

  /// Init containers run once and end, except the sidecars among them (restartPolicy: Always).
  void AddContainers(yaml::Value pod, yaml::Value list, bool init) {
    for (const yaml::Value container : list.Items()) {
      if (init && container["restartPolicy"].text() != "Always") continue;
      std::optional<Component> component = ReadContainer(pod, container);
      if (!component) continue;
      const std::string missing = MissingIn(pod, container);
      if (!missing.empty() && component->unknown.empty()) Refuse(*component, missing);
      const size_t begin = component->where.bytes.begin;
      if (found_.Add(std::move(*component))) names_[begin] = container["name"].text();
    }
  }

  static void AddDuplicates(const yaml::Stream& stream, Component& component) {
    for (const yaml::Duplicate& duplicate : stream.duplicates()) {
      Problem problem;
      problem.kind = Problem::Kind::kDuplicateKey;
      problem.setting = duplicate.key;
      problem.text =
          fmt::format("the key {} stands twice (first in line {}): the kubelet takes the last",
                      duplicate.key, duplicate.first.line);
      problem.place = duplicate.again;
      component.problems.push_back(std::move(problem));
      if (component.problems.size() > 100) return;
    }
  }

  /// The kubelet reads the first document only; what looks like a component after it does not run,
  /// and its author thinks that it does.
  void LaterDocuments(const yaml::Stream& stream, const std::string& path) {
    for (size_t i = 1; i < stream.documents(); ++i) {
      for (const yaml::Value container : stream.root(i).Path("spec.containers").Items()) {
        const std::optional<Component> component = ReadContainer(stream.root(i), container);
        if (!component) continue;
        Error error{ErrorCode::kUnsupported, "read a static pod's manifest", path,
                    "the kubelet reads the first document of a file only, and this component "
                    "stands in a later one",
                    ""};
        found_.blind_spots.push_back({std::move(error), {component->kind}});
      }
    }
  }

  /// Pods of other programs whose name equals that of a component's pod are twins, too.
  void FindHomonyms() {
    std::vector<std::string> names;
    for (const auto& [key, components] : pods_) {
      const std::string name = key.substr(key.find('/') + 1);
      const bool traced = std::any_of(std::begin(kTraces), std::end(kTraces),
                                      [&](std::string_view t) { return Contains(name, t); });
      const bool component = std::any_of(components.begin(), components.end(),
                                         [](const auto& c) { return c.first != kNoComponent; });
      if (component && !traced && !name.empty()) names.push_back(name);
    }
    if (names.empty()) return;
    for (const std::string& path : others_) {
      Result<std::string> bytes = node_.files->Read(path, kManifestLimit);
      if (!bytes) continue;
      const bool same = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return Contains(*bytes, name);
      });
      if (same && manifests_++ < kMaxManifests) Parse(path, *bytes);
    }
  }

  static void MarkTwin(Component& component, const std::string& pod, const std::string& file,
                       const std::set<std::string>& files) {
    std::string others;
    for (const std::string& other : files) {
      if (other == file) continue;
      others += (others.empty() ? "" : ", ") + other;
      if (others.size() > 300) {
        others += ", …";
        break;
      }
    }
    Problem problem;
    problem.kind = Problem::Kind::kTwoManifests;
    problem.text =
        fmt::format("the pod {} stands in another manifest too ({}): the kubelet runs one of them",
                    pod, others);
    problem.place = component.where;
    component.problems.push_back(std::move(problem));
    if (!component.unknown.empty()) return;
    component.unknown = fmt::format(
        "the pod {} has two manifests ({} and {}), and which of them runs cannot be known", pod,
        file, others);
    component.how =
        "move all but one out of the folder (the kubelet reads every file that does not begin with "
        "a dot)";
  }

  void ReportRest(const std::string& folder) {
    if (rest_ == 0) return;
    const std::string why =
        fmt::format("{} more manifests that look like a component's; only the first {} are read",
                    rest_, kMaxManifests);
    Error error{ErrorCode::kLimit, "read static pods", folder, why,
                "keep only the manifests that should run there"};
    const std::set<ComponentKind> kinds = rest_kinds_.empty() ? ControlPlaneKinds() : rest_kinds_;
    found_.blind_spots.push_back({error, kinds});
    for (const auto& [pod, components] : pods_) {  // any of the rest may be for the same pod
      for (const auto& [index, file] : components) {
        if (index == kNoComponent || !found_.components[index].unknown.empty()) continue;
        found_.components[index].unknown = why + ", and another may be for this pod";
        found_.components[index].how = error.todo;
      }
    }
    for (const ComponentKind kind : rest_kinds_) {
      Component component;
      component.kind = kind;
      component.instance = folder + " (the rest)";
      component.run_by = RunBy::kStaticPod;
      component.where.file = folder;
      component.in_container = true;
      component.unknown = why;
      component.how = error.todo;
      found_.components.push_back(std::move(component));
    }
  }

  const Node& node_;
  Found& found_;
  size_t manifests_ = 0;
  size_t rest_ = 0;
  std::set<ComponentKind> rest_kinds_;
  std::vector<std::string> others_;  ///< manifests that are surely no component's
  std::map<std::string, std::vector<std::pair<size_t, std::string>>>
      pods_;                             ///< to component (index) and file
  std::map<size_t, std::string> names_;  ///< container names by place, within one manifest
};

}  // namespace

void ReadStaticPods(const Node& node, const std::string& path, Found& found) {
  const Result<FileStat> stat = node.files->Stat(path);
  if (!stat) {
    if (stat.error().code != ErrorCode::kNotFound)
      found.blind_spots.push_back({stat.error(), ControlPlaneKinds()});
    return;
  }
  ManifestFolder reader(node, found);
  if (stat->type != FileStat::Type::kFolder) {
    reader.ReadFile(path, stat->type);
    return;
  }
  const Result<std::vector<FolderEntry>> entries = node.files->List(path);
  if (!entries) {
    found.blind_spots.push_back({entries.error(), ControlPlaneKinds()});
    return;
  }
  reader.ReadFolder(path, *entries);
}

}  // namespace seawall::cluster
