// Which proxy leads to an API server that no kubeconfig's proxy-url is for. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/access.h"

namespace seawall::api {

/// "http://[USER:PASSWORD@]HOST:PORT"; nullopt for what seawall cannot speak to. `source` is for
/// messages.
std::optional<Proxy> ReadProxy(std::string_view url, std::string source);

/// NO_PROXY, and what never needs one, as Go's net/http decides it, and so kubectl: localhost and
/// loopback addresses; "*"; addresses and names with or without a port; networks; a name with all
/// below it; ".name" and "*.name" only what is below it.
bool NeedsProxy(const Address& server, std::string_view no_proxy);

/// Takes the proxy that the variables name for this server, if they do.
Result<void> TakeProxyOf(const ProxyVariables& variables, Access& access);

}  // namespace seawall::api
