#include "x509/digest.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cstdlib>

#include "x509/openssl.h"

namespace seawall::x509 {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

std::string Text(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string Sha256Of(std::string_view bytes) {
  Initialize();
  Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, DigestOf(NID_sha256), nullptr);
  return Text(digest);
}

Sha256Stream::Sha256Stream() {
  Initialize();
  context_ = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context_, DigestOf(NID_sha256), nullptr);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(context_); }

void Sha256Stream::Add(std::string_view bytes) {
  EVP_DigestUpdate(context_, bytes.data(), bytes.size());
}

std::string Sha256Stream::End() {
  Digest digest{};
  EVP_DigestFinal_ex(context_, digest.data(), nullptr);
  return Text(digest);
}

std::string HmacOf(std::string_view key, std::string_view bytes) {
  Initialize();
  Digest digest{};
  HMAC(DigestOf(NID_sha256), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), nullptr);
  return Text(digest);
}

std::string RandomBytes(size_t count) {
  Initialize();
  std::string bytes(count, '\0');
  // Without random numbers nothing that was replaced would be secret: there is no way on.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    std::abort();
  return bytes;
}

}  // namespace seawall::x509
