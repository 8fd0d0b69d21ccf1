// Certificates signed by the cluster's own CAs, for listeners that are not to take clients of them.
#pragma once

#include "cluster/listeners.h"
#include "probe/credential.h"

namespace seawall::app {

/// One for each CA of the node whose key can be read there and that the listener is not given as
/// its clients' CA. Without keys there are none. They are made in memory, name nobody who has any
/// right, and end after minutes.
probe::Credentials OtherCaCredentials(const cluster::Node& node, const cluster::Listener& listener);

}  // namespace seawall::app
