// The RBAC objects of a cluster, kept as its API server has them: listed once, then watched.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/client.h"
#include "rbac/policy.h"

namespace seawall::api {

struct WatchOptions {
  /// Between two attempts after one that failed: twice as long each time.
  std::chrono::milliseconds first_pause{1000}, longest_pause{60'000};
  std::chrono::seconds stream{120};  ///< the API server is asked to end a watch then
  /// Without a word (bookmarks come once a minute) a watch is taken for dead.
  std::chrono::milliseconds silence{150'000};
  uint64_t most_bytes = 16u << 20;  ///< of a kind's events: then it is listed anew, for memory
};

/// Each of the four kinds by itself: a list, then a watch from its resourceVersion on. A watch that
/// the API server ends goes on where it was; one that breaks, falls silent, says what is no event
/// or comes too late (410) leads back to a list. What cannot be listed (any more) is among
/// Policy::unread, as it was last. Where only watching is refused, a kind is listed again and
/// again. Not thread-safe; `client` outlives it.
class PolicyWatch {
 public:
  explicit PolicyWatch(ApiClient& client, const WatchOptions& options = {});
  ~PolicyWatch();
  PolicyWatch(const PolicyWatch&) = delete;
  PolicyWatch& operator=(const PolicyWatch&) = delete;

  /// The first lists. Errors: when nothing can be asked at all.
  Result<void> Begin();
  /// Takes what has come, without waiting for more; begins again what is to begin again. Whether
  /// policy() is another one now.
  bool Pump();
  rbac::Policy policy() const;

  /// Why a kind is not watched ("roles cannot be watched: …"); those of Policy::unread not.
  std::vector<std::string> notes() const;
  uint64_t lists() const;   ///< that were read whole
  uint64_t events() const;  ///< that were taken

 private:
  class Kind;
  const WatchOptions options_;
  std::vector<std::unique_ptr<Kind>> kinds_;
};

}  // namespace seawall::api
