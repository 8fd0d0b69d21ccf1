#include "x509/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <mutex>

#include "base/text.h"

namespace seawall::x509 {

void Initialize() {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  });
}

std::string DecodeBlock(const PemBlock& block) {
  const BioPtr bio(BIO_new_mem_buf(block.text.data(), static_cast<int>(block.text.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;
  std::string der;
  if (bio && PEM_read_bio(bio.get(), &name, &header, &data, &length) == 1) {
    der.assign(reinterpret_cast<const char*>(data), static_cast<size_t>(length));
    OPENSSL_clear_free(data, static_cast<size_t>(length));
    OPENSSL_free(name);
    OPENSSL_free(header);
  }
  ERR_clear_error();
  return der;
}

const EVP_MD* DigestOf(int nid) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (nid == NID_sha256) return sha256;
  return nid == NID_undef ? nullptr : EVP_get_digestbynid(nid);
}

std::string Sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, DigestOf(NID_sha256), nullptr);
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace seawall::x509
