// Digests of bytes by OpenSSL, which uses what the processor has for them.
#pragma once

#include <string>
#include <string_view>

namespace seawall::x509 {

/// The 32 bytes of SHA-256.
std::string Sha256Of(std::string_view bytes);
/// The 32 bytes of HMAC-SHA-256.
std::string HmacOf(std::string_view key, std::string_view bytes);
/// Bytes from the system's generator of random numbers.
std::string RandomBytes(size_t count);

}  // namespace seawall::x509
