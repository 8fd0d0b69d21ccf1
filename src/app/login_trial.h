// What the user of a kubeconfig gets at the listeners of its cluster, for `prove --kubeconfig`.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "api/client.h"
#include "app/command.h"
#include "app/prove_targets.h"

namespace seawall::app {

class LoginTrial {
 public:
  /// Asks the API which listeners there are, and whether its user may read every Secret.
  static Result<LoginTrial> Open(const Arguments& arguments, std::vector<ProveTarget>& targets);

  /// Whether a login makes a difference there at all.
  bool Wants(const probe::Observation& seen) const;
  /// GETs as the user, by TLS, to whom the cluster's CA vouches for.
  void Ask(probe::Observation& seen, std::chrono::milliseconds timeout) const;

 private:
  api::Access access_;
  std::string as_;
  bool privileged_ = false;
};

}  // namespace seawall::app
