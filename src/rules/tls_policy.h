// Which TLS versions and cipher suites a listener may offer. The policy is that of CIS Kubernetes
// Benchmark 1.12: forward secrecy and authenticated encryption only.
#pragma once

#include <string_view>

#include "rules/rule.h"

namespace seawall::rules {

/// An ECDHE suite with AES-GCM or ChaCha20-Poly1305, or one of TLS 1.3's, by its IANA or Go name.
bool IsStrongCipherSuite(std::string_view name);

/// `setting`: the names of the suites' and of the lowest version's setting, with a space between.
/// Unset suites fail, for Go's own list has suites with CBC, unless TLS 1.3 is the lowest version,
/// which has no weak suite.
Outcome CiphersAreStrong(const Rule& rule, const Context& context);

/// `setting`: the name of the lowest version's setting. Unset is TLS 1.2 in every component.
Outcome TlsFloor(const Rule& rule, const Context& context);

/// `setting`: tls-curve-preferences. Unset offers the hybrid post-quantum key exchange of this
/// version of Go.
Outcome OffersPostQuantum(const Rule& rule, const Context& context);

}  // namespace seawall::rules
