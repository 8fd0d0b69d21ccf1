// The program that a kubeconfig names to get credentials with. Private to this room.
#pragma once

#include <string>

#include "api/access.h"

namespace seawall::api {

struct Credential {
  Secret token;
  std::string certificate;  ///< PEM
  Secret key;
};

struct PluginLimits {
  int timeout_ms = 60'000;  ///< some ask a person in a browser
  size_t most = 1u << 20;   ///< bytes of what it prints
};

/// Runs the plugin without a shell, with nothing to read, our environment and what the kubeconfig
/// adds; its standard error is ours. It is ended when the time is up or it prints too much.
Result<Credential> RunPlugin(const Access& access, const PluginLimits& limits = {});

}  // namespace seawall::api
