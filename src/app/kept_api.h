// The API in a bundle: what it said when the node was collected, and the cluster that follows.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/client.h"
#include "app/command.h"
#include "app/inputs.h"
#include "bundle/bundle.h"

namespace seawall::app {

/// Asks the API that --kubeconfig names, and puts the answers into the bundle; rules that say
/// something else of them than of the API itself are added to the bundle's `differing`. `now` in
/// seconds since the epoch.
Result<void> CollectApi(const Arguments& arguments, int64_t now, bundle::Bundle& bundle);

/// What the API said, to be asked again. Errors: kNotHeld when the bundle has nothing of it; `path`
/// is for messages.
Result<std::unique_ptr<api::ApiClient>> OpenKeptApi(const bundle::Bundle& bundle,
                                                    const std::string& path);

/// The clusters that the bundles at `paths` tell of, each as the newest of them has it, and their
/// machines that `covered` does not name.
std::unique_ptr<NodeSource> MakeKeptApiSource(std::vector<std::string> paths,
                                              cluster::ReadOptions options,
                                              std::set<std::string> covered);

}  // namespace seawall::app
