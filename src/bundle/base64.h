// Base64 as secrets are written in it. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::bundle {

std::string EncodeBase64(std::string_view bytes);
/// What base64 or base64url of at least 8 bytes says, when that is printable text: a secret may
/// stand elsewhere in the clear.
std::optional<std::string> DecodeLoosely(std::string_view text);

}  // namespace seawall::bundle
