#include "rules/addresses.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "base/text.h"

namespace seawall::rules {
namespace {

std::string_view WithoutBrackets(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2);
  }
  return host;
}

}  // namespace

bool IsLoopbackAddress(std::string_view text) {
  const std::string host(WithoutBrackets(text));
  if (EqualsIgnoringCase(host, "localhost")) return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  if (IN6_IS_ADDR_V4MAPPED(&six)) return six.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&six);
}

bool IsAnyAddress(std::string_view text) {
  const std::string host(WithoutBrackets(text));
  if (host.empty()) return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return four.s_addr == 0;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  return IN6_IS_ADDR_UNSPECIFIED(&six) ||
         (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 0 && six.s6_addr[13] == 0 &&
          six.s6_addr[14] == 0 && six.s6_addr[15] == 0);
}

UrlParts SplitUrl(std::string_view url) {
  UrlParts parts;
  const size_t mark = url.find("://");
  if (mark == std::string_view::npos) return parts;
  parts.scheme = Lower(url.substr(0, mark));
  std::string_view rest = url.substr(mark + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.starts_with('[')) {
    parts.host = rest.substr(
        1, rest.find(']') == std::string_view::npos ? std::string_view::npos : rest.find(']') - 1);
  } else {
    parts.host = rest.substr(0, rest.rfind(':'));
  }
  return parts;
}

}  // namespace seawall::rules
