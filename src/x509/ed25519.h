// Ed25519 signatures (RFC 8032) with keys in PEM, as `openssl genpkey -algorithm ed25519` makes
// them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace seawall::x509 {

/// A key to sign with, or to verify with. Never shown.
class SigningKey {
 public:
  /// Errors: kMalformed for what is no PEM, is encrypted, or holds no such private key. `name` is
  /// what errors call it.
  static Result<SigningKey> ReadPrivate(const std::string& name, std::string_view pem);
  static Result<SigningKey> ReadPublic(const std::string& name, std::string_view pem);

  /// The 64 bytes over the whole of `bytes`; of a private key only.
  Result<std::string> Sign(std::string_view bytes) const;
  bool Verify(std::string_view bytes, std::string_view signature) const;
  /// "SHA256:" and the hexadecimal digest of the public key's SubjectPublicKeyInfo.
  const std::string& id() const { return id_; }

 private:
  std::shared_ptr<void> key_;  ///< OpenSSL's
  std::string id_;
};

/// Lower-case hexadecimal SHA-256, by OpenSSL.
std::string DigestOfBytes(std::string_view bytes);

}  // namespace seawall::x509
