// What crypto/tls and net/http2 of Go refuse of the settings of a TLS server.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/refusal.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// crypto/tls CipherSuites() and InsecureCipherSuites() of Go 1.26, and two older names.
constexpr std::string_view kCipherSuites[] = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
};

/// HTTP/2 is not served without one of these where TLS 1.2 is spoken (RFC 9113, 9.2.2).
constexpr std::string_view kRequiredOfHttp2[] = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                                 "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};

/// crypto/tls CurveIDs: P-256, P-384, P-521, X25519, X25519MLKEM768, SecP256r1MLKEM768,
/// SecP384r1MLKEM1024.
constexpr std::string_view kCurves[] = {"23", "24", "25", "29", "4588", "4587", "4589"};

std::string Hint(std::string_view word, std::span<const std::string_view> known) {
  const auto near = Closest(word, known);
  return near ? fmt::format(" (did you mean {}?)", *near) : "";
}

}  // namespace

void Refusal::Ciphers(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr) return;
  for (const Item& item : setting->items) {
    if (std::ranges::binary_search(kCipherSuites, std::string_view(item.text))) continue;
    Bad(*setting, item,
        fmt::format("{} names the cipher suite {}, which does not exist{}", name,
                    PrintableShort(item.text, 60),
                    setting->items.size() < 100 ? Hint(item.text, kCipherSuites) : ""));
  }
}

void Refusal::Http2(std::string_view suites, std::string_view floor) const {
  const Setting* setting = Given(suites);
  if (setting == nullptr) return;
  const Setting lowest = component_.Get(floor);
  if (!lowest.known() || lowest.text == "VersionTLS13" || lowest.text == "TLS1.3") return;
  for (const std::string_view suite : kRequiredOfHttp2) {
    if (setting->Contains(suite)) return;
  }
  // Names that do not exist are complained of already.
  for (const Item& item : setting->items) {
    if (!std::ranges::binary_search(kCipherSuites, std::string_view(item.text))) return;
  }
  Conflict(*setting,
           fmt::format("{} has neither of the two cipher suites that HTTP/2 requires ({}): it does "
                       "not start",
                       suites, Join(kRequiredOfHttp2, ", ")));
}

void Refusal::Curves(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr || !Since(36)) return;
  std::set<std::string, std::less<>> seen;
  for (const Item& item : setting->items) {
    const bool known = std::ranges::find(kCurves, std::string_view(item.text)) != std::end(kCurves);
    if (!known) {
      Bad(*setting, item,
          fmt::format("{} names the curve {}, which does not exist: it takes the numbers {}", name,
                      PrintableShort(item.text, 20), Join(kCurves, ", ")));
    } else if (!seen.insert(item.text).second) {
      Bad(*setting, item, fmt::format("{} names the curve {} twice", name, item.text));
    }
  }
}

}  // namespace seawall::cluster
