// Base64, which secrets and certificates are written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall {

/// As Go's StdEncoding decodes it: padding needed, line ends passed over. The caller wipes what may
/// be a secret.
std::optional<std::string> DecodeBase64(std::string_view text);

/// On one line, with padding.
std::string EncodeBase64(std::string_view bytes);

}  // namespace seawall
