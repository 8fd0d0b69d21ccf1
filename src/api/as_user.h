// GETs with a login's credentials at any listener of a cluster.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/client.h"

namespace seawall::api {

struct UserAnswer {
  std::string path;
  std::optional<int> status;
  std::string why;  ///< no status: what came instead
};

/// Asks `host:port` for each path as the user of `access`. A token or password is shown only to a
/// server whose certificate the cluster's CA has signed for that address: with any other one there
/// is no answer but the reason. A connection that fails is not tried again for the other paths.
std::vector<UserAnswer> AskAsUser(Access access, const std::string& host, uint16_t port,
                                  const std::vector<std::pair<std::string, std::string>>& paths,
                                  int timeout_ms);

}  // namespace seawall::api
