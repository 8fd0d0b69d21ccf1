// Addresses and URLs as listeners are given them.
#pragma once

#include <string>
#include <string_view>

namespace seawall::rules {

/// "127.0.0.1", "::1", "[::1]", "::ffff:127.0.0.1", "localhost": only the machine itself reaches
/// it.
bool IsLoopbackAddress(std::string_view host);

/// "0.0.0.0", "::", "[::]", "": every interface.
bool IsAnyAddress(std::string_view host);

struct UrlParts {
  std::string scheme;  ///< lower case; empty when there is none
  std::string host;    ///< without brackets and port
};
/// Never fails: what is not a URL has an empty scheme.
UrlParts SplitUrl(std::string_view url);

}  // namespace seawall::rules
