// Node: a machine or its file tree, read once into one model: its components with every setting's
// origin, and its files. `ReadNode` and `ReadConfigurations` are the two doors of this room;
// everything behind them only reads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "cluster/component.h"
#include "x509/certificate.h"
#include "yaml/document.h"

namespace seawall::cluster {

class ParsedFile;
struct ApiFacts;
namespace kinds {
struct Kubeconfig;
}
namespace cloud {
struct ManagedCluster;
}

enum class Role : uint8_t { kControlPlane, kWorker, kEtcd };
const char* ToString(Role role);  ///< "control-plane", "worker", "etcd"

/// A source that could not be read, so that what may stand in it is unknown rather than absent.
struct BlindSpot {
  Error error;
  std::set<ComponentKind> components;  ///< those that may be defined there
};

struct ReadOptions {
  std::string name;      ///< the node's name in reports; empty: its hostname or the folder's name
  bool live = false;     ///< look at /proc too
  std::set<Role> roles;  ///< declared by the user; empty: inferred from what is found
  std::map<ComponentKind, Version> versions;  ///< --component-version
};

/// Not thread-safe (it caches what it reads); one thread examines one node.
class Node {
 public:
  std::string name;
  std::string
      root;  ///< the folder as the user named it; "/" for this machine; "-f" sources: the file
  bool live = false;
  bool is_machine =
      true;  ///< false: made from configuration (`-f`): it has no files, modes, owners
  std::optional<bool> collected_as_root;  ///< of a bundle: who read the node
  std::set<Role> roles;
  /// Set: it is no node at all, but a whole cluster that its provider runs, and has nothing else.
  std::shared_ptr<const cloud::ManagedCluster> managed;
  std::vector<Component> components;  ///< sorted by kind, then instance
  std::vector<BlindSpot> blind_spots;
  std::vector<std::string> read;  ///< what was read (paths), for the report's header
  std::shared_ptr<const Files> files;
  /// Not nullptr: this is no machine but a whole cluster as its API shows it. Only rules about
  /// clusters are asked of it.
  std::shared_ptr<const ApiFacts> api;
  bool by_api = false;  ///< a machine of which only the API tells
  /// Names that places show instead of paths in `files`: a file that stands inside of another one
  /// (`files:` of Cluster API) is known there by the path that the component reads, and to people
  /// by the file that they keep.
  std::map<std::string, std::string, std::less<>> shown_as;

  /// Cached reads by the node's path. The references live as long as the node.
  const Result<std::string>& Bytes(const std::string& path) const;
  const Result<yaml::Stream>& Yaml(const std::string& path) const;
  const Result<FileStat>& Stat(const std::string& path) const;
  const Result<std::vector<FolderEntry>>& List(const std::string& path) const;
  const Result<std::vector<x509::Certificate>>& Certificates(const std::string& path) const;
  const Result<x509::KeyInfo>& Key(const std::string& path) const;
  const Result<kinds::Kubeconfig>& Kubeconfig(const std::string& path) const;

  /// "root" or "1000" when the node's /etc/passwd (group) does not know the number.
  std::string UserName(uint32_t uid) const;
  std::string GroupName(uint32_t gid) const;

  /// Paths whose content was read through the caches above, in order.
  std::vector<std::string> ReadPaths() const;

  std::vector<const Component*> Of(ComponentKind kind) const;
  /// Why a component of this kind may exist although none was found; nullptr when it certainly does
  /// not.
  const BlindSpot* MayHide(ComponentKind kind) const;

 private:
  template <typename T>
  using Cache = std::map<std::string, Result<T>, std::less<>>;
  void LoadAccounts() const;
  /// What is read is kept for all rules; of many large files together the last ones are not.
  Result<std::string> Hold(const std::string& path, Result<std::string> bytes) const;
  mutable uint64_t held_ = 0;
  mutable Cache<std::string> bytes_;
  /// The bytes of a file that may have been read already; not kept.
  Result<std::string> Take(const std::string& path) const;
  const ParsedFile& Parsed(const std::string& path) const;
  x509::Keys Keys() const;
  mutable std::map<std::string, std::shared_ptr<const ParsedFile>, std::less<>> parsed_;
  mutable Cache<FileStat> stats_;
  mutable Cache<std::vector<FolderEntry>> lists_;
  mutable Cache<std::vector<x509::Certificate>> certificates_;
  mutable Cache<x509::KeyInfo> keys_;
  mutable std::optional<std::map<uint32_t, std::string>> users_, groups_;
};

/// The name in /etc/hostname; "" when there is none.
std::string HostNameOf(const Files& files);

/// Reads the node behind `files`. Whatever cannot be read becomes a blind spot or a component's
/// `unknown`; an Error comes back only when the root itself cannot be listed.
Result<Node> ReadNode(std::shared_ptr<const Files> files, const ReadOptions& options);

/// One file of `audit -f`: kubeadm, Cluster API, kops, RKE2/k3s and component configuration, any
/// number of documents.
struct ConfigurationSource {
  std::string name;  ///< path as the user gave it, "-" for standard input
  std::string bytes;
};

/// Nodes made from configuration that is kept in Git; each cluster described becomes one node with
/// its components.
Result<std::vector<Node>> ReadConfigurations(const std::vector<ConfigurationSource>& sources,
                                             const ReadOptions& options);

}  // namespace seawall::cluster
