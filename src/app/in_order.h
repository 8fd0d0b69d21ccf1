// Work done by several threads, its results handed over in the order of the work.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace seawall::app {

/// Calls `make(i)` for i in [0, count) on as many threads as there are processors, and
/// `take(result)` in this thread in the order of i. At most a few results wait at a time, so memory
/// does not grow with `count`.
template <typename T>
void InOrder(size_t count, const std::function<T(size_t)>& make,
             const std::function<void(T)>& take) {
  size_t threads = std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  if (threads <= 1) {
    for (size_t i = 0; i < count; ++i) take(make(i));
    return;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::map<size_t, T> ready;
  size_t next = 0;
  size_t taken = 0;
  const size_t window = threads * 4;
  auto work = [&] {
    while (true) {
      size_t i = 0;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return next >= count || next < taken + window; });
        if (next >= count) return;
        i = next++;
      }
      T result = make(i);
      std::lock_guard lock(mutex);
      ready.emplace(i, std::move(result));
      changed.notify_all();
    }
  };
  std::vector<std::jthread> pool;
  for (size_t t = 0; t < threads; ++t) pool.emplace_back(work);
  for (size_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready.contains(i); });
    T result = std::move(ready.extract(i).mapped());
    taken = i + 1;
    changed.notify_all();
    lock.unlock();
    take(std::move(result));
  }
}

}  // namespace seawall::app
