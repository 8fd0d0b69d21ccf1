// Digests of bytes by OpenSSL, which uses what the processor has for them.
#pragma once

#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace seawall::x509 {

/// The 32 bytes of SHA-256.
std::string Sha256Of(std::string_view bytes);
/// SHA-256 of bytes that come piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Add(std::string_view bytes);
  /// The 32 bytes of all that was added; once.
  std::string End();

 private:
  evp_md_ctx_st* context_;
};

/// The 32 bytes of HMAC-SHA-256.
std::string HmacOf(std::string_view key, std::string_view bytes);
/// Bytes from the system's generator of random numbers.
std::string RandomBytes(size_t count);

}  // namespace seawall::x509
