// The TCP ports at which the processes of a live node really listen, from /proc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/listeners.h"

namespace seawall::cluster {

struct ListeningSocket {
  std::string address;  ///< numeric: "0.0.0.0", "::", "127.0.0.1"
  uint16_t port = 0;
  uint64_t inode = 0;
};

/// The listening sockets of /proc/PID/net/tcp or tcp6, those of every process in that network.
std::vector<ListeningSocket> ParseSocketTable(std::string_view table);

/// Tells each listener of a live node what its process really has: where it is bound, in which
/// network it is to be asked. A socket that no setting explains becomes a listener of its own.
/// Nodes that are not live stay as they are.
void AddSockets(const Node& node, Listeners& listeners);

}  // namespace seawall::cluster
