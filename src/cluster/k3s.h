// k3s and RKE2: components that one program runs (k3s) or writes manifests for (RKE2), from its
// configuration, its command line and what it passes on by itself.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/discovery.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Options of `k3s server` or `rke2 agent` by name without dashes: config.yaml, config.yaml.d and
/// flags are the same thing. Lists ("kube-apiserver-arg") keep their order; of the others the last
/// value counts.
class DistributionOptions {
 public:
  /// The mapping of one configuration file; a later file replaces a key's values, "key+" adds to
  /// them.
  void AddFile(yaml::Value root);
  /// The command line after the subcommand; lists grow, the rest is replaced.
  void AddArguments(const std::vector<Argument>& arguments);

  const std::vector<Argument>& All(const std::string& name) const;
  /// The last value, "" when the option is not given.
  std::string Last(const std::string& name) const;
  bool IsOn(const std::string& name) const { return Last(name) == "true"; }
  bool Has(const std::string& name) const { return options_.contains(name); }

 private:
  std::map<std::string, std::vector<Argument>> options_;
};

/// One server or agent, ready to be made into components.
struct Distribution {
  std::string program;  ///< "k3s" or "rke2"
  bool server = true;
  std::string instance;  ///< the configuration file or unit
  Place where;
  std::string binary;
  DistributionOptions options;
  bool etcd_folder = false;  ///< k3s keeps an etcd database on this node
  bool kubelet_config =
      false;  ///< the configuration that k3s writes for its kubelet is on this node
  std::string kubelet_config_dir;
  std::string unknown;  ///< a source of options could not be read
};

/// The components that it runs, with what the distribution passes by itself as arguments of origin
/// kDefault (verified in k3s' pkg/daemons and rke2's pkg/executor/staticpod as of Kubernetes 1.37).
std::vector<Component> ComponentsOf(const Distribution& distribution);

/// Reads the configuration of k3s and RKE2: the kubelet goes to `found.components`, the rest to
/// `found.later`.
void ReadDistributions(const Node& node, Found& found);

/// Moves what `ReadDistributions` left to the components: all of k3s', and of RKE2's those without
/// a manifest.
void FillDistributions(Found& found);

/// The kubelet of a tree that holds its configuration and nothing that starts it, as kubeadm's unit
/// would.
Component AssumedKubelet(const Node& node, const std::string& config);

}  // namespace seawall::cluster
