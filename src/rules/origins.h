// Origins that a browser's page may come from, as kube-apiserver's --cors-allowed-origins describes
// them.
#pragma once

#include <string_view>

namespace seawall::rules {

/// Whether a regular expression (Go's syntax, matched anywhere in the origin) lets every host
/// through, as far as its text shows: one of its alternatives names no host at all (".*",
/// "^https?://", "//.+:443$").
bool MatchesEveryOrigin(std::string_view expression);

}  // namespace seawall::rules
