// The API of --kubeconfig and --context.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "api/client.h"
#include "app/inputs.h"
#include "cluster/api_facts.h"

namespace seawall::app {

/// --kubeconfig or --context was given.
bool WantsApi(const Arguments& arguments);

/// The client that they name. What is risky about it is said on standard error.
Result<std::unique_ptr<api::ApiClient>> OpenApi(const Arguments& arguments,
                                                const api::ClientOptions& options = {});

/// The cluster behind the API as nodes to examine; machines that `covered` names, or
/// whose addresses it holds, are left out.
Result<std::unique_ptr<NodeSource>> MakeApiSource(const Arguments& arguments,
                                                  cluster::ReadOptions options,
                                                  std::set<std::string> covered);

}  // namespace seawall::app
