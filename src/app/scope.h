// What an audit knows of and did not look at, for --evidence.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/node.h"
#include "report/run_evidence.h"

namespace seawall::app {

/// What one examined node tells of the scope.
struct ScopeHints {
  std::string name;
  bool files = true;        ///< false: nobody gave its files, only the API tells of it
  std::string cluster_uid;  ///< "": it does not tell
  std::string unlisted;     ///< why the API does not say which nodes there are; "": it does
  std::vector<std::string> etcd_names;                            ///< members that run here
  std::vector<std::pair<std::string, std::string>> etcd_members;  ///< names and peer URLs of all
};
ScopeHints HintsOf(const cluster::Node& node);

/// Fills `cluster_uid`, `seen` and `not_seen` from the nodes of a run.
void AddScope(const std::vector<ScopeHints>& nodes, report::RunEvidence& evidence);

}  // namespace seawall::app
