// Hosts of --ssh as nodes to examine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/inputs.h"
#include "app/ssh_fetch.h"

namespace seawall::app {

/// `names`: what each host is called. One whose bundle did not come, or is none, becomes a node of
/// which nothing is known.
void AddSshSources(const std::shared_ptr<const SshFetched>& fetched,
                   const std::vector<std::string>& names, const cluster::ReadOptions& options,
                   std::vector<std::unique_ptr<NodeSource>>& sources);

}  // namespace seawall::app
