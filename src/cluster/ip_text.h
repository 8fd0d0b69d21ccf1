// IP addresses and networks as Go's net package reads them. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace seawall::cluster {

enum class IpFamily { kFour, kSix };

/// net.ParseIP and its lenient sister of Kubernetes: numbers with leading zeros are taken too.
std::optional<IpFamily> ParseIp(std::string_view text);

struct IpNetwork {
  IpFamily family = IpFamily::kFour;
  int prefix = 0;
  int bits() const { return family == IpFamily::kFour ? 32 : 128; }
};
/// "192.0.2.0/24"
std::optional<IpNetwork> ParseNetwork(std::string_view text);

}  // namespace seawall::cluster
