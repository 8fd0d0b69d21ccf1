// Every API server of a cluster, by the addresses that they announce in the service `kubernetes`.
#pragma once

#include <string>
#include <vector>

#include "api/client.h"

namespace seawall::api {

ListRequest ServersRequest();
/// The addresses of one of its EndpointSlices, "HOST:PORT" each, those that are not there yet.
void AddServers(const yaml::Value& slice, std::vector<std::string>& servers);

/// In the order of their texts.
Result<std::vector<std::string>> ListServers(ApiClient& client);

/// How the one at `place` ("HOST:PORT") is asked itself, with `through`'s credential: no balancer,
/// no proxy. kUsage where that is no address.
Result<Access> AccessTo(const std::string& place, const Access& through);

}  // namespace seawall::api
