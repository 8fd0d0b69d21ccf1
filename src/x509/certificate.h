// Certificates and keys in PEM files, read with OpenSSL. Private keys are only compared with
// certificates and their memory is wiped; nothing of them ever leaves this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seawall::x509 {

struct Certificate {
  std::string subject;  ///< RFC 2253 text, control characters escaped
  std::string issuer;
  std::string common_name;
  std::vector<std::string> organizations;
  std::string serial;      ///< hexadecimal, lower case
  int64_t not_before = 0;  ///< seconds since the epoch
  int64_t not_after = 0;
  std::vector<std::string> dns_names;  ///< a name with a NUL keeps it escaped as \x00
  std::vector<std::string> ip_addresses;
  size_t names_left_out = 0;  ///< DNS names and addresses beyond the first 1,000
  std::string key_type;  ///< "RSA", "EC", "Ed25519", …; key_bits is 0 when OpenSSL cannot read it
  int key_bits = 0;
  std::string curve;                ///< of an EC key ("P-256"), else empty
  std::string signature_algorithm;  ///< "sha256WithRSAEncryption"
  bool signature_sha1_or_md5 = false;
  bool is_ca = false;
  bool self_signed = false;  ///< issuer == subject and its own key verifies it
  bool client_auth = false;  ///< extended key usages; both true when the extension is absent
  bool server_auth = false;
  std::string fingerprint_sha256;  ///< of the DER, hexadecimal
  std::string public_key_sha256;   ///< of the SubjectPublicKeyInfo, hexadecimal
  std::string der;                 ///< for verification against others
  uint32_t line = 0;               ///< 1-based line of its BEGIN in the file that it was read from
};

/// Every CERTIFICATE block of a PEM file, in order; other blocks are passed over. kMalformed when
/// there is none or one of them cannot be parsed. At most 1,000 certificates, 1 MiB each (kLimit).
Result<std::vector<Certificate>> ReadCertificates(std::string_view pem, const std::string& file);

/// Whether the first block that Go's TLS library takes for a certificate is one: it passes over
/// blocks without an end and those that are not base64, and refuses the file when the next is no
/// certificate or there is none.
bool BeginsWithCertificate(std::string_view pem);

/// What a private (or public) key file shows without giving the key away. Of a file with several
/// blocks the first private key counts, else the first public key, else the first certificate's (as
/// --service-account-key-file takes it).
struct KeyInfo {
  std::string key_type;
  int key_bits = 0;
  std::string public_key_sha256;  ///< equals the certificate's when they belong together
  bool encrypted = false;         ///< passphrase-protected: nothing else is known then
  bool private_key = false;
};
enum class Keys : uint8_t {
  kReal,
  kHidden  ///< blocks that HideKeys made are read too
};
Result<KeyInfo> ReadKey(std::string_view pem, const std::string& file, Keys keys = Keys::kReal);

/// The text without private keys: of the same length and lines, each of its PEM blocks that is not
/// public holds what ReadKey says of it in place of the key, and what stands outside of blocks is
/// blank. Blocks may be indented or escaped as in JSON ("\\n" for a line's end).
std::string HideKeys(std::string_view text);

/// Whether `issuer` signed `leaf` (signature and names; dates are not looked at).
bool Signed(const Certificate& issuer, const Certificate& leaf);

/// Wipes a string that held a secret.
void Wipe(std::string& secret);

}  // namespace seawall::x509
