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
/// `whole` becomes false when there may be more: after 10,000 of them, and where the bytes are none
/// of a text (systemd refuses a NUL and what is not UTF-8).
std::vector<EnvAssignment> ReadEnvFile(std::string_view bytes, bool* whole = nullptr);

}  // namespace seawall::cluster
