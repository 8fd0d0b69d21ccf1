#include <fmt/format.h>

#include "api/access.h"
#include "base/text.h"

namespace seawall::api {
namespace {

constexpr size_t kLongest = 4096;

/// Nothing in it that could break a line of HTTP or mislead a reader.
bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

}  // namespace

std::string Address::HostPort() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

std::optional<Address> ParseAddress(std::string_view url) {
  if (url.size() > kLongest || !IsPlain(url)) return std::nullopt;
  Address address;
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string name = Lower(url.substr(0, scheme));
  if (name != "https" && name != "http") return std::nullopt;
  address.https = name == "https";
  address.port = address.https ? 443 : 80;
  url.remove_prefix(scheme + 3);
  const size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, end);
  std::string_view path = url.substr(end);
  if (path.find_first_of("?#") != std::string_view::npos) return std::nullopt;
  while (path.ends_with('/')) path.remove_suffix(1);
  address.path = path;
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    address.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const size_t colon = authority.find(':');
    address.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) return std::nullopt;
  }
  if (address.host.empty()) return std::nullopt;
  if (!port.empty()) {
    const auto number = ParseInt(port);
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    address.port = static_cast<uint16_t>(*number);
  }
  return address;
}

bool Access::Anonymous() const {
  return certificate.empty() && token.empty() && token_file.empty() && !exec;
}

}  // namespace seawall::api
