// What both sides of etcd, that of clients and that of the other members, have in common on their
// way to TLS. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "harden/fix_actions.h"

namespace seawall::harden {

bool IsGiven(const FixContext& context, const std::string& setting);

/// The context's etcd as it runs, without edits that are not made yet; nullptr: it does not.
const cluster::Component* RunningEtcd(const FixContext& context);

bool HasPlain(const cluster::Setting& urls);

/// The same URLs with https; those of Unix sockets stay. `beside`: those with http stay too.
Result<void> UrlsOverTls(const FixContext& context, const char* setting, Draft& draft,
                         bool beside = false);

/// Everything of one side at once: files, the demand for certificates, no certificate made by
/// itself. `prefix`: "" for clients, "peer-". The certificate has to name the listener's addresses,
/// and `hosts`.
Result<Draft> EtcdSide(const FixContext& context, const std::string& prefix,
                       std::vector<std::string> hosts = {});

}  // namespace seawall::harden
