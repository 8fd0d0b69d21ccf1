#include "rules/used_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Setting;
using cluster::SettingState;

struct NamedBy {
  ComponentKind kind;
  const char* setting;
  FileUse use;
};

// Every setting of every component that names a file which a rule speaks about.
constexpr NamedBy kNamedBy[] = {
    {ComponentKind::kApiServer, "client-ca-file", FileUse::kCa},
    {ComponentKind::kApiServer, "etcd-cafile", FileUse::kCa},
    {ComponentKind::kApiServer, "kubelet-certificate-authority", FileUse::kCa},
    {ComponentKind::kApiServer, "oidc-ca-file", FileUse::kCa},
    {ComponentKind::kApiServer, "requestheader-client-ca-file", FileUse::kCa},
    {ComponentKind::kApiServer, "tls-cert-file", FileUse::kCertificate},
    {ComponentKind::kApiServer, "etcd-certfile", FileUse::kCertificate},
    {ComponentKind::kApiServer, "kubelet-client-certificate", FileUse::kCertificate},
    {ComponentKind::kApiServer, "proxy-client-cert-file", FileUse::kCertificate},
    {ComponentKind::kApiServer, "tls-private-key-file", FileUse::kKey},
    {ComponentKind::kApiServer, "etcd-keyfile", FileUse::kKey},
    {ComponentKind::kApiServer, "kubelet-client-key", FileUse::kKey},
    {ComponentKind::kApiServer, "proxy-client-key-file", FileUse::kKey},
    {ComponentKind::kApiServer, "service-account-signing-key-file", FileUse::kKey},
    {ComponentKind::kApiServer, "tls-sni-cert-key", FileUse::kCertificate},
    {ComponentKind::kApiServer, "tls-sni-cert-key", FileUse::kKey},
    {ComponentKind::kApiServer, "service-account-key-file", FileUse::kPublicKey},
    {ComponentKind::kApiServer, "audit-webhook-config-file", FileUse::kKubeconfig},
    {ComponentKind::kApiServer, "authentication-token-webhook-config-file", FileUse::kKubeconfig},
    {ComponentKind::kApiServer, "authorization-webhook-config-file", FileUse::kKubeconfig},
    {ComponentKind::kApiServer, "encryption-provider-config", FileUse::kSecret},
    {ComponentKind::kApiServer, "token-auth-file", FileUse::kSecret},
    {ComponentKind::kApiServer, "admission-control-config-file", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "audit-policy-file", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "authentication-config", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "authorization-config", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "authorization-policy-file", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "egress-selector-config-file", FileUse::kConfiguration},
    {ComponentKind::kApiServer, "audit-log-path", FileUse::kLog},
    {ComponentKind::kControllerManager, "client-ca-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "requestheader-client-ca-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "root-ca-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "cluster-signing-cert-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "cluster-signing-kube-apiserver-client-cert-file",
     FileUse::kCa},
    {ComponentKind::kControllerManager, "cluster-signing-kubelet-client-cert-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "cluster-signing-kubelet-serving-cert-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "cluster-signing-legacy-unknown-cert-file", FileUse::kCa},
    {ComponentKind::kControllerManager, "tls-cert-file", FileUse::kCertificate},
    {ComponentKind::kControllerManager, "tls-private-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "cluster-signing-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "cluster-signing-kube-apiserver-client-key-file",
     FileUse::kKey},
    {ComponentKind::kControllerManager, "cluster-signing-kubelet-client-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "cluster-signing-kubelet-serving-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "cluster-signing-legacy-unknown-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "service-account-private-key-file", FileUse::kKey},
    {ComponentKind::kControllerManager, "kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kControllerManager, "authentication-kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kControllerManager, "authorization-kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kScheduler, "client-ca-file", FileUse::kCa},
    {ComponentKind::kScheduler, "requestheader-client-ca-file", FileUse::kCa},
    {ComponentKind::kScheduler, "tls-cert-file", FileUse::kCertificate},
    {ComponentKind::kScheduler, "tls-private-key-file", FileUse::kKey},
    {ComponentKind::kScheduler, "kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kScheduler, "authentication-kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kScheduler, "authorization-kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kScheduler, "config", FileUse::kConfiguration},
    {ComponentKind::kKubelet, "authentication.x509.clientCAFile", FileUse::kCa},
    {ComponentKind::kKubelet, "tlsCertFile", FileUse::kCertificate},
    {ComponentKind::kKubelet, "tlsPrivateKeyFile", FileUse::kKey},
    {ComponentKind::kKubelet, "kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kKubelet, "bootstrap-kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kKubelet, "config", FileUse::kConfiguration},
    {ComponentKind::kKubelet, "image-credential-provider-config", FileUse::kConfiguration},
    {ComponentKind::kProxy, "clientConnection.kubeconfig", FileUse::kKubeconfig},
    {ComponentKind::kProxy, "config", FileUse::kConfiguration},
    {ComponentKind::kEtcd, "trusted-ca-file", FileUse::kCa},
    {ComponentKind::kEtcd, "peer-trusted-ca-file", FileUse::kCa},
    {ComponentKind::kEtcd, "cert-file", FileUse::kCertificate},
    {ComponentKind::kEtcd, "client-cert-file", FileUse::kCertificate},
    {ComponentKind::kEtcd, "peer-cert-file", FileUse::kCertificate},
    {ComponentKind::kEtcd, "peer-client-cert-file", FileUse::kCertificate},
    {ComponentKind::kEtcd, "key-file", FileUse::kKey},
    {ComponentKind::kEtcd, "client-key-file", FileUse::kKey},
    {ComponentKind::kEtcd, "peer-key-file", FileUse::kKey},
    {ComponentKind::kEtcd, "peer-client-key-file", FileUse::kKey},
    {ComponentKind::kEtcd, "config-file", FileUse::kConfiguration},
};

// Where kubeadm, the kubelet, k3s and RKE2 keep certificates.
constexpr const char* kUsualPkiFolders[] = {"/etc/kubernetes/pki",
                                            "/etc/kubernetes/ssl",
                                            "/var/lib/kubelet/pki",
                                            "/etc/etcd/pki",
                                            "/etc/ssl/etcd/ssl",
                                            "/var/lib/rancher/rke2/server/tls",
                                            "/var/lib/rancher/k3s/server/tls"};

// Trust stores and places for everything: whatever else lies there is not the cluster's.
constexpr const char* kSharedFolders[] = {"/",
                                          "/etc",
                                          "/etc/kubernetes",
                                          "/etc/etcd",
                                          "/etc/ssl",
                                          "/etc/ssl/certs",
                                          "/etc/pki/tls/certs",
                                          "/etc/pki/ca-trust/extracted/pem",
                                          "/usr/share/ca-certificates",
                                          "/usr/local/share/ca-certificates",
                                          "/var/lib/kubelet",
                                          "/var/lib/kubernetes",
                                          "/root",
                                          "/tmp",
                                          "/var/lib"};

constexpr const char* kUsualKubeconfigs[] = {"/etc/kubernetes/admin.conf",
                                             "/etc/kubernetes/super-admin.conf",
                                             "/etc/kubernetes/kubelet.conf",
                                             "/etc/kubernetes/controller-manager.conf",
                                             "/etc/kubernetes/scheduler.conf",
                                             "/etc/rancher/k3s/k3s.yaml",
                                             "/etc/rancher/rke2/rke2.yaml",
                                             "/var/lib/kube-proxy/kubeconfig",
                                             "/root/.kube/config"};

constexpr size_t kMostHomes = 500;
constexpr size_t kMostFiles = 2000;

/// The volume behind a container's path when it is not one of the node's files ("configMap"), else
/// "".
std::string VolumeBehind(const Component& component, std::string_view path) {
  std::string kind;
  size_t longest = 0;
  for (const cluster::Mount& mount : component.mounts) {
    const std::string& at = mount.container_path;
    bool inside = path.starts_with(at) && (path.size() == at.size() || path[at.size()] == '/');
    if (inside && at.size() >= longest) {
      longest = at.size();
      kind = mount.host_path.empty() ? mount.kind : "";
    }
  }
  return kind;
}

void AddPath(const Component& component, std::string_view setting, FileUse use,
             const std::string& path, const Place& place, UsedFiles& out) {
  if (path.empty() || path == "-") return;  // "-" is standard output (--audit-log-path)
  if (path.front() != '/') {
    out.gaps.push_back(
        {std::string(setting),
         fmt::format("{} is \"{}\", a path relative to an unknown folder", setting, path),
         "give an absolute path, or look at the process's working directory"});
    return;
  }
  if (auto host = component.HostPath(path)) {
    out.files.push_back({&component, std::string(setting), *host, use, place});
    return;
  }
  std::string volume = VolumeBehind(component, path);
  if (!volume.empty()) {
    out.gaps.push_back(
        {std::string(setting),
         fmt::format("{} names {}, which comes from a {} volume", setting, path, volume),
         "look at that object through the API server", true});
    return;
  }
  out.gaps.push_back({std::string(setting),
                      fmt::format("{} names {}, and the container mounts no file of the node there",
                                  setting, path),
                      "look inside the container"});
}

/// "cert,key" or "cert,key:name,name" of --tls-sni-cert-key.
std::string SniPart(std::string_view value, FileUse use) {
  size_t comma = value.find(',');
  if (comma == std::string_view::npos) return {};
  std::string_view key = value.substr(comma + 1);
  key = key.substr(0, key.find(':'));
  return std::string(use == FileUse::kKey ? key : value.substr(0, comma));
}

bool EndsWithAny(std::string_view name, std::initializer_list<std::string_view> suffixes) {
  return std::ranges::any_of(suffixes, [&](std::string_view s) { return name.ends_with(s); });
}

/// What a file of a PKI folder is, by its name and, where that does not say, by its bytes.
void Classify(const cluster::Node& node, const std::string& path, UsedFiles& out) {
  std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (EndsWithAny(name, {".key", "-key.pem", "_key.pem"}) || name == "key.pem") {
    out.files.push_back({nullptr, "", path, FileUse::kKey, {}});
    return;
  }
  if (EndsWithAny(name, {".pub", ".csr", ".srl", ".cnf", ".json", ".conf"})) return;
  if (!EndsWithAny(name, {".crt", ".pem", ".cert", ".cer"})) return;
  // Not kept among the node's bytes: it may hold a key.
  Result<std::string> bytes =
      node.files ? node.files->Read(path) : Result<std::string>(std::string());
  if (!bytes) {
    out.gaps.push_back(GapOf("", bytes.error()));
    return;
  }
  bool certificate = bytes->find("-----BEGIN CERTIFICATE-----") != std::string::npos;
  bool key = bytes->find("PRIVATE KEY-----") != std::string::npos;
  x509::Wipe(*bytes);
  bool ca = name.starts_with("ca.") || name.find("-ca.") != std::string_view::npos;
  if (key) out.files.push_back({nullptr, "", path, FileUse::kKey, {}});
  if (certificate || !key) {
    out.files.push_back({nullptr, "", path, ca ? FileUse::kCa : FileUse::kCertificate, {}});
  }
}

}  // namespace

std::string ParentFolder(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

FileGap GapOf(std::string_view setting, const Error& error) {
  std::string why =
      setting.empty() ? error.ToString() : fmt::format("{}: {}", setting, error.ToString());
  std::string how = "look at it on the node itself";
  if (error.code == ErrorCode::kPermission) how = "run as root";
  if (error.code == ErrorCode::kNotFound) how = "look whether the tree is complete";
  return {std::string(setting), std::move(why), std::move(how)};
}

void AddNamed(const Component& component, std::string_view name, FileUse use, UsedFiles& out) {
  Setting setting = component.Get(name);
  if (setting.state == SettingState::kAbsent || setting.nothing_by_default) return;
  if (setting.state == SettingState::kUnknown) {
    out.gaps.push_back(
        {setting.name, fmt::format("{} cannot be known: {}", name, setting.why), setting.how});
    return;
  }
  if (setting.items.empty()) {
    AddPath(component, name, use, setting.text, setting.origin.place, out);
    return;
  }
  for (const cluster::Item& item : setting.items) {
    std::string path = name == "tls-sni-cert-key" ? SniPart(item.text, use) : item.text;
    AddPath(component, name, use, path, item.place, out);
  }
}

UsedFiles NamedFiles(const Component& component, std::span<const FileUse> uses) {
  UsedFiles out;
  for (const NamedBy& row : kNamedBy) {
    if (row.kind == component.kind && std::ranges::find(uses, row.use) != uses.end()) {
      AddNamed(component, row.setting, row.use, out);
    }
  }
  return out;
}

UsedFiles NamedFiles(const cluster::Node& node, std::span<const FileUse> uses) {
  UsedFiles out;
  for (const Component& component : node.components) {
    UsedFiles one = NamedFiles(component, uses);
    std::ranges::move(one.files, std::back_inserter(out.files));
    std::ranges::move(one.gaps, std::back_inserter(out.gaps));
  }
  return out;
}

namespace {

bool IsSpecial(FileStat::Type type) {
  return type == FileStat::Type::kFifo || type == FileStat::Type::kSocket ||
         type == FileStat::Type::kDevice;
}

}  // namespace

void ListBelow(const cluster::Node& node, const std::string& folder, int depth,
               std::vector<std::string>& files, std::vector<FileGap>& gaps) {
  const auto& entries = node.List(folder);
  if (!entries) {
    if (entries.error().code != ErrorCode::kNotFound) gaps.push_back(GapOf("", entries.error()));
    return;
  }
  for (const FolderEntry& entry : *entries) {
    std::string path = (folder == "/" ? "" : folder) + "/" + entry.name;
    if (files.size() >= kMostFiles) {
      gaps.push_back({"", fmt::format("{} holds more than {} files", folder, kMostFiles),
                      "look at it by hand"});
      return;
    }
    bool is_folder = entry.type == FileStat::Type::kFolder;
    bool is_file = entry.type == FileStat::Type::kRegular;
    if (entry.type == FileStat::Type::kLink) {
      const auto& stat = node.Stat(path);
      is_file = !stat || stat->type ==
                             FileStat::Type::kRegular;  // a dangling link is a file that is missing
    }
    if (is_folder && depth > 0) ListBelow(node, path, depth - 1, files, gaps);
    if (is_file) {
      files.push_back(std::move(path));
    } else if (IsSpecial(entry.type)) {
      gaps.push_back({"", fmt::format("{} is no regular file, and nothing is read from it", path),
                      "look at it by hand"});
    }
  }
}

std::vector<std::string> PkiFolders(const cluster::Node& node, const UsedFiles& named) {
  std::set<std::string> folders;
  for (const char* folder : kUsualPkiFolders) {
    const auto& stat = node.Stat(folder);
    if (stat && stat->type == FileStat::Type::kFolder) folders.insert(folder);
  }
  for (const UsedFile& file : named.files) {
    std::string folder = ParentFolder(file.path);
    if (std::ranges::find(kSharedFolders, folder) != std::end(kSharedFolders)) continue;
    const auto& stat = node.Stat(folder);
    if (stat && stat->type == FileStat::Type::kFolder) folders.insert(std::move(folder));
  }
  return {folders.begin(), folders.end()};
}

std::vector<std::string> FoundKubeconfigs(const cluster::Node& node) {
  std::vector<std::string> candidates(std::begin(kUsualKubeconfigs), std::end(kUsualKubeconfigs));
  if (const auto& homes = node.List("/home")) {
    for (size_t i = 0; i < std::min(homes->size(), kMostHomes); ++i) {
      candidates.push_back(fmt::format("/home/{}/.kube/config", (*homes)[i].name));
    }
  }
  std::erase_if(candidates, [&](const std::string& path) {
    const auto& stat = node.Stat(path);
    if (stat) return false;
    if (path.starts_with("/home/")) return true;
    // A link that leads nowhere is a kubeconfig that could not be seen.
    return stat.error().code == ErrorCode::kNotFound &&
           (!node.files || !node.files->LinkStat(path));
  });
  return candidates;
}

UsedFiles PkiFiles(const cluster::Node& node) {
  static constexpr FileUse kUses[] = {FileUse::kCa, FileUse::kCertificate, FileUse::kKey,
                                      FileUse::kPublicKey};
  UsedFiles out = NamedFiles(node, kUses);
  std::set<std::string> known;
  for (const UsedFile& file : out.files) known.insert(file.path);
  std::vector<std::string> found;
  for (const std::string& folder : PkiFolders(node, out))
    ListBelow(node, folder, 3, found, out.gaps);
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (const std::string& path : found) {
    if (!known.contains(path)) Classify(node, path, out);
  }
  std::ranges::stable_sort(out.files, [](const UsedFile& a, const UsedFile& b) {
    return std::tie(a.path, a.use) < std::tie(b.path, b.use);
  });
  return out;
}

}  // namespace seawall::rules
