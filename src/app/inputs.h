// What an audit is asked to look at: folders, bundles, this machine, configuration files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "cluster/node.h"

namespace seawall::app {

/// One thing to examine; `Read` is called once, from any thread.
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  virtual Result<std::vector<cluster::Node>> Read() const = 0;
  /// What to call it when it could not be read.
  virtual std::string Name() const { return "a source"; }
  /// A node of a cluster; false: configuration (-f) and managed clusters.
  virtual bool IsMachine() const { return false; }
  /// Once it was read: a bundle's secrets are replaced by others, which are equal only to those
  /// that the same key made. "": they are the node's own.
  virtual std::string SecretsKey() const { return ""; }
  /// After Read: of a bundle, what its components answered when it was made; "" when nobody asked.
  virtual std::string KeptProofs() const { return ""; }
  /// Once it was read: why it could not be, when what `Read` gave is a node of which nothing is
  /// known.
  virtual std::optional<Error> Unread() const { return std::nullopt; }
};

struct SshFetched;

/// --root, bundles by their names, -f, --gke, --eks, --aks, --terraform, --kubeconfig, --node-role,
/// --component-version; this machine when none of the sources is given. Bundles that hold what
/// the API said give the cluster, too, unless --kubeconfig asks it itself. `with_api` false: the
/// API is the caller's. `ssh`: what came from the hosts of --ssh.
Result<std::vector<std::unique_ptr<NodeSource>>> ReadSources(
    const Arguments& arguments, bool with_api = true,
    const std::shared_ptr<const SshFetched>& ssh = nullptr);

/// Whether the command line says what to look at, so that it is not this machine.
bool NamesSources(const Arguments& arguments);

/// The one folder of --root with what its node is called; this machine, live, without it.
struct Root {
  std::string folder;
  std::string name;
  bool live = false;
};
Result<Root> ReadRoot(const Arguments& arguments);
/// --node-role, --component-version.
Result<cluster::ReadOptions> ReadCommonOptions(const Arguments& arguments);

/// Seconds since the epoch of an RFC 3339 time; now for "".
Result<int64_t> ReadTime(const std::string& text);

}  // namespace seawall::app
