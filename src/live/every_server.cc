#include "live/every_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "api/servers.h"
#include "base/text.h"

namespace seawall::live {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(200);
constexpr size_t kMostServers = 100;
/// For one that did not see an earlier change in time: it may see this one.
constexpr std::chrono::seconds kOnceLate{1};
/// Nobody waits long for one that is behind a firewall.
constexpr api::ClientOptions kQuick = {.timeout_ms = 5000, .attempts = 2};

Result<bool> AwaitOne(Objects& objects, const AccessQuestion& question, bool wanted,
                      Clock::time_point until) {
  for (;;) {
    auto is = objects.Ask(question);
    if (!is || *is == wanted || Clock::now() >= until) return is;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

EveryServer::EveryServer(api::ApiClient& home) : home_(home), objects_(home) {
  const auto places = api::ListServers(home);
  // One alone is who answers anyway; that nobody knows how many there are is told elsewhere.
  if (!places || places->size() < 2) return;
  for (size_t i = 0; i < places->size(); ++i) {
    if (i >= kMostServers) {
      Leave(fmt::format("{} and the others", (*places)[i]), "there are too many");
      return;
    }
    if ((*places)[i] != home.where()) Open((*places)[i]);
  }
}

void EveryServer::Open(const std::string& place) {
  auto access = api::AccessTo(place, home_.access());
  if (!access) return Leave(place, access.error().why);
  auto client = api::ApiClient::Open(std::move(*access), kQuick);
  if (!client) return Leave(place, client.error().why);
  Objects objects(**client);
  others_.push_back({std::move(*client), objects});
}

void EveryServer::Leave(const std::string& place, const std::string& why) {
  silent_.push_back(
      fmt::format("that the API server at {} sees the changes: it cannot be asked ({})",
                  Printable(place), PrintableShort(why, 200)));
}

Result<bool> EveryServer::Await(const AccessQuestion& question, bool wanted,
                                std::chrono::seconds most) {
  const auto now = Clock::now();
  const auto ask = [&](Objects& objects, const std::string& where) {
    otherwise_ = where;
    const bool late = !wanted && late_.contains(where);
    auto is = AwaitOne(objects, question, wanted, now + (late ? std::min(most, kOnceLate) : most));
    if (is && *is != wanted && !wanted) late_.insert(where);
    return is;
  };
  auto is = ask(objects_, home_.where());
  if (!is || *is != wanted) return is;
  for (auto server = others_.begin(); server != others_.end();) {
    is = ask(server->objects, server->client->where());
    if (is && *is != wanted) return is;
    if (is) {
      ++server;
      continue;
    }
    Leave(otherwise_, is.error().why);
    server = others_.erase(server);
  }
  return wanted;
}

}  // namespace seawall::live
