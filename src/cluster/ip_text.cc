#include "cluster/ip_text.h"

#include <arpa/inet.h>

#include <string>

#include "base/text.h"

namespace seawall::cluster {
namespace {

bool IsFour(std::string_view text) {
  const auto parts = Split(text, '.');
  if (parts.size() != 4) return false;
  for (const std::string_view part : parts) {
    if (part.empty() || part.size() > 20 || part.find_first_not_of("0123456789") != part.npos)
      return false;
    if (*seawall::ParseInt(part.substr(part.size() > 3 ? part.size() - 3 : 0)) > 255) return false;
    if (part.size() > 3 && part.substr(0, part.size() - 3).find_first_not_of('0') != part.npos)
      return false;
  }
  return true;
}

}  // namespace

std::optional<IpFamily> ParseIp(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  if (text.find(':') == text.npos) {
    return IsFour(text) ? std::optional(IpFamily::kFour) : std::nullopt;
  }
  unsigned char address[16];
  if (inet_pton(AF_INET6, std::string(text).c_str(), address) != 1) return std::nullopt;
  // Go takes ::ffff:192.0.2.1 for the address of version 4 that it is.
  return IN6_IS_ADDR_V4MAPPED(reinterpret_cast<in6_addr*>(address)) ? IpFamily::kFour
                                                                    : IpFamily::kSix;
}

std::optional<IpNetwork> ParseNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const std::string_view address = text.substr(0, slash);
  const std::string_view mask = text.substr(slash + 1);
  if (!ParseIp(address) || mask.empty() || mask.size() > 3 ||
      mask.find_first_not_of("0123456789") != mask.npos) {
    return std::nullopt;
  }
  IpNetwork network;
  network.family = address.find(':') == address.npos ? IpFamily::kFour : IpFamily::kSix;
  network.prefix = static_cast<int>(*seawall::ParseInt(mask));
  if (network.prefix > network.bits()) return std::nullopt;
  return network;
}

}  // namespace seawall::cluster
