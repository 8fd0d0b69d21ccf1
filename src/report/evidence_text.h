// Evidence and nodes in one line, for the formats that have no place of their own for them.
#pragma once

#include <string>
#include <vector>

#include "report/record.h"

namespace seawall::report {

/// "FILE:LINE:COLUMN", "FILE" or "".
std::string PlaceText(const Spot& place);
/// "SETTING = VALUE [ORIGIN FILE:LINE:COLUMN]"; the result is Printable.
std::string EvidenceText(const Observation& seen);
/// The first place in a file; nullptr when the evidence names none.
const Spot* FirstPlace(const std::vector<Observation>& evidence);

/// Whether it is a cluster that its provider runs.
bool IsManaged(const NodeRecord& node);
/// "Node", or "Cluster" for a whole one, as its provider or its API describes it.
const char* KindWord(const NodeRecord& node);
/// Nobody has its files: it is known from the API alone, a machine or the cluster.
bool IsShownByApi(const NodeRecord& node);
/// Where from it is known: "this machine, live", "files below DIR", "as the API at URL
/// shows it".
std::string SourceText(const NodeRecord& node);
/// Whether it is a machine of a cluster: neither a whole cluster nor configuration.
bool IsMachine(const NodeRecord& node);

}  // namespace seawall::report
