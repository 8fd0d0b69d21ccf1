#include "probe/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace seawall::probe {

Result<std::unique_ptr<EventLoop>> EventLoop::Make() {
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return Fail(ErrorCode::kIo, "wait for connections", "", std::strerror(errno));
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

bool EventLoop::Watch(int fd, uint32_t events, Waiter* waiter) {
  epoll_event event{.events = events, .data = {.ptr = waiter}};
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::Change(int fd, uint32_t events, Waiter* waiter) {
  epoll_event event{.events = events, .data = {.ptr = waiter}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::SetTime(Waiter* waiter, Clock::time_point when) {
  ClearTime(waiter);
  waiter->time_ = times_.emplace(when, waiter);
}

void EventLoop::ClearTime(Waiter* waiter) {
  if (!waiter->time_) return;
  times_.erase(*waiter->time_);
  waiter->time_.reset();
}

void EventLoop::Retire(std::unique_ptr<Waiter> waiter) {
  ClearTime(waiter.get());
  retired_.push_back(std::move(waiter));
}

void EventLoop::RunTimes() {
  const Clock::time_point now = Clock::now();
  while (!times_.empty() && times_.begin()->first <= now) {
    Waiter* waiter = times_.begin()->second;
    ClearTime(waiter);
    waiter->TimeUp();
  }
}

bool EventLoop::RunOnce() {
  if (times_.empty()) return false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(times_.begin()->first - Clock::now());
  const int wait = static_cast<int>(std::max<int64_t>(0, left.count() + 1));
  std::array<epoll_event, 256> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait);
  for (int i = 0; i < count; ++i) {
    static_cast<Waiter*>(events[static_cast<size_t>(i)].data.ptr)
        ->Ready(events[static_cast<size_t>(i)].events);
  }
  RunTimes();
  retired_.clear();
  return true;
}

}  // namespace seawall::probe
