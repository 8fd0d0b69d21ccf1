#include "auditlog/log_pool.h"

#include <cstring>

namespace seawall::auditlog {
namespace {

constexpr size_t kMostGaps = 1000;  ///< of a thread that are told apart; all are counted

}  // namespace

LogPool::LogPool(const LearnFilter& filter, SeenEvents& seen, size_t threads) {
  for (size_t i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(filter, seen));
  for (auto& worker : workers_) worker->thread = std::thread([this, &worker] { Run(*worker); });
}

void LogPool::Take(Block block) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return blocks_.size() < 2 * workers_.size(); });
  blocks_.push_back(std::move(block));
  work_.notify_one();
}

void LogPool::Finish(Learner& all, std::vector<Gap>& gaps) {
  Stop();
  for (const auto& worker : workers_) {
    all.Merge(worker->learner);
    gaps.insert(gaps.end(), worker->gaps.begin(), worker->gaps.end());
  }
}

void LogPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  work_.notify_all();
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void LogPool::Run(Worker& worker) {
  while (true) {
    Block block;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return done_ || !blocks_.empty(); });
      if (blocks_.empty()) return;
      block = std::move(blocks_.front());
      blocks_.pop_front();
    }
    room_.notify_one();
    Learn(worker, block);
  }
}

void LogPool::Learn(Worker& worker, Block& block) {
  worker.learner.From(block.server, block.before);
  char* at = block.bytes.data();
  char* const end = at + block.bytes.size();
  while (at < end) {
    auto* stop = static_cast<char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (!stop) stop = end;
    const auto kind = worker.reader.Read(at, static_cast<size_t>(stop - at), worker.learner);
    auto& counts = worker.learner.counts;
    counts.lines += kind != LineKind::kBlank;
    counts.other_lines += kind == LineKind::kOther;
    if (kind == LineKind::kDamaged) {
      worker.learner.TakeDamage();
      ++counts.damaged;
      if (worker.gaps.size() < kMostGaps) {
        worker.gaps.push_back(
            {block.file, block.offset + static_cast<uint64_t>(at - block.bytes.data()),
             stop == end ? "a line that ends too early" : "a line that is no JSON"});
      }
    }
    at = stop + 1;
  }
}

}  // namespace seawall::auditlog
