// Base64 as kubeconfigs and Secrets have it. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::api {

/// White space is passed over, as Go's JSON reader does with line breaks; nullopt for anything that
/// is no base64.
std::optional<std::string> DecodeBase64(std::string_view text);
std::string EncodeBase64(std::string_view bytes);

}  // namespace seawall::api
