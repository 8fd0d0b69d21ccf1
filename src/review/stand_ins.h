// Who may act for others (impersonate them) without its being written down. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rbac/evaluator.h"
#include "review/recorded.h"

namespace seawall::review {

struct StandIn {
  std::string text;  ///< "ServiceAccount shop/proxy"
  Requester who;
};

/// Those whom RBAC lets impersonate somebody, of whose requests an audit policy leaves out some: an
/// event is written, or not, by who made the request. The cluster's own components act for nobody.
std::vector<StandIn> StandInsLeftOut(
    const rbac::Evaluator& evaluator, const Recorder& recorder,
    const std::function<Requester(const std::string& name, bool group)>& requester_of);

}  // namespace seawall::review
