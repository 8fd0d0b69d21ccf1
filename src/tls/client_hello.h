// Our own ClientHello: it offers what no TLS library of today would, so that a server which still
// takes it is found out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tls/suites.h"

namespace seawall::tls {

struct HelloRequest {
  Version version = Version::kTls12;  ///< the only one that is offered
  std::vector<uint16_t> suites;       ///< in the client's order of preference
  std::vector<uint16_t> groups;       ///< none: the extension is left out
  std::string server_name;            ///< a DNS name for SNI; "" or an address: none
  bool compression = false;           ///< offer DEFLATE beside none (never with TLS 1.3)
  bool protocols = false;             ///< offer HTTP/2 and HTTP/1.1 (ALPN)
  std::array<uint8_t, 32> random{};
};

/// The bytes to send, in one record. With TLS 1.3 the key share is empty: a server that accepts one
/// of the groups has to name it in a HelloRetryRequest, so no key of any group is ever computed,
/// and ML-KEM can be asked for without knowing how to do it. SSLv3 gets no extensions.
std::string WriteClientHello(const HelloRequest& request);

}  // namespace seawall::tls
