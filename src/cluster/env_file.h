// Environment files as systemd reads them (EnvironmentFile=): quotes, escapes, continued lines,
// comments.
#pragma once

#include <string>
#include <vector>

#include "cluster/located.h"

namespace seawall::cluster {

struct EnvAssignment {
  std::string name;
  Located value;
  size_t begin = 0;  ///< byte of the value (or where it would stand)
};

/// Every assignment in order; lines that are none are passed over, as systemd does. Never fails.
std::vector<EnvAssignment> ReadEnvFile(std::string_view bytes);

}  // namespace seawall::cluster
