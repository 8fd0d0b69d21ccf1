// A folder of certificates for etcd that a person gives (--set etcd-pki=DIR), checked before
// anything is told to use it. Private to this room.
#pragma once

#include <string>

#include "harden/fix_actions.h"

namespace seawall::harden {

/// The files of one certificate in the folder.
struct PkiPair {
  std::string ca;
  std::string certificate;
  std::string key;
};

/// What the certificate must be good for.
enum class PkiUse : uint8_t { kServer, kPeer, kClient };

/// The folder's ca.crt and NAME.crt, NAME.key (server, peer, apiserver-etcd-client), when the
/// certificate is signed by the CA, fits its key, has the usages and the `hosts` among its names.
Result<PkiPair> EtcdPki(const FixContext& context, PkiUse use,
                        const std::vector<std::string>& hosts);

/// Hosts of a list of URLs; those of all interfaces left out.
std::vector<std::string> HostsOf(const std::vector<std::string>& urls);
std::vector<std::string> HostsOf(const cluster::Setting& urls);

}  // namespace seawall::harden
