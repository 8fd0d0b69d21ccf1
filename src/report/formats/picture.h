// The picture of a cluster in the HTML report: nodes, their components, and who speaks to whom, by
// what was found of each link. SVG that needs neither script nor network; every word of it is read
// out by screen readers too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/record.h"

namespace seawall::report {

/// One node's box with its wires, as SVG at the origin: a link to `#anchor`, the node's part of the
/// page. "" when it has no component that speaks to others.
std::string PictureOfNode(const NodeReport& report, std::string_view anchor);

/// Those of all nodes with the lanes that connect them, and a legend; "" for none. Of many nodes
/// only some are drawn, those with an API server or etcd first, and the picture says so.
std::string PictureOfCluster(std::vector<std::string> nodes);

/// The rules that colour links: ids, or beginnings of them before a '*'.
std::vector<std::string_view> RulesOfPicture();

}  // namespace seawall::report
