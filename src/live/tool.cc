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

constexpr size_t kMost = 64u << 10;

pid_t Spawn(std::vector<std::string>& words, int output) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
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
bool ReadAll(int fd, Clock::time_point until, std::string& text) {
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting = {fd, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got > 0 && text.size() < kMost) text.append(buffer, static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) return true;
  }
}

}  // namespace

Said RunTool(std::vector<std::string> words, int timeout_seconds) {
  Said said;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return said;
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const pid_t pid = Spawn(words, writing.get());
  writing = Descriptor();
  if (pid < 0) return said;
  const bool ended =
      ReadAll(reading.get(), Clock::now() + std::chrono::seconds(timeout_seconds), said.text);
  if (!ended) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ended && WIFEXITED(status)) said.status = WEXITSTATUS(status);
  return said;
}

}  // namespace seawall::live
