// Client certificates that seawall makes for itself, in memory and for minutes, to see whether a
// component that asks for one looks at it.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace seawall::probe {

/// A name that no authorizer knows: whoever accepts the certificate gives it no more rights than
/// every certificate has.
inline constexpr const char* kCredentialName = "seawall-prove";

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct Credential {
  std::string kind;    ///< "foreign-ca", "expired", "wrong-usage", "other-ca"
  std::string issuer;  ///< of other-ca: the file of the CA that signed it
  std::unique_ptr<X509, FreeX509> certificate;
  std::unique_ptr<EVP_PKEY, FreeKey> key;
};
using Credentials = std::vector<std::shared_ptr<const Credential>>;

/// Three that nobody should take: of a CA that nobody knows; the same, and expired; the same, for
/// servers only. `now`: seconds since the epoch. Errors: kIo when OpenSSL makes none.
Result<Credentials> MakeForeignCredentials(int64_t now);

/// One for clients, signed by a CA of the cluster, valid for minutes; never written anywhere.
/// Errors: kMalformed when the key is not readable or not that CA's.
Result<std::shared_ptr<const Credential>> SignCredential(const std::string& ca_pem,
                                                         const std::string& key_pem,
                                                         std::string issuer, int64_t now);

}  // namespace seawall::probe
