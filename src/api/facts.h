// ReadFacts and ReadNodes: a cluster as its API shows it, without access to any of its machines.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/client.h"
#include "cluster/api_facts.h"

namespace seawall::api {

struct ReadLimits {
  std::chrono::seconds all{300};       ///< for everything that is asked
  std::chrono::seconds kubelets{120};  ///< of it for kubelets, which an API server asks itself
  bool only_machines = false;          ///< nothing but nodes and API servers is asked for
};

/// Everything that rules about a cluster want to know. An Error comes back only when nothing can be
/// asked at all: nobody answers, it is no API server, it does not know the credentials. What it
/// refuses is unknown in the facts.
Result<std::shared_ptr<cluster::ApiFacts>> ReadFacts(ApiClient& client,
                                                     const ReadLimits& limits = {});

/// The cluster's machines, with the components that mirror pods, kube-proxy's pods and kubelets'
/// /configz show, and the cluster itself (Node::api) as the last. A machine whose name is in
/// `covered` is left out: somebody has its files. What only a machine's files could tell is
/// unknown.
std::vector<cluster::Node> ReadNodes(ApiClient& client,
                                     const std::shared_ptr<const cluster::ApiFacts>& facts,
                                     const cluster::ReadOptions& options,
                                     const std::set<std::string>& covered,
                                     const ReadLimits& limits = {});

/// What an entry that is no machine is called: `base` ("cluster"), or "cluster (API)" where a
/// machine has that name.
std::string OwnName(const std::string& base, const std::set<std::string>& machines);

/// As ReadNodes, where nobody can be asked any more: the machines that the facts list and `covered`
/// does not, with everything on them unknown, and the cluster. `server`: "https://HOST:PORT".
std::vector<cluster::Node> NodesOfFacts(const std::shared_ptr<const cluster::ApiFacts>& facts,
                                        const std::string& server,
                                        const cluster::ReadOptions& options,
                                        const std::set<std::string>& covered);

}  // namespace seawall::api
