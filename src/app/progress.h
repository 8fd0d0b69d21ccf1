// How far work that takes longer than a second has come: on standard error, when that is a
// terminal, and whenever SIGUSR1 asks.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

namespace seawall::app {

/// One at a time. On a terminal a thread of its own shows the line, so that it also moves while
/// nothing gets done.
class Progress {
 public:
  /// `what` must stay: "nodes examined".
  Progress(const char* what, size_t all);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Done(size_t done);
  /// Takes the line away while the result lives, so that something else can be written.
  [[nodiscard]] std::unique_lock<std::mutex> Quiet();
  /// Takes the line away for good.
  void End();

 private:
  void Show();
  void Clear();

  const char* what_;
  size_t all_;
  std::atomic<size_t> done_ = 0;
  std::chrono::steady_clock::time_point begun_;
  std::mutex mutex_;  ///< of what follows, and of the terminal
  std::condition_variable_any wake_;
  bool shown_ = false;
  std::jthread shows_;
};

}  // namespace seawall::app
