// How far work that takes longer than a second has come: on standard error, when that is a
// terminal, and whenever SIGUSR1 asks.
#pragma once

#include <chrono>
#include <cstddef>

namespace seawall::app {

/// One at a time; not thread-safe, but for the signal.
class Progress {
 public:
  /// `what` must stay: "nodes examined".
  Progress(const char* what, size_t all);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Done(size_t done);
  /// Takes the line away, so that something else can be written.
  void Clear();

 private:
  const char* what_;
  size_t all_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begun_, last_;
};

}  // namespace seawall::app
