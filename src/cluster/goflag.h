// Reads etcd's command line and environment: Go's flag package for the one, ETCD_* for the other.
#pragma once

#include "cluster/flag_use.h"

namespace seawall::cluster {

/// As package flag does: one dash or two, no "_" for "-", the first argument that is no flag ends
/// the reading. Never fails: what etcd would refuse becomes a fatal Problem.
FlagRead ReadGoFlags(const CommandLine& line, const FlagTable& table);

/// Adds the ETCD_* variables that etcd takes to `read`; a variable beside its flag is a fatal
/// Problem, one that is no flag a kIgnored one. An empty variable counts only against a flag.
void AddEnvironment(const CommandLine& line, const FlagTable& table, FlagRead& read);

/// The last entry of the variable `name`; nullptr when it is not set.
const Variable* FindVariable(const CommandLine& line, std::string_view name);

/// "client-cert-auth" → "ETCD_CLIENT_CERT_AUTH".
std::string EtcdVariable(std::string_view flag);

}  // namespace seawall::cluster
