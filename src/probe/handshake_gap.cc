#include "probe/handshake_gap.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "probe/tls_session.h"
#include "tls/suites.h"

namespace seawall::probe {
namespace {

/// Every suite of the hellos that OpenSSL sends.
const std::set<uint16_t>& OwnSuites() {
  static const std::set<uint16_t> suites = [] {
    std::set<uint16_t> all;
    const auto context = TlsSession::MakeContext();
    if (!context) return all;
    const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context->get());
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i)
      all.insert(SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ciphers, i)));
    return all;
  }();
  return suites;
}

/// Post-quantum groups are what OpenSSL 3.0 has none of; of odd curves nothing is said.
bool MayBeOwn(uint16_t group) {
  return tls::GroupName(group).find("MLKEM") == std::string::npos &&
         tls::GroupName(group).find("Kyber") == std::string::npos;
}

}  // namespace

HandshakeGap GapOf(const tls::Enumerated& tls) {
  if (tls.tls != tls::Known::kYes || OwnSuites().empty()) return {};
  std::vector<std::string> suites, groups;
  for (const tls::VersionResult& version : tls.versions) {
    if (version.accepted != tls::Known::kYes) continue;
    if (version.version == tls::Version::kTls13) {
      if (tls.groups.empty() || std::ranges::any_of(tls.groups, MayBeOwn)) return {};
      for (const uint16_t id : tls.groups) groups.push_back(tls::GroupName(id));
      continue;
    }
    if (!version.complete) return {};
    for (const uint16_t id : version.suites) {
      if (OwnSuites().contains(id)) return {};
      const std::string name = tls::SuiteName(id);
      if (std::ranges::find(suites, name) == suites.end()) suites.push_back(name);
    }
  }
  HandshakeGap gap;
  gap.groups = suites.empty() && !groups.empty();
  suites.insert(suites.end(), groups.begin(), groups.end());
  gap.only = Join(suites, ", ");
  return gap;
}

}  // namespace seawall::probe
