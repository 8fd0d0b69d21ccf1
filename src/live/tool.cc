#include "live/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/descriptor.h"

extern char** environ;

namespace seawall::live {
namespace {

using Clock = std::chrono::steady_clock;

pid_t Spawn(std::vector<std::string>& words, int output, const ToolOptions& options) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (options.input >= 0) {
    posix_spawn_file_actions_adddup2(&actions, options.input, 0);
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (options.errors) posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigfillset(&usual);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, pointers[0], &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? pid : -1;
}

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
  const pid_t pid = Spawn(words, writing.get(), options);
  writing = Descriptor();
  if (pid < 0) return said;
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
