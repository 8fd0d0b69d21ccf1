// What stands in place of a private key that HideKeys took out of a text: everything that ReadKey
// would have said of it. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "x509/certificate.h"

namespace seawall::x509 {

/// At least this many bytes are needed; every key that is in use has more.
inline constexpr size_t kHiddenKeyBytes = 46;

/// `length` bytes to stand where the key's DER stood; all zero when they are too few.
std::string WriteHidden(const KeyInfo& info, size_t length);
std::optional<KeyInfo> ReadHidden(std::string_view bytes);

}  // namespace seawall::x509
