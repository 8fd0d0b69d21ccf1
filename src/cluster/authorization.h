// Who decides what a request may do: the authorizers of a kube-apiserver in the order in which they
// are asked, whether the flag or an AuthorizationConfiguration names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/component.h"
#include "cluster/node.h"

namespace seawall::cluster {

struct AuthorizerUse {
  std::string type;  ///< Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny
  std::string name;  ///< of the file's entry; "" by flag
  Place place;
};

struct AuthorizationChain {
  bool known = false;
  std::string why, how;  ///< unless known
  /// "authorization-mode" or "authorization-config", whichever decides; state kDefault when neither
  /// is given.
  Setting setting;
  std::vector<AuthorizerUse> authorizers;

  /// The first of this type, or nullptr.
  const AuthorizerUse* Of(std::string_view type) const;
};

/// Never fails. With neither flag the chain is AlwaysAllow alone.
AuthorizationChain EffectiveAuthorization(const Node& node, const Component& server);

}  // namespace seawall::cluster
