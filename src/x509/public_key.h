// Public keys as their SubjectPublicKeyInfo, and signatures checked with them. Private to this
// room.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>

namespace seawall::x509 {

/// What a public key is. `bits` is 0 when it cannot be read.
struct KeyDescription {
  std::string type = "unknown";  ///< "RSA", "EC", "Ed25519"
  int bits = 0;
  std::string curve;  ///< "P-256"
};

/// Of a DER SubjectPublicKeyInfo.
KeyDescription DescribePublicKey(std::string_view spki);

/// Whether the key signed `signed_part`. Keys that only waste time (DSA, more than 8,192 bits)
/// verify nothing.
struct Signature {
  std::string_view signed_part;
  std::string_view algorithm;  ///< DER AlgorithmIdentifier
  std::string_view value;
};
bool VerifySignature(std::string_view spki, const Signature& signature);

/// Name of an algorithm's object ("sha256WithRSAEncryption") and the digest it is over (NID_undef
/// when it has none).
struct SignatureAlgorithm {
  std::string name = "unknown";
  int nid = NID_undef;
  int digest = NID_undef;
};
SignatureAlgorithm DescribeSignature(std::string_view algorithm);

}  // namespace seawall::x509
