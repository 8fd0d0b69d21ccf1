#include "app/progress.h"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace seawall::app {
namespace {

// What the signal's handler may look at.
std::atomic<size_t> signal_done = 0;
std::atomic<size_t> signal_all = 0;
std::atomic<const char*> signal_what = nullptr;
std::atomic<time_t> signal_begun = 0;

time_t Seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/// A line in which only what a signal handler may call is called.
class SignalLine {
 public:
  void Add(const char* text) {
    for (; *text != '\0' && size_ < sizeof line_; ++text) line_[size_++] = *text;
  }
  void Add(size_t number) {
    char digits[24];
    size_t n = 0;
    do digits[n++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0 && size_ < sizeof line_) line_[size_++] = digits[--n];
  }
  void Write() const {
    if (write(STDERR_FILENO, line_, size_) < 0) return;
  }

 private:
  char line_[200];
  size_t size_ = 0;
};

void Tell(int) {
  const int before = errno;
  if (const char* what = signal_what) {
    SignalLine line;
    line.Add("seawall: ");
    line.Add(signal_done.load());
    line.Add(" of ");
    line.Add(signal_all.load());
    line.Add(" ");
    line.Add(what);
    line.Add(", ");
    line.Add(static_cast<size_t>(Seconds() - signal_begun.load()));
    line.Add(" s\n");
    line.Write();
  }
  errno = before;
}

}  // namespace

Progress::Progress(const char* what, size_t all)
    : what_(what), all_(all), begun_(std::chrono::steady_clock::now()) {
  signal_done = 0;
  signal_all = all;
  signal_begun = Seconds();
  signal_what = what;
  struct sigaction action{};
  action.sa_handler = Tell;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  if (isatty(STDERR_FILENO) != 1) return;
  shows_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    auto next = begun_ + std::chrono::seconds(1);
    while (!stop.stop_requested()) {
      wake_.wait_until(lock, stop, next, [] { return false; });
      if (stop.stop_requested()) return;
      Show();
      next = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    }
  });
}

Progress::~Progress() {
  End();
  signal_what = nullptr;
}

void Progress::Done(size_t done) {
  done_ = done;
  signal_done = done;
}

std::unique_lock<std::mutex> Progress::Quiet() {
  std::unique_lock lock(mutex_);
  Clear();
  return lock;
}

void Progress::End() {
  if (!shows_.joinable()) return;
  shows_.request_stop();
  shows_.join();
  Clear();
}

void Progress::Show() {
  const auto time =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun_);
  fmt::print(stderr, "\r\x1b[K{} of {} {}, {} s", done_.load(), all_, what_, time.count());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::Clear() {
  if (!shown_) return;
  shown_ = false;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace seawall::app
