// Other people's programs that a live apply needs: systemctl, journalctl, systemd-run.
#pragma once

#include <string>
#include <vector>

namespace seawall::live {

struct Said {
  int status = -1;   ///< -1: it did not start, a signal ended it, or its time was over
  std::string text;  ///< of both outputs, at most 64 KiB
};

/// Without a shell, with nothing to read, in a session of its own: Ctrl-C does not reach it.
Said RunTool(std::vector<std::string> words, int timeout_seconds);

}  // namespace seawall::live
