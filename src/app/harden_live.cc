#include "app/harden_live.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "app/app.h"
#include "app/harden_options.h"
#include "app/inputs.h"
#include "app/prove_options.h"
#include "app/prove_targets.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/redact.h"

namespace seawall::app {
namespace {

std::atomic<bool> interrupted = false;

extern "C" void AskForEnd(int number) {
  if (interrupted.exchange(true) && number == SIGINT) _exit(kExitInterrupted);
}

/// Every listener of one component, asked and judged.
Result<std::vector<proofs::Proven>> ProveComponent(const cluster::Node& node,
                                                   const cluster::Component& component,
                                                   const probe::ProbeOptions& options) {
  std::vector<ProveTarget> targets;
  AddListeners(node, true, targets);
  std::erase_if(targets, [&](const ProveTarget& target) { return target.component != &component; });
  std::vector<proofs::Proven> proven(targets.size());
  auto ok = AskTargets(targets, options, [&](size_t i, const probe::Observation& seen) {
    proven[i] = {
        &component, seen.endpoint,
        proofs::Judge(
            {.seen = seen, .node = &node, .component = &component, .now = std::time(nullptr)},
            node.name)};
  });
  if (!ok) return std::unexpected(ok.error());
  return proven;
}

Result<int> Seconds(const Arguments& arguments, const char* option, int fallback) {
  auto time = ReadDuration(arguments, option, std::chrono::seconds(fallback));
  if (!time) return std::unexpected(time.error());
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*time).count());
}

std::string HostPrefix() {
  char host[256] = "?";
  gethostname(host, sizeof host - 1);
  return fmt::format("{}, process ", host);
}

/// Whether a holder was a seawall of this very machine that is no more.
bool IsDeadHere(std::string_view holder) {
  const std::string prefix = HostPrefix();
  if (!holder.starts_with(prefix)) return false;
  const std::string_view number = holder.substr(prefix.size());
  if (number.empty() || number.find_first_not_of("0123456789") != number.npos) return false;
  const auto name_of = [](std::string_view process) {
    std::string name;
    std::ifstream file(fmt::format("/proc/{}/comm", process));
    std::getline(file, name);
    return name;
  };
  return name_of(number) != name_of("self");
}

}  // namespace

// A terminal that is gone is no reason to stop.
void SayOnStderr(const std::string& text) {
  const std::string line = "seawall: " + Printable(report::Redact(text)) + "\n";
  (void)!write(STDERR_FILENO, line.data(), line.size());
}

std::string ThisHolder() { return HostPrefix() + std::to_string(getpid()); }

live::LockWanted LockWish(const Arguments& arguments) {
  return {arguments.Get("holder", ThisHolder()), arguments.Has("take-over"), IsDeadHere};
}

int WorseStatus(int a, int b) {
  constexpr int kOrder[] = {kExitClean, kExitUnknown, kExitFindings, kExitError, kExitInterrupted};
  const auto rank = [&](int status) {
    return std::ranges::find(kOrder, status) - std::begin(kOrder);
  };
  return rank(a) < rank(b) ? b : a;
}

CaughtSignals::CaughtSignals() {
  struct sigaction action{};
  action.sa_handler = AskForEnd;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGHUP, SIG_IGN);
}

CaughtSignals::~CaughtSignals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
}

bool IsLive(const Arguments& arguments, const std::string& root) {
  return root == "/" && !arguments.Has("offline");
}

bool LiveSession::Interrupted() { return interrupted; }

Result<std::unique_ptr<LiveSession>> LiveSession::Open(const Arguments& arguments) {
  live::KeeperOptions options;
  auto read = ReadCommonOptions(arguments);
  if (!read) return std::unexpected(read.error());
  options.read = std::move(*read);
  auto settle = Seconds(arguments, "settle", options.settle_seconds);
  auto ready = Seconds(arguments, "ready-within", options.ready_seconds);
  if (!settle) return std::unexpected(settle.error());
  if (!ready) return std::unexpected(ready.error());
  options.settle_seconds = *settle;
  options.ready_seconds = *ready;
  options.say = SayOnStderr;
  options.interrupted = [] { return interrupted.load(); };
  options.prove = [](const cluster::Node& node, const cluster::Component& component) {
    return ProveComponent(node, component, probe::ProbeOptions{});
  };
  std::unique_ptr<LiveSession> session(new LiveSession);
  session->safeguard_ = std::make_unique<live::Safeguard>(live::SafeguardOptions{
      options.read, arguments.Has("without-snapshot"), arguments.Has("without-break-glass"),
      arguments.Get("break-glass"), SayOnStderr});
  options.still_ours = [self = session.get()] { return self->StillOurs(); };
  options.still_opens = [guard = session->safeguard_.get()] { return guard->StillOpens(); };
  session->keeper_ = std::make_unique<live::LiveKeeper>(std::move(options));
  return session;
}

Result<void> LiveSession::LockCluster(const Arguments& arguments) {
  auto read = ReadCommonOptions(arguments);
  if (!read) return std::unexpected(read.error());
  keeps_lock_ = arguments.Has("holder");
  auto lock = live::LockCluster(*read, arguments.Get("break-glass"), LockWish(arguments),
                                std::time(nullptr));
  if (!lock && lock.error().code == ErrorCode::kPermission) return std::unexpected(lock.error());
  if (!lock)
    SayOnStderr("the cluster is not locked against other machines: " + lock.error().why);
  else
    lock_ = std::move(*lock);
  return {};
}

Result<void> LiveSession::StillOurs() {
  if (!lock_) return {};
  auto renewed = lock_->Renew(std::time(nullptr));
  if (!renewed && renewed.error().code == ErrorCode::kPermission) return renewed;
  // An API server that restarts answers again before the lock ends.
  if (!renewed) SayOnStderr("the cluster's lock could not be renewed: " + renewed.error().why);
  return {};
}

LiveSession::~LiveSession() {
  if (lock_ && !keeps_lock_) {
    if (auto released = lock_->Release(); !released)
      SayOnStderr("the cluster's lock ends by itself: " + released.error().why);
  }
}

Result<int64_t> ConfirmSeconds(const Arguments& arguments) {
  auto seconds = Seconds(arguments, "confirm", 0);
  if (!seconds) return std::unexpected(seconds.error());
  return int64_t{*seconds};
}

Result<int> RunHardenUnlock(const Arguments& arguments) {
  auto read = ReadCommonOptions(arguments);
  if (!read) return std::unexpected(read.error());
  auto whose = live::UnlockCluster(*read, arguments.Get("break-glass"), arguments.Get("holder"));
  if (!whose) return std::unexpected(whose.error());
  const std::string text = whose->empty()
                               ? "the cluster is not locked\n"
                               : fmt::format("unlocked; it was held by {}\n", Printable(*whose));
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
