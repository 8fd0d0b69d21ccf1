// Words of the API's answers as they are told and judged, live and from a bundle alike. Private to
// this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::api {

/// What is told of a webhook's address, which may be a secret beyond its host:
/// "https://me:secret@host:1/hook/secret?k=secret" is "https://host:1/…".
std::string OriginOf(std::string_view url);

/// A boolean as Calico's agent reads it, in small letters; nothing for what it takes for none.
std::optional<bool> FelixBool(std::string_view word);

}  // namespace seawall::api
