// What is said when nothing could be had of a host. Private to the ssh_* files.
#pragma once

#include <string>

#include "app/ssh_fetch.h"

namespace seawall::app {

std::unexpected<Error> RefuseHost(const std::string& host, std::string why, std::string todo);

/// ssh or the script ended with `status`, which is not 0. `said`: its standard error; `answered`:
/// what came instead of the script's first line.
std::unexpected<Error> ExplainEnd(const std::string& host, const SshOptions& options, int status,
                                  const std::string& said, const std::string& answered);

}  // namespace seawall::app
