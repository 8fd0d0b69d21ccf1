// Base64 as people may have written a secret. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::bundle {

/// What base64 or base64url of at least 8 bytes says, when that is printable text: a secret may
/// stand elsewhere in the clear.
std::optional<std::string> DecodeLoosely(std::string_view text);

}  // namespace seawall::bundle
