// Whether a kube-apiserver serves requests without any credentials, by flag or by its
// AuthenticationConfiguration.
#pragma once

#include <string>
#include <vector>

#include "cluster/component.h"
#include "cluster/node.h"

namespace seawall::cluster {

struct AnonymousAccess {
  enum class State : uint8_t {
    kOff,
    kPaths,  ///< only for `paths`
    kOn,
    kUnknown,  ///< see why and how
  };
  State state = State::kUnknown;
  std::string why, how;
  /// What decides: "anonymous-auth", or "authentication-config" with the place of
  /// `anonymous.enabled` in the file.
  Setting setting;
  std::vector<Item> paths;  ///< of the file's conditions
  /// Off although the setting says on: the server turns --anonymous-auth off beside the flag mode
  /// AlwaysAllow. It does so neither for the file's `anonymous` nor for AlwaysAllow in an
  /// AuthorizationConfiguration.
  bool forced_off = false;
};

/// Never fails.
AnonymousAccess EffectiveAnonymous(const Node& node, const Component& server);

}  // namespace seawall::cluster
