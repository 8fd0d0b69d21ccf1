// LogPool: blocks of audit logs read by a thread for each processor.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "auditlog/learner.h"
#include "auditlog/log_files.h"

namespace seawall::auditlog {

/// Each thread learns by itself; `filter` and `seen` must outlive it.
class LogPool {
 public:
  LogPool(const LearnFilter& filter, SeenEvents& seen, size_t threads);
  ~LogPool() { Stop(); }
  LogPool(const LogPool&) = delete;
  LogPool& operator=(const LogPool&) = delete;

  /// Waits while there is too much to do. For one thread.
  void Take(Block block);
  /// What all of them learnt, and the lines that are damaged; to be called once.
  void Finish(Learner& all, std::vector<Gap>& gaps);

 private:
  struct Worker {
    Worker(const LearnFilter& filter, SeenEvents& seen) : learner(filter, seen) {}
    Learner learner;
    EventReader reader;
    std::vector<Gap> gaps;
    std::thread thread;
  };
  void Stop();
  void Run(Worker& worker);
  static void Learn(Worker& worker, Block& block);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::condition_variable work_, room_;
  std::deque<Block> blocks_;
  bool done_ = false;
};

}  // namespace seawall::auditlog
