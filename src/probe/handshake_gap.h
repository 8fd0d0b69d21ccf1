// What keeps this program's OpenSSL from a full handshake with a server that our own hellos found
// to speak TLS.
#pragma once

#include <string>

#include "tls/enumeration.h"

namespace seawall::probe {

struct HandshakeGap {
  std::string only;     ///< all that the server takes: suites, groups, or both; "": no gap
  bool groups = false;  ///< it is about TLS 1.3's groups alone
};

/// For every version that the server takes OpenSSL lacks all of its suites (RC4, 3DES), or, of TLS
/// 1.3, all of its groups (ML-KEM). Nothing when something is unknown, or OpenSSL has one.
HandshakeGap GapOf(const tls::Enumerated& tls);

}  // namespace seawall::probe
