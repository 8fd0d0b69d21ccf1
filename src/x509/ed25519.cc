#include "x509/ed25519.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "x509/openssl.h"

namespace seawall::x509 {
namespace {

using ContextPtr = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

const auto* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Nobody is asked for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::string IdOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  if (length <= 0) return "";
  std::string id =
      "SHA256:" + Sha256({reinterpret_cast<const char*>(der), static_cast<size_t>(length)});
  OPENSSL_free(der);
  return id;
}

using ReadPem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

/// The key of a PEM file, as whoever owns it; nullptr when there is none.
std::shared_ptr<void> ReadKeyOf(std::string_view pem, ReadPem read) {
  Initialize();
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* key = bio ? read(bio.get(), nullptr, NoPassphrase, nullptr) : nullptr;
  ERR_clear_error();
  if (key == nullptr) return nullptr;
  return {key, [](void* own) { EVP_PKEY_free(static_cast<EVP_PKEY*>(own)); }};
}

EVP_PKEY* Own(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

}  // namespace

Result<SigningKey> SigningKey::ReadPrivate(const std::string& name, std::string_view pem) {
  constexpr const char* kTodo = "make one with: openssl genpkey -algorithm ed25519 -out KEY.pem";
  SigningKey key;
  if (pem.size() < (1u << 20)) key.key_ = ReadKeyOf(pem, PEM_read_bio_PrivateKey);
  if (!key.key_) {
    const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
    return Fail(ErrorCode::kMalformed, "read the signing key", name,
                encrypted ? "it is encrypted, and nobody is asked for a passphrase"
                          : "it holds no private key in PEM",
                kTodo);
  }
  if (EVP_PKEY_id(Own(key.key_)) != EVP_PKEY_ED25519)
    return Fail(ErrorCode::kUnsupported, "read the signing key", name, "it is no Ed25519 key",
                kTodo);
  key.id_ = IdOf(Own(key.key_));
  return key;
}

Result<SigningKey> SigningKey::ReadPublic(const std::string& name, std::string_view pem) {
  constexpr const char* kTodo = "make it with: openssl pkey -in KEY.pem -pubout -out PUB.pem";
  SigningKey key;
  if (pem.size() < (1u << 20)) key.key_ = ReadKeyOf(pem, PEM_read_bio_PUBKEY);
  if (!key.key_)
    return Fail(ErrorCode::kMalformed, "read the public key", name, "it holds no public key in PEM",
                kTodo);
  if (EVP_PKEY_id(Own(key.key_)) != EVP_PKEY_ED25519)
    return Fail(ErrorCode::kUnsupported, "read the public key", name, "it is no Ed25519 key",
                kTodo);
  key.id_ = IdOf(Own(key.key_));
  return key;
}

Result<std::string> SigningKey::Sign(std::string_view bytes) const {
  const ContextPtr context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, Own(key_)) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(bytes), bytes.size()) != 1 ||
      size != signature.size()) {
    ERR_clear_error();
    return Fail(ErrorCode::kIo, "sign the report", "", "OpenSSL could not sign");
  }
  return signature;
}

bool SigningKey::Verify(std::string_view bytes, std::string_view signature) const {
  const ContextPtr context(EVP_MD_CTX_new());
  const bool good =
      context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, Own(key_)) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                       bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string DigestOfBytes(std::string_view bytes) {
  Initialize();
  return Sha256(bytes);
}

}  // namespace seawall::x509
