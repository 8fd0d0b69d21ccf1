// Validation of an authenticator's claim rules and mappings, and which claims an expression speaks
// of.
#pragma once

#include <string>
#include <string_view>

#include "cluster/kinds/authentication.h"
#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {

void CheckClaims(Decoder& decoder, const std::string& path, const JwtAuthenticator& jwt);

/// Whether a CEL expression selects `claims.NAME`, `claims.?NAME` or `claims["NAME"]`, outside of
/// strings.
bool SelectsClaim(std::string_view expression, std::string_view name);

}  // namespace seawall::cluster::kinds
