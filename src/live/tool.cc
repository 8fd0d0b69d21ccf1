#include "live/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/descriptor.h"
#include "base/spawn.h"

namespace seawall::live {
namespace {

using Clock = std::chrono::steady_clock;

/// Until the end of the output; false when the time was over before.
bool ReadAll(int fd, Clock::time_point until, size_t most, Said& said) {
  char buffer[16384];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting = {fd, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got > 0) {
      said.cut = said.cut || said.text.size() >= most;
      if (!said.cut) said.text.append(buffer, static_cast<size_t>(got));
    }
    if (got < 0 && errno != EINTR) return true;
  }
}

}  // namespace

Said RunTool(std::vector<std::string> words, const ToolOptions& options) {
  Said said;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return said;
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  SpawnOptions spawn;
  spawn.input = options.input >= 0 ? options.input : SpawnOptions::kNothing;
  spawn.output = writing.get();
  if (options.errors) spawn.errors = writing.get();
  pid_t pid = -1;
  const int failed = Spawn(words, spawn, pid);
  writing = Descriptor();
  if (failed != 0) return said;
  const bool ended =
      ReadAll(reading.get(), Clock::now() + std::chrono::seconds(options.timeout_seconds),
              options.most, said);
  if (!ended) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ended && WIFEXITED(status)) said.status = WEXITSTATUS(status);
  return said;
}

}  // namespace seawall::live
