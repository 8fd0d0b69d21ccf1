// Many endpoints at once, by one thread.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "base/error.h"
#include "probe/observation.h"

namespace seawall::probe {

struct ProbeOptions {
  /// Of one connection, and each of its steps; an endpoint gets three times as much in all.
  std::chrono::milliseconds timeout{3000};
  int concurrency = 256;  ///< connections open at once
  int max_per_host = 8;   ///< of them to one address
  /// Less than everything: no plaintext, no paths, no certificates of ours.
  Scope scope = Scope::kEverything;
};

/// Asks every endpoint; `done` gets each observation as it is complete, with the endpoint's index.
/// Names are looked up by the system's resolver first. Errors: what the whole run needs (epoll,
/// OpenSSL) is not there; an endpoint that does not answer is an observation.
Result<void> Probe(std::vector<Endpoint> endpoints, const ProbeOptions& options,
                   const std::function<void(size_t, Observation)>& done);

}  // namespace seawall::probe
