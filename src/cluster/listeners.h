// Where the components of a node listen, as their settings imply.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.h"

namespace seawall::cluster {

struct Listener {
  std::string host;  ///< an address to ask at: a wildcard is the loopback address of its family
  uint16_t port = 0;
  const Component* component = nullptr;
  /// "", or "client", "peer", "metrics", "healthz", "read-only", "insecure", "unexplained"
  std::string role;
  std::string why;  ///< "--secure-port of kube-apiserver"
  // Of live nodes, by AddSockets:
  std::string bound;    ///< the address that the process is bound to; "" when it has no such socket
  std::string network;  ///< path of the network namespace to ask in; "": ours
  bool sockets_known = false;  ///< the process' sockets could be read
  std::string sockets_why;     ///< why not
};

/// What could not be worked out: a port or an address that is not known.
struct ListenerGap {
  const Component* component = nullptr;
  std::string why;
};

struct Listeners {
  std::vector<Listener> listeners;
  std::vector<ListenerGap> gaps;
};

/// The listeners of every component of the node, and the ports of old where nobody should listen
/// (the kubelet's read-only port). Each address and port once.
Listeners ListenersOf(const Node& node);

/// Which component is usual on a port, and which of its listeners; both "" for others.
struct PortUse {
  std::string_view component;
  std::string_view role;
};
PortUse UseOfPort(uint16_t port);

}  // namespace seawall::cluster
