// seawall harden where the components run: the keeper of live steps, Ctrl-C, and the watcher of
// --confirm.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/command.h"
#include "harden/apply.h"
#include "live/keeper.h"

namespace seawall::app {

/// Whether components run from the tree: it is this machine's, and nobody said --offline.
bool IsLive(const Arguments& arguments, const std::string& root);

/// While it lives, Ctrl-C and SIGTERM ask for an end that takes back what was begun (a second
/// Ctrl-C ends at once), and a terminal that goes away is nothing to stop for.
class LiveSession {
 public:
  static Result<std::unique_ptr<LiveSession>> Open(const Arguments& arguments);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  live::LiveKeeper& keeper() { return *keeper_; }
  static bool Interrupted();

 private:
  LiveSession() = default;
  std::unique_ptr<live::LiveKeeper> keeper_;
};

/// --confirm in seconds; 0 without it.
Result<int64_t> ConfirmSeconds(const Arguments& arguments);
/// Starts a process of its own that takes the journal back unless somebody confirms it. It outlives
/// this program, its terminal and (where systemd runs) the login.
Result<void> StartWatcher(const Arguments& arguments, const harden::Journal& journal);
/// That process: `seawall harden watch ID`.
Result<int> RunHardenWatch(const Arguments& arguments);
Result<int> RunHardenConfirm(const Arguments& arguments);

}  // namespace seawall::app
