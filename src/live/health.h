// Whether a component says of itself that it is well: its own health endpoint, asked from this
// machine. Private to this room.
#pragma once

#include <set>
#include <string>

#include "cluster/node.h"

namespace seawall::live {

struct Health {
  bool well = false;
  std::string why;  ///< "GET https://127.0.0.1:6443/readyz: status 500", or that it is well
};

/// Asks the component. Where anonymous requests are refused, a client certificate of this node is
/// shown, never a token; an answer that says only "not you" counts as well, because more cannot be
/// asked.
Health AskHealth(const cluster::Node& node, const cluster::Component& component);

/// The nodes of the cluster that are Ready; empty when nobody here may ask that.
std::set<std::string> ReadyNodes(const cluster::Node& node);

}  // namespace seawall::live
