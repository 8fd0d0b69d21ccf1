#include "cluster/authorization.h"

#include "cluster/kinds/load.h"

namespace seawall::cluster {
namespace {

AuthorizationChain FromFile(const Node& node, const Component& server, Setting config) {
  AuthorizationChain chain;
  chain.setting = std::move(config);
  const auto loaded = kinds::LoadAuthorization(node, server);
  if (!loaded) {
    chain.why = loaded.why;
    chain.how = loaded.how;
    return chain;
  }
  chain.known = true;
  for (const kinds::Authorizer& authorizer : loaded->authorizers) {
    chain.authorizers.push_back({*authorizer.type, *authorizer.name, authorizer.type.place});
  }
  return chain;
}

}  // namespace

const AuthorizerUse* AuthorizationChain::Of(std::string_view type) const {
  for (const AuthorizerUse& authorizer : authorizers) {
    if (authorizer.type == type) return &authorizer;
  }
  return nullptr;
}

AuthorizationChain EffectiveAuthorization(const Node& node, const Component& server) {
  Setting config = server.Get("authorization-config");
  AuthorizationChain chain;
  chain.setting = server.Get("authorization-mode");
  if (config.written() && !config.text.empty()) {
    if (!chain.setting.written()) return FromFile(node, server, std::move(config));
    chain.why = "--authorization-mode and --authorization-config are both set: it does not start";
    chain.how = "take away the one that is not meant";
    return chain;
  }
  // The two exclude each other: where modes are written, a server that starts has no file.
  const bool file_possible = config.state == SettingState::kUnknown && !chain.setting.written();
  const Setting& doubt = file_possible ? config : chain.setting;
  if (!doubt.known()) {
    chain.why = doubt.why;
    chain.how = doubt.how;
    return chain;
  }
  chain.known = true;
  for (const Item& item : chain.setting.items)
    chain.authorizers.push_back({item.text, "", item.place});
  return chain;
}

}  // namespace seawall::cluster
