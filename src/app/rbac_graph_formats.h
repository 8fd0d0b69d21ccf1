// The formats of `seawall rbac graph`.
#pragma once

#include <string>
#include <vector>

#include "review/access_graph.h"

namespace seawall::app {

/// One page without a network. `open`: why something of it is not known.
std::string GraphHtml(const review::AccessGraph& graph, const std::vector<std::string>& open);
/// For Graphviz.
std::string GraphDot(const review::AccessGraph& graph, const std::vector<std::string>& open);
/// docs/schema/rbac-graph.schema.json.
std::string GraphJson(const review::AccessGraph& graph, const std::vector<std::string>& open);

}  // namespace seawall::app
