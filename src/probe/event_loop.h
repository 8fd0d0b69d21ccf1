// epoll and timers, for one thread. Private to this room.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace seawall::probe {

using Clock = std::chrono::steady_clock;

class Waiter;
using Times = std::multimap<Clock::time_point, Waiter*>;

class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void Ready(uint32_t events) = 0;
  virtual void TimeUp() = 0;

 private:
  friend class EventLoop;
  std::optional<Times::iterator> time_;
};

class EventLoop {
 public:
  static Result<std::unique_ptr<EventLoop>> Make();

  /// EPOLLIN, EPOLLOUT. The descriptor is forgotten when it is closed.
  bool Watch(int fd, uint32_t events, Waiter* waiter);
  void Change(int fd, uint32_t events, Waiter* waiter);
  /// One time for each waiter; a second call replaces the first.
  void SetTime(Waiter* waiter, Clock::time_point when);
  void ClearTime(Waiter* waiter);
  /// Destroys it when the events at hand are dealt with: one of them may still be for it.
  void Retire(std::unique_ptr<Waiter> waiter);
  /// Waits for events or the next time and deals with them. False when there is nothing to wait
  /// for.
  bool RunOnce();

 private:
  explicit EventLoop(Descriptor epoll) : epoll_(std::move(epoll)) {}
  void RunTimes();

  Descriptor epoll_;
  Times times_;
  std::vector<std::unique_ptr<Waiter>> retired_;
};

}  // namespace seawall::probe
