// ssh as a child process in a session of its own, so that it can ask nobody at a terminal and all
// that it starts ends with it. Private to the ssh_* files.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace seawall::app {

using SshClock = std::chrono::steady_clock;

/// Ends it, and whatever it started, when it is destroyed before.
class SshChild {
 public:
  SshChild() = default;
  SshChild(const SshChild&) = delete;
  SshChild& operator=(const SshChild&) = delete;
  ~SshChild();

  /// 0, or errno.
  int Start(std::vector<std::string> words);
  /// Its exit status, -1 when a signal ended it; nothing when it still runs at `until`.
  std::optional<int> WaitUntil(SshClock::time_point until);

  Descriptor in, out, err;  ///< our ends; writing does not block

 private:
  void Forget();
  pid_t pid_ = -1;
};

/// While it lives, SIGINT, SIGTERM and SIGHUP end the children too before they end this process.
class SshSignals {
 public:
  SshSignals();
  ~SshSignals();
  SshSignals(const SshSignals&) = delete;
  SshSignals& operator=(const SshSignals&) = delete;
};

}  // namespace seawall::app
