// LiveKeeper, where the cluster of etcd is told something of its member.
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "live/etcd_peers.h"
#include "live/keeper.h"
#include "live/machine.h"

namespace seawall::live {
namespace {

using harden::StepWork;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(500);
constexpr auto kReachSeconds = std::chrono::seconds(60);
constexpr int kHoldSeconds = 5;  ///< connections that are closed and made anew do not hold

}  // namespace

/// Every member reaches this one and is reached, without an end for a while.
Result<void> LiveKeeper::AwaitPeers(const StepWork& step) {
  if (!step.peers || step.peers->alone()) return {};
  const auto hold = std::chrono::seconds(std::min(kHoldSeconds, options_.settle_seconds));
  std::string apart = "they did not stay connected";
  std::optional<Clock::time_point> since;
  for (const auto end = Clock::now() + kReachSeconds + hold; Clock::now() < end;
       std::this_thread::sleep_for(kLook)) {
    auto node = ReadMachine(options_.read);
    if (!node) return std::unexpected(node.error());
    const std::string now = Apart(*node, *step.peers);
    if (!now.empty()) {
      apart = now;
      since.reset();
      continue;
    }
    if (!since) since = Clock::now();
    if (Clock::now() - *since >= hold) return {};
  }
  return Failed(step, "etcd's members do not reach each other: " + apart);
}

Result<void> LiveKeeper::MayAnnounce(const StepWork& step) {
  if (!step.peers) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  return live::MayAnnounce(*node, *step.peers);
}

Result<void> LiveKeeper::MayAnnounce(const harden::Plan& plan) {
  for (const harden::Step& step : plan.steps) {
    StepWork work;
    work.peers = step.peers;
    if (auto may = MayAnnounce(work); !may) return may;
  }
  return {};
}

Result<void> LiveKeeper::Announce(const StepWork& step) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  if (auto told = AnnouncePeers(*node, *step.peers); !told) return told;
  Say(step, "the cluster finds this member at " + Join(step.peers->after, ","));
  if (auto well = AwaitEtcd(step); !well) return well;
  return AwaitPeers(step);
}

Result<void> LiveKeeper::MayWithdraw(const StepWork& step) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  return MayWithdrawPeers(*node, *step.peers);
}

Result<void> LiveKeeper::MayRestart(const StepWork& step) {
  if (!step.restarts || step.component != "etcd") return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  const cluster::Component* etcd = FindComponent(*node, step.component, step.instance);
  return etcd == nullptr ? Result<void>() : MayGoWithout(*node, *etcd);
}

Result<void> LiveKeeper::Withdraw(const StepWork& step) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  if (auto told = WithdrawPeers(*node, *step.peers); !told) return told;
  Say(step, "the cluster finds this member at " + Join(step.peers->before, ","));
  return {};
}

}  // namespace seawall::live
