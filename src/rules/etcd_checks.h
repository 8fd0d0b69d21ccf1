// What the rules about etcd's client and peer sides have in common.
#pragma once

#include <string_view>

#include "rules/rule.h"

namespace seawall::rules {

/// `setting`: names of lists of URLs. Each of them is https or a Unix socket: with http:// etcd
/// ignores every TLS setting.
Outcome UrlsAreHttps(const Rule& rule, const Context& context);
/// `setting`: names of lists of URLs. None of them is an address of all interfaces.
Outcome UrlsAreNarrow(const Rule& rule, const Context& context);
/// `setting`: the flag that demands certificates, the CA file's, and the URLs' they are demanded
/// on. A CA file alone demands them too, as etcd does it; on http:// nothing is demanded.
Outcome CertificatesAreDemanded(const Rule& rule, const Context& context);

/// Whether every client of etcd shows a certificate; nothing when that cannot be known.
std::optional<bool> DemandsClientCertificates(const cluster::Component& etcd);

}  // namespace seawall::rules
