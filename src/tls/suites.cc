#include "tls/suites.h"

#include <fmt/format.h>

#include <algorithm>

namespace seawall::tls {
namespace {

constexpr Group kGroups[] = {
    {1, "sect163k1"},
    {2, "sect163r1"},
    {3, "sect163r2"},
    {4, "sect193r1"},
    {5, "sect193r2"},
    {6, "sect233k1"},
    {7, "sect233r1"},
    {8, "sect239k1"},
    {9, "sect283k1"},
    {10, "sect283r1"},
    {11, "sect409k1"},
    {12, "sect409r1"},
    {13, "sect571k1"},
    {14, "sect571r1"},
    {15, "secp160k1"},
    {16, "secp160r1"},
    {17, "secp160r2"},
    {18, "secp192k1"},
    {19, "secp192r1"},
    {20, "secp224k1"},
    {21, "secp224r1"},
    {22, "secp256k1"},
    {23, "secp256r1"},
    {24, "secp384r1"},
    {25, "secp521r1"},
    {26, "brainpoolP256r1"},
    {27, "brainpoolP384r1"},
    {28, "brainpoolP512r1"},
    {29, "x25519"},
    {30, "x448"},
    {31, "brainpoolP256r1tls13"},
    {32, "brainpoolP384r1tls13"},
    {33, "brainpoolP512r1tls13"},
    {34, "GC256A"},
    {35, "GC256B"},
    {36, "GC256C"},
    {37, "GC256D"},
    {38, "GC512A"},
    {39, "GC512B"},
    {40, "GC512C"},
    {41, "curveSM2"},
    {256, "ffdhe2048"},
    {257, "ffdhe3072"},
    {258, "ffdhe4096"},
    {259, "ffdhe6144"},
    {260, "ffdhe8192"},
    {512, "MLKEM512"},
    {513, "MLKEM768"},
    {514, "MLKEM1024"},
    {4587, "SecP256r1MLKEM768"},
    {4588, "X25519MLKEM768"},
    {4589, "SecP384r1MLKEM1024"},
    {4590, "curveSM2MLKEM768"},
    {25497, "X25519Kyber768Draft00"},
    {25498, "SecP256r1Kyber768Draft00"},
};

struct Alert {
  uint8_t description;
  const char* name;
};
constexpr Alert kAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

const CipherSuite* Find(uint16_t id) {
  const auto all = AllSuites();
  const auto found = std::ranges::lower_bound(all, id, {}, &CipherSuite::id);
  return found == all.end() || found->id != id ? nullptr : &*found;
}

}  // namespace

std::string ToString(Version version) {
  switch (version) {
    case Version::kSsl3:
      return "SSLv3";
    case Version::kTls10:
      return "TLSv1.0";
    case Version::kTls11:
      return "TLSv1.1";
    case Version::kTls12:
      return "TLSv1.2";
    case Version::kTls13:
      return "TLSv1.3";
  }
  return fmt::format("0x{:04X}", static_cast<uint16_t>(version));
}

bool IsTls13Suite(uint16_t id) {
  return (id >> 8) == 0x13 || id == 0x00C6 || id == 0x00C7 || id == 0xC0B4 || id == 0xC0B5 ||
         (id >= 0xC103 && id <= 0xC106);
}

std::string SuiteName(uint16_t id) {
  const CipherSuite* suite = Find(id);
  return suite != nullptr ? suite->name : fmt::format("0x{:04X}", id);
}

bool IsEcdheSuite(uint16_t id) {
  const CipherSuite* suite = Find(id);
  return suite != nullptr && std::string_view(suite->name).starts_with("TLS_ECDHE_");
}

bool IsDheSuite(uint16_t id) {
  const CipherSuite* suite = Find(id);
  const std::string_view name = suite != nullptr ? suite->name : "";
  return name.starts_with("TLS_DHE_") || name.starts_with("TLS_DH_anon_");
}

std::span<const Group> AllGroups() { return kGroups; }

std::string GroupName(uint16_t id) {
  const auto found = std::ranges::find(kGroups, id, &Group::id);
  return found == std::end(kGroups) ? fmt::format("0x{:04X}", id) : found->name;
}

std::string AlertName(uint8_t description) {
  const auto found = std::ranges::find(kAlerts, description, &Alert::description);
  return found == std::end(kAlerts) ? fmt::format("alert {}", description) : found->name;
}

}  // namespace seawall::tls
