// The files behind --gke, --eks, --aks and --terraform.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/inputs.h"

namespace seawall::app {

bool NamesManaged(const Arguments& arguments);

/// One source for each file. They are read together when the first of them is asked, so that
/// clusters of one name can be told apart whatever the order of threads; `used` are the names of
/// nodes.
Result<void> AddManagedSources(const Arguments& arguments, std::set<std::string> used,
                               std::vector<std::unique_ptr<NodeSource>>& sources);

}  // namespace seawall::app
