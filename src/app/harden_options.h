// What `seawall harden` is asked to do: the tree, the profile, and what only a person can choose.
#pragma once

#include <memory>
#include <string>

#include "app/command.h"
#include "base/files.h"
#include "harden/planner.h"

namespace seawall::app {

struct HardenJob {
  std::string root;  ///< absolute, without links
  std::shared_ptr<const Files> files;
  harden::PlanRequest request;
};

/// --root, --profile, --set, --owned-by, --component-version, --at and the options that choose
/// rules. Errors: kUsage, and those of the root and of the profile's file.
Result<HardenJob> ReadHardenJob(const Arguments& arguments);

/// --profile names a file, and none of seawall's own profiles.
bool ProfileIsFile(const Arguments& arguments);

/// Asks this cluster's API servers with an administrator's kubeconfig of this machine; at most
/// once.
harden::AbacQuiet AbacQuietHere(const Arguments& arguments);

/// Asks the cluster of this machine's etcd; each member at most once.
harden::AskEtcdPeers EtcdPeersHere();

/// The folder of --root as one absolute path; this machine's without it.
Result<std::string> HardenRoot(const Arguments& arguments);

}  // namespace seawall::app
