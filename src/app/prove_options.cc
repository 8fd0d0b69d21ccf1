#include "app/prove_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cluster/component.h"
#include "cluster/listeners.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read --endpoint";

std::unexpected<Error> NoEndpoint(const std::string& text, std::string why) {
  return Fail(ErrorCode::kUsage, kAttempt, "", fmt::format("'{}': {}", text, std::move(why)),
              "write it as HOST:PORT or HOST:PORT=COMPONENT, an IPv6 address in brackets");
}

/// "3s", "500ms", "1m"; a number alone is seconds.
std::optional<std::chrono::milliseconds> ParseTime(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t ms;
  };
  constexpr std::array<Unit, 3> kUnits = {{{"ms", 1}, {"s", 1000}, {"m", 60000}}};
  int64_t ms = 1000;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    text.remove_suffix(unit.name.size());
    ms = unit.ms;
    break;
  }
  const auto number = ParseInt(text);
  if (!number || *number <= 0 || *number > 3'600'000 / ms) return std::nullopt;
  return std::chrono::milliseconds(*number * ms);
}

Result<int> ReadNumber(const Arguments& arguments, const char* option, int fallback, int most) {
  if (!arguments.Has(option)) return fallback;
  const auto number = ParseInt(arguments.Get(option));
  if (!number || *number < 1 || *number > most) {
    return Fail(ErrorCode::kUsage, fmt::format("read --{}", option), "",
                fmt::format("'{}' is no number from 1 to {}", arguments.Get(option), most));
  }
  return static_cast<int>(*number);
}

}  // namespace

Result<probe::Endpoint> ReadEndpoint(const std::string& text) {
  probe::Endpoint endpoint;
  endpoint.why = "--endpoint";
  const size_t equals = text.find('=');
  if (equals != std::string::npos) {
    endpoint.component = text.substr(equals + 1);
    if (!cluster::ComponentFromName(endpoint.component)) {
      std::vector<std::string> names;
      for (const auto kind : cluster::kAllComponents) names.emplace_back(cluster::ToString(kind));
      return NoEndpoint(text, fmt::format("no such component; there are {}", Join(names, ", ")));
    }
  }
  const std::string place = text.substr(0, equals);
  if (place.find("://") != std::string::npos)
    return NoEndpoint(text, "it is a URL: both TLS and plaintext are asked, of a host and a port");
  const size_t colon = place.rfind(':');
  if (colon == std::string::npos) return NoEndpoint(text, "it has no port");
  const auto port = ParseInt(std::string_view(place).substr(colon + 1));
  if (!port || *port < 1 || *port > 65535)
    return NoEndpoint(text, "the port is no number from 1 to 65535");
  std::string host = place.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty()) return NoEndpoint(text, "it has no host");
  if (!brackets && host.find(':') != std::string::npos)
    return NoEndpoint(text, "an IPv6 address stands in brackets");
  if (host.find_first_of(" /@\t\r\n") != std::string::npos || host.size() > 255)
    return NoEndpoint(text, "that is no host");
  endpoint.host = std::move(host);
  endpoint.port = static_cast<uint16_t>(*port);
  cluster::PortUse use = cluster::UseOfPort(endpoint.port);
  if (endpoint.component.empty()) endpoint.component = use.component;
  if (endpoint.component == use.component) endpoint.role = use.role;
  return endpoint;
}

Result<std::chrono::milliseconds> ReadDuration(const Arguments& arguments, const char* option,
                                               std::chrono::milliseconds fallback) {
  if (!arguments.Has(option)) return fallback;
  const auto time = ParseTime(arguments.Get(option));
  if (time) return *time;
  return Fail(ErrorCode::kUsage, fmt::format("read --{}", option), "",
              fmt::format("'{}' is no time", arguments.Get(option)),
              "write it as 3s or 500ms, at most an hour");
}

Result<probe::ProbeOptions> ReadProbeOptions(const Arguments& arguments) {
  probe::ProbeOptions options;
  auto timeout = ReadDuration(arguments, "timeout", options.timeout);
  if (!timeout) return std::unexpected(timeout.error());
  options.timeout = *timeout;
  auto concurrency = ReadNumber(arguments, "concurrency", options.concurrency, 60000);
  if (!concurrency) return std::unexpected(concurrency.error());
  auto per_host = ReadNumber(arguments, "max-per-host", options.max_per_host, 60000);
  if (!per_host) return std::unexpected(per_host.error());
  options.concurrency = *concurrency;
  options.max_per_host = *per_host;
  return options;
}

}  // namespace seawall::app
