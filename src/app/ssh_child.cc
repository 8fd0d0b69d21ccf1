#include "app/ssh_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "app/app.h"
#include "base/spawn.h"

namespace seawall::app {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// What the signal's handler looks at: as many as ever run at once.
std::atomic<pid_t> running[64];
struct sigaction before[std::size(kSignals)];

void Replace(pid_t old, pid_t with) {
  for (auto& slot : running) {
    pid_t expected = old;
    if (slot.compare_exchange_strong(expected, with)) return;
  }
}

// Only what is async-signal-safe.
extern "C" void EndChildren(int number) {
  for (auto& slot : running) {
    if (const pid_t pid = slot.load(); pid > 0) kill(-pid, SIGTERM);
  }
  if (number == SIGINT) _exit(kExitInterrupted);
  signal(number, SIG_DFL);
  raise(number);
}

struct Pipe {
  Descriptor reading, writing;
  int Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
    return 0;
  }
};

}  // namespace

int SshChild::Start(std::vector<std::string> words) {
  Pipe to, from, complaints;
  for (Pipe* pipe : {&to, &from, &complaints}) {
    if (const int error = pipe->Open(); error != 0) return error;
  }
  fcntl(to.writing.get(), F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  const SpawnOptions options = {
      .input = to.reading.get(), .output = from.writing.get(), .errors = complaints.writing.get()};
  if (const int error = Spawn(words, options, pid); error != 0) return error;
  pid_ = pid;
  Replace(0, pid_);
  in = std::move(to.writing);
  out = std::move(from.reading);
  err = std::move(complaints.reading);
  return 0;
}

void SshChild::Forget() {
  Replace(pid_, 0);
  pid_ = -1;
}

std::optional<int> SshChild::WaitUntil(SshClock::time_point until) {
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) break;
    if (ended < 0 && errno != EINTR) return -1;
    if (SshClock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Forget();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

SshChild::~SshChild() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  Forget();
}

SshSignals::SshSignals() {
  struct sigaction action{};
  action.sa_handler = EndChildren;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], nullptr, &before[i]);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    // What whoever started this program told it to ignore (nohup) stays ignored.
    if (before[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

SshSignals::~SshSignals() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before[i], nullptr);
}

}  // namespace seawall::app
