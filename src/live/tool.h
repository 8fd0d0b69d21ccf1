// Other people's programs that a live apply needs: systemctl, journalctl, systemd-run; git.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace seawall::live {

struct Said {
  int status = -1;   ///< -1: it did not start, a signal ended it, or its time was over
  std::string text;  ///< of both outputs
  bool cut = false;  ///< it said more than was wanted
};

struct ToolOptions {
  int timeout_seconds = 60;
  size_t most = 64u << 10;  ///< bytes of what it says that are kept
  int input = -1;           ///< a descriptor that it reads; -1: nothing
  bool errors = true;       ///< standard error is among what it says; otherwise it is ours
};

/// Without a shell, in a session of its own: Ctrl-C does not reach it.
Said RunTool(std::vector<std::string> words, const ToolOptions& options);
inline Said RunTool(std::vector<std::string> words, int timeout_seconds) {
  return RunTool(std::move(words), ToolOptions{.timeout_seconds = timeout_seconds});
}

}  // namespace seawall::live
