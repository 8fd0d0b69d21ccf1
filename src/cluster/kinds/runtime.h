// Container runtimes' own configuration, as far as they listen on the network: containerd's
// config.toml, CRI-O's crio.conf with its drop-ins, dockerd's daemon.json. A runtime's API on TCP
// is root on the node for whoever reaches it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/place.h"
#include "cluster/node.h"

namespace seawall::cluster::kinds {

struct RuntimeListener {
  std::string runtime;  ///< "containerd", "cri-o", "dockerd"
  std::string key;      ///< "grpc.tcp_address", "crio.api.stream_address", "hosts"
  std::string address;  ///< "0.0.0.0:2375"
  bool api = false;     ///< the runtime's API itself; false: the streaming server (exec, attach,
                        ///< port-forward) or metrics
  bool verified_tls =
      false;  ///< clients must show a certificate (dockerd tlsverify, containerd tcp_tls_ca)
  Place place;
};

struct RuntimeConfiguration {
  std::string runtime;
  std::string file;
  std::vector<RuntimeListener> listeners;  ///< TCP only
};

/// Reads one file. `file` only names places. Errors: kMalformed, kLimit.
Result<RuntimeConfiguration> ReadContainerd(std::string_view toml, const std::string& file);
Result<RuntimeConfiguration> ReadCrio(std::string_view toml, const std::string& file);
Result<RuntimeConfiguration> ReadDockerd(const std::string& json, const std::string& file);

/// All that are found at their usual places on the node; a file that could not be read or parsed is
/// an Error of its own.
std::vector<Result<RuntimeConfiguration>> ReadRuntimes(const Node& node);

}  // namespace seawall::cluster::kinds
