// Components that run as systemd services: unit files of every folder that systemd looks into,
// drop-ins merged as systemd merges them, masks, aliases and template instances. Whether a unit is
// enabled does not matter: what exists is looked at.
#pragma once

#include "cluster/discovery.h"

namespace seawall::cluster {

void ReadUnits(const Node& node, Found& found);

}  // namespace seawall::cluster
