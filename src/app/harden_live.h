// seawall harden where the components run: the keeper of live steps, and Ctrl-C.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/command.h"
#include "harden/apply.h"
#include "live/cluster_lock.h"
#include "live/keeper.h"
#include "live/safeguard.h"

namespace seawall::app {

/// A bound for stages: the longest way (etcd from plain HTTP to TLS) has two.
inline constexpr int kMostHardenStages = 4;

/// What is to be told of two exit statuses: found something, could not do it, does not know, in the
/// order of what has to be looked at.
int WorseStatus(int a, int b);

/// Whether components run from the tree: it is this machine's, and nobody said --offline.
bool IsLive(const Arguments& arguments, const std::string& root);

/// "HOST, process 12": who hardens, for others who want to.
std::string ThisHolder();

/// The cluster's lock as --holder and --take-over want it.
live::LockWanted LockWish(const Arguments& arguments);

/// A line about what goes on.
void SayOnStderr(const std::string& text);

/// How the text of an apply begins that found no change to make; --ssh reads it on other machines.
inline constexpr std::string_view kNothingToDo = "nothing to do";

/// What became of an apply or a rollback, in words on standard output; the exit status. `done`:
/// what it is called when it came to its end.
Result<int> TellApplied(const Arguments& arguments, const harden::Applied& applied,
                        const char* done, const std::vector<std::string>& unproven);

/// While it lives, Ctrl-C and SIGTERM ask for an end (a second Ctrl-C ends at once), and a terminal
/// that goes away is nothing to stop for.
class CaughtSignals {
 public:
  CaughtSignals();
  ~CaughtSignals();
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;
};

/// A live apply or rollback; who asks for its end gets back what was begun.
class LiveSession {
 public:
  static Result<std::unique_ptr<LiveSession>> Open(const Arguments& arguments);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  live::LiveKeeper& keeper() { return *keeper_; }
  live::Safeguard& safeguard() { return *safeguard_; }
  static bool Interrupted();

  /// Takes the cluster's lock, where an API server can be asked for it; where not, says so.
  Result<void> LockCluster(const Arguments& arguments);

 private:
  LiveSession() = default;
  CaughtSignals caught_;
  Result<void> StillOurs();
  std::optional<live::ClusterLock> lock_;
  bool keeps_lock_ = false;  ///< whoever started this has more nodes to do
  std::unique_ptr<live::Safeguard> safeguard_;
  std::unique_ptr<live::LiveKeeper> keeper_;
};

/// --confirm in seconds; 0 without it.
Result<int64_t> ConfirmSeconds(const Arguments& arguments);
Result<int> RunHardenUnlock(const Arguments& arguments);

}  // namespace seawall::app
