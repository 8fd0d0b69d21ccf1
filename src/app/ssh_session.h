// One host: what is said to it over ssh and what it answers, all of it bounded. Private to
// ssh_fetch.
#pragma once

#include <string>

#include "app/ssh_fetch.h"
#include "base/descriptor.h"

namespace seawall::app {

/// What is the same for every host of a run.
struct SshCargo {
  std::string program;  ///< this program's bytes
  std::string digest;   ///< SHA-256 of them, hexadecimal
  std::string machine;  ///< uname -m
  std::string key;      ///< secrets are replaced by it, on every host alike
};

/// What a shell of the host is given on its standard input.
std::string RemoteScript(const SshOptions& options, const SshCargo& cargo);

/// The bundle that the host made, written into `file` from its beginning: how many bytes it has.
/// Errors say what, where, why and what to do.
Result<size_t> FetchFrom(const std::string& host, const SshOptions& options, const SshCargo& cargo,
                         const Descriptor& file);

}  // namespace seawall::app
