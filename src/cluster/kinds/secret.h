// Looking at a secret without keeping it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::cluster::kinds {

/// base64 as Go's StdEncoding decodes it: padding needed, line ends passed over. The caller wipes
/// the result.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace seawall::cluster::kinds
