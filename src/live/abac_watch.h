// Whether anybody lives on ABAC: every API server counts what each of its authorizers allows
// (apiserver_authorization_decisions_total;
// staging/src/k8s.io/apiserver/pkg/authorization/metrics).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cluster/node.h"

namespace seawall::live {

/// One API server's counter.
struct AbacCount {
  std::string server;   ///< "HOST:PORT"
  double allowed = 0;   ///< requests that ABAC allowed since it started
  int64_t started = 0;  ///< seconds since the epoch
};

/// Of an API server's /metrics. kUnsupported where it does not count its authorizers' decisions.
Result<AbacCount> ReadAbacCount(const std::string& server, std::string_view metrics);

/// What the watch needs of the world.
struct AbacWorld {
  std::function<Result<std::vector<AbacCount>>()> ask;  ///< every API server, in a fixed order
  std::function<int64_t()> now;                         ///< seconds since the epoch
  std::function<void(int64_t seconds)> sleep;
  std::function<void(const std::string&)> say;
};

/// Waits until no API server has allowed anything by ABAC for `window` seconds: at once where they
/// have run for so long without. Gives what was seen, for the plan. kUsage: somebody lives on it,
/// or the API servers changed meanwhile; other errors are those of asking.
Result<std::string> WatchAbac(int64_t window, const AbacWorld& world);

/// This cluster's, asked with an administrator's kubeconfig of this machine (`break_glass` or where
/// installers leave one).
AbacWorld AbacWorldOf(cluster::ReadOptions read, std::string break_glass,
                      std::function<void(const std::string&)> say);

}  // namespace seawall::live
