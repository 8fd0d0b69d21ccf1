#include "api/proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/text.h"

namespace seawall::api {
namespace {

/// "me:p%40ss" of a URL as Proxy-Authorization wants it: "me:p@ss", and a colon in any case.
std::string UserInfo(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    const bool whole = text[i] == '%' && i + 2 < text.size() &&
                       std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    plain += whole ? static_cast<char>(byte) : text[i];
    if (whole) i += 2;
  }
  return text.find(':') == std::string_view::npos ? plain + ":" : plain;
}

/// An address of either family; those of IPv4 as IPv6 maps them, so that both spellings are one.
struct Ip {
  std::array<unsigned char, 16> bytes{};

  bool Within(const Ip& network, int bits) const {
    for (int i = 0; i < bits; ++i) {
      const unsigned char mask = static_cast<unsigned char>(0x80 >> (i % 8));
      const size_t at = static_cast<size_t>(i) / 8;
      if ((bytes[at] & mask) != (network.bytes[at] & mask)) return false;
    }
    return true;
  }
  bool operator==(const Ip&) const = default;
};

std::optional<Ip> ReadIp(std::string_view text) {
  const std::string word(text);
  Ip ip;
  if (inet_pton(AF_INET6, word.c_str(), ip.bytes.data()) == 1) return ip;
  ip.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (inet_pton(AF_INET, word.c_str(), ip.bytes.data() + 12) == 1) return ip;
  return std::nullopt;
}

constexpr int kMapped = 96;  ///< bits before an address of IPv4

bool IsLoopback(const Ip& ip) {
  return ip == ReadIp("::1") || ip.Within(*ReadIp("127.0.0.0"), kMapped + 8);
}

struct Network {
  Ip ip;
  int bits = 0;
};

std::optional<Network> ReadNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto ip = ReadIp(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  const bool four = text.substr(0, slash).find(':') == std::string_view::npos;
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!ip || digits.empty() || end != digits.data() + digits.size() || error != std::errc() ||
      digits.front() == '-' || bits > (four ? 32 : 128))
    return std::nullopt;
  return Network{*ip, four ? bits + kMapped : bits};
}

/// What NO_PROXY says of one place.
struct Exception {
  std::string host;  ///< "" where it is malformed
  std::string port;  ///< "": every one
};

Exception ReadException(std::string_view text) {
  Exception plain{std::string(text), ""};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return plain;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return plain;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return plain;  // an address of IPv6
  }
  if (host.find_first_of("[]") != std::string_view::npos) return plain;
  return {std::string(host), std::string(text.substr(colon + 1))};
}

bool NameMatches(std::string_view host, std::string_view pattern) {
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  if (pattern.starts_with('.')) return host.ends_with(pattern);
  return host == pattern || host.ends_with("." + std::string(pattern));
}

/// Of an entry that is neither "*" nor empty.
bool Excepts(std::string_view entry, const std::string& host, const std::optional<Ip>& ip,
             const std::string& port) {
  if (const auto network = ReadNetwork(entry)) {
    // A network of IPv6 that is wider than the mapped addresses holds none of IPv4.
    const bool four = ip && ip->Within(*ReadIp("0.0.0.0"), kMapped);
    return ip && !(four && network->bits < kMapped) && ip->Within(network->ip, network->bits);
  }
  const Exception exception = ReadException(entry);
  if (exception.host.empty() || (!exception.port.empty() && exception.port != port)) return false;
  if (const auto own = ReadIp(exception.host)) return ip == own;
  return !ip && NameMatches(host, exception.host);
}

}  // namespace

std::optional<Proxy> ReadProxy(std::string_view url, std::string source) {
  const auto address = ParseAddress(url);
  if (!address || address->https) return std::nullopt;
  Proxy proxy{address->host, address->port, Secret(), std::move(source)};
  if (!address->userinfo.empty())
    proxy.authorization = Secret("Basic " + EncodeBase64(UserInfo(address->userinfo)));
  return proxy;
}

bool NeedsProxy(const Address& server, std::string_view no_proxy) {
  const std::string host = Lower(server.host);
  if (host == "localhost") return false;
  const auto ip = ReadIp(host.substr(0, host.find('%')));  // without the zone of fe80::1%eth0
  if (ip && IsLoopback(*ip)) return false;
  const std::string port = std::to_string(server.port);
  const std::string entries = Lower(no_proxy);
  for (const std::string_view part : Split(entries, ',')) {
    const std::string_view entry = Trim(part);
    if (entry == "*" || (!entry.empty() && Excepts(entry, host, ip, port))) return false;
  }
  return true;
}

Result<void> TakeProxyOf(const ProxyVariables& variables, Access& access) {
  const ProxyVariable& named = access.server.https ? variables.https : variables.http;
  if (named.value.empty() || !NeedsProxy(access.server, variables.none.value)) return {};
  access.proxy = ReadProxy(named.value, named.name);
  // "proxy.test:3128" is a proxy, too.
  if (!access.proxy && named.value.find("://") == std::string::npos)
    access.proxy = ReadProxy("http://" + named.value, named.name);
  if (access.proxy) return {};
  return Fail(ErrorCode::kUnsupported, "find the way to the API server", named.name,
              "it names no proxy that seawall can use (http://HOST:PORT only)",
              fmt::format("mend it, or put {} into NO_PROXY", access.server.host));
}

}  // namespace seawall::api
