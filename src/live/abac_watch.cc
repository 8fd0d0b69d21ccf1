#include "live/abac_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <thread>

#include "api/client.h"
#include "api/servers.h"
#include "base/text.h"
#include "harden/fix.h"
#include "live/break_glass.h"
#include "live/machine.h"

namespace seawall::live {
namespace {

constexpr const char* kAttempt = "see whether anybody lives on ABAC";
constexpr std::string_view kCounter = "apiserver_authorization_decisions_total{";
constexpr std::string_view kStarted = "process_start_time_seconds ";
constexpr int64_t kBetween = 10;  ///< seconds between two looks
constexpr size_t kMostServers = 100;

double NumberBehind(std::string_view line) {
  const std::string number(Trim(line.substr(line.rfind(' ') + 1)));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  return end == number.c_str() ? std::nan("") : value;
}

std::string NamesOf(const std::vector<AbacCount>& counts) {
  std::vector<std::string> names;
  for (const AbacCount& count : counts) names.push_back(count.server);
  return Join(names, ", ");
}

std::unexpected<Error> NotQuiet(const std::string& server, std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, kAttempt, server, std::move(why), std::move(todo));
}

/// Whether nothing happened between the first look and this one.
Result<void> SameAsBefore(const std::vector<AbacCount>& first, const std::vector<AbacCount>& now,
                          int64_t elapsed) {
  if (NamesOf(first) != NamesOf(now))
    return NotQuiet(NamesOf(now), "the API servers are others than at the beginning", "plan again");
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i].started != first[i].started)
      return NotQuiet(now[i].server, "it was restarted meanwhile", "plan again");
    if (now[i].allowed > first[i].allowed)
      return NotQuiet(
          now[i].server,
          fmt::format("ABAC allowed {} request(s) within {} s: somebody lives on it",
                      now[i].allowed - first[i].allowed, elapsed),
          "give them the rights by RBAC (seawall rbac from-abac POLICY | kubectl apply -f -; RBAC "
          "before ABAC in --authorization-mode), and plan again");
  }
  return {};
}

/// Every API server, as the client's credential asks it.
Result<std::vector<api::Access>> ServersOf(api::ApiClient& client) {
  auto places = api::ListServers(client);
  if (!places) return std::unexpected(places.error());
  std::vector<api::Access> servers;
  for (const std::string& place : *places) {
    auto access = api::AccessTo(place, client.access());
    if (!access) return std::unexpected(access.error());
    servers.push_back(std::move(*access));
  }
  if (servers.empty() || servers.size() > kMostServers)
    return Fail(ErrorCode::kUsage, kAttempt, client.where(),
                fmt::format("the service kubernetes names {} API servers", servers.size()),
                "look at kubectl get endpointslices -n default");
  return servers;
}

Result<std::vector<AbacCount>> AskAll(const cluster::ReadOptions& read,
                                      const std::string& break_glass) {
  auto node = ReadMachine(read);
  if (!node) return std::unexpected(node.error());
  auto home = OpenAsAdmin(*node, break_glass);
  if (!home) return std::unexpected(home.error());
  auto servers = ServersOf(**home);
  if (!servers) return std::unexpected(servers.error());
  std::vector<AbacCount> counts;
  for (api::Access& access : *servers) {
    auto client = api::ApiClient::Open(std::move(access));
    if (!client) return std::unexpected(client.error());
    auto metrics = (*client)->Get("/metrics");
    if (!metrics) return std::unexpected(metrics.error());
    if (metrics->status != 200)
      return std::unexpected(api::ErrorOf(*metrics, kAttempt, (*client)->where()));
    auto count = ReadAbacCount((*client)->where(), metrics->body);
    if (!count) return std::unexpected(count.error());
    counts.push_back(std::move(*count));
  }
  return counts;
}

}  // namespace

Result<AbacCount> ReadAbacCount(const std::string& server, std::string_view metrics) {
  AbacCount count;
  count.server = server;
  double started = std::nan("");
  bool counts = false;
  for (const std::string_view line : Split(metrics, '\n')) {
    if (line.starts_with(kStarted)) started = NumberBehind(line);
    if (!line.starts_with(kCounter)) continue;
    counts = true;
    if (line.contains("type=\"ABAC\"") && line.contains("decision=\"allowed\""))
      count.allowed += NumberBehind(line);
  }
  if (!counts || !std::isfinite(started) || !std::isfinite(count.allowed))
    return Fail(ErrorCode::kUnsupported, kAttempt, server,
                "its /metrics does not tell what each authorizer allows", "");
  count.started = static_cast<int64_t>(started);
  return count;
}

Result<std::string> WatchAbac(int64_t window, const AbacWorld& world) {
  auto first = world.ask();
  if (!first) return std::unexpected(first.error());
  const int64_t begin = world.now();
  int64_t wait = 0;
  for (const AbacCount& count : *first) {
    const int64_t quiet = count.allowed > 0 ? 0 : std::max<int64_t>(0, begin - count.started);
    wait = std::max(wait, window - quiet);
  }
  if (wait > 0)
    world.say(fmt::format("watching for {} s whether ABAC allows anybody anything ({})", wait,
                          NamesOf(*first)));
  for (int64_t elapsed = 0; elapsed < wait;) {
    world.sleep(std::min(kBetween, wait - elapsed));
    auto next = world.ask();
    if (!next) return std::unexpected(next.error());
    elapsed = world.now() - begin;
    if (auto same = SameAsBefore(*first, *next, elapsed); !same)
      return std::unexpected(same.error());
  }
  return fmt::format("{} for {} s on every API server ({})", harden::kAbacWasQuiet, window,
                     NamesOf(*first));
}

AbacWorld AbacWorldOf(cluster::ReadOptions read, std::string break_glass,
                      std::function<void(const std::string&)> say) {
  return {
      .ask = [read = std::move(read), file = std::move(break_glass)] { return AskAll(read, file); },
      .now = [] { return static_cast<int64_t>(std::time(nullptr)); },
      .sleep = [](int64_t seconds) { std::this_thread::sleep_for(std::chrono::seconds(seconds)); },
      .say = std::move(say)};
}

}  // namespace seawall::live
