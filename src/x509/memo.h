// What was found out about some bytes, kept for the next time that they come: a cluster's CAs stand
// in every kubeconfig of every node. Private to this room.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace seawall::x509 {

/// Holds at most `most` answers and forgets them all when it is full, so memory is bounded whatever
/// is read. Thread-safe.
template <typename T>
class Memo {
 public:
  explicit Memo(size_t most) : most_(most) {}

  std::optional<T> Find(std::string_view key) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(key);
    return found == known_.end() ? std::nullopt : std::optional<T>(found->second);
  }

  void Add(std::string_view key, const T& value) {
    std::lock_guard lock(mutex_);
    if (known_.size() >= most_) known_.clear();
    known_.emplace(key, value);
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, T, Hash, std::equal_to<>> known_;
};

}  // namespace seawall::x509
