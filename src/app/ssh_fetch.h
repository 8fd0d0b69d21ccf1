// Bundles of hosts that are reached with OpenSSH's client: the program is copied there, collects,
// and is removed. docs/commands/audit-ssh.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/descriptor.h"
#include "base/error.h"

namespace seawall::app {

struct SshHost {
  std::string name;         ///< of NAME=; "": none was given
  std::string destination;  ///< [USER@]HOST, or a name of the ssh_config

  std::string Host() const { return destination.substr(destination.rfind('@') + 1); }
};

struct SshOptions {
  std::vector<SshHost> hosts;
  std::string config;      ///< -F; "": the user's own
  std::string remote_dir;  ///< "": /tmp, else /var/tmp
  bool sudo = false;
  size_t concurrency = 8;
  int64_t timeout_ms = 300000;  ///< for all that is done on one host
  std::string prove;            ///< what `collect` is told there to ask its components; "": nothing
};

/// --ssh and what belongs to it; nothing without --ssh. Errors: kUsage.
Result<std::optional<SshOptions>> ReadSshOptions(const Arguments& arguments);

/// What came from the hosts, in their order; none of it was looked into.
struct SshFetched {
  struct Host {
    SshHost host;
    std::optional<Error> error;  ///< what, where, why, what to do
    int64_t at = 0;
    size_t size = 0;
  };
  std::vector<Host> hosts;
  Descriptor aside;  ///< a nameless file that holds the bundles

  Result<std::string> Bytes(const Host& host) const;
};

/// Starts ssh for every host, at most `concurrency` at a time. An Error is one of this machine;
/// those of a host are told there. To be called before the sandbox is entered: what comes back is
/// looked into only within it.
Result<std::shared_ptr<const SshFetched>> FetchBundles(const SshOptions& options);

}  // namespace seawall::app
