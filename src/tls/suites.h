// The room tls/: what a TLS server's bytes say, and which bytes to send so that they say it. No
// sockets, no clock: everything here is a function of bytes, so that it can be tested and fuzzed.
// The names of cipher suites, groups and versions are those of IANA's registries.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace seawall::tls {

enum class Version : uint16_t {
  kSsl3 = 0x0300,
  kTls10 = 0x0301,
  kTls11 = 0x0302,
  kTls12 = 0x0303,
  kTls13 = 0x0304
};
inline constexpr Version kAllVersions[] = {Version::kSsl3, Version::kTls10, Version::kTls11,
                                           Version::kTls12, Version::kTls13};
/// "SSLv3", "TLSv1.0" … "TLSv1.3"; "0x0305" for one that nobody knows yet.
std::string ToString(Version version);

struct CipherSuite {
  uint16_t id;
  const char* name;  ///< "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
};
/// Every suite, in the order of its number.
std::span<const CipherSuite> AllSuites();
/// Those that TLS 1.3 alone has, which older versions cannot be asked for.
bool IsTls13Suite(uint16_t id);
/// "0xABCD" for one that is not in the table.
std::string SuiteName(uint16_t id);
/// Whether the key exchange is over an elliptic curve that the client and the server agree on.
bool IsEcdheSuite(uint16_t id);
/// Whether it is over a prime that the server names.
bool IsDheSuite(uint16_t id);

struct Group {
  uint16_t id;
  const char* name;  ///< "x25519", "X25519MLKEM768"
};
/// Named groups (curves, finite fields and the post-quantum hybrids).
std::span<const Group> AllGroups();
std::string GroupName(uint16_t id);

/// "handshake_failure" of 40.
std::string AlertName(uint8_t description);

}  // namespace seawall::tls
