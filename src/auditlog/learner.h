// Learner: the rights that audit logs show in use. Memory grows with distinct subjects and rights,
// not with the log.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auditlog/event.h"
#include "rbac/names.h"

namespace seawall::auditlog {

/// What of the events to look at; all empty: every user but the cluster's own components.
struct LearnFilter {
  std::vector<std::string> users;   ///< service accounts by their user names
  std::vector<std::string> groups;  ///< rights of a group's users are the group's
};

/// One right in use. Texts are numbers of Learner::names.
struct Right {
  rbac::NameId subject = 0;
  rbac::NameId space = 0;  ///< "": of the whole cluster
  rbac::NameId group = 0;
  rbac::NameId resource = 0;  ///< "pods/log"; a URL's path where `url`
  rbac::NameId verb = 0;
  rbac::NameId name = 0;  ///< what authorization saw; "": none
  bool of_group = false;  ///< the subject is a group
  bool url = false;
  bool operator==(const Right&) const = default;
};
struct Use {
  uint64_t count = 0;
  int64_t first = 0, last = 0;  ///< seconds since the epoch; 0: not known
};

/// What became of the events.
struct LearnCounts {
  uint64_t events = 0, learnt = 0, denied = 0, undecided = 0, twice = 0, discovery = 0, others = 0,
           lines = 0, other_lines = 0;
  std::array<uint64_t, 5> stages{};  ///< by Event::Stage
  int64_t first = 0, last = 0;
  uint64_t names_dropped = 0;  ///< rights with more names than are kept: any name, then
  void Add(const LearnCounts& other);
};

/// Which events were seen. Shared by learners of several threads. Of the oldest of very many events
/// it forgets that it saw them: memory is bounded.
class SeenEvents {
 public:
  SeenEvents();
  /// False when it was seen before.
  bool Add(uint64_t key);

 private:
  struct Shard {
    std::mutex mutex;
    std::vector<uint64_t> now, before;
    size_t used = 0;
  };
  static constexpr size_t kShards = 64;
  static constexpr size_t kMostSlots = size_t{1} << 16;  ///< of a shard and a generation
  std::unique_ptr<std::array<Shard, kShards>> shards_;
};

class Learner : public EventSink {
 public:
  Learner(const LearnFilter& filter, SeenEvents& seen) : filter_(filter), seen_(seen) {}
  void Take(const Event& event) override;
  /// Adds what another learner knows.
  void Merge(const Learner& other);

  struct Hash {
    size_t operator()(const Right& r) const;
  };
  rbac::Names names;
  std::unordered_map<Right, Use, Hash> rights;
  LearnCounts counts;

  static constexpr size_t kMostNames = 10'000;  ///< of one right

 private:
  struct Who {
    rbac::NameId id;
    bool group;
  };
  void TakeFor(const Who& who, const Event& event, int64_t when);
  void TakeImpersonation(const Who& who, const Event& event, int64_t when);
  void Count(Right right, int64_t when, uint64_t times = 1);
  void Wanted(const Event::Who& user, std::vector<Who>& out);
  void TakeUrl(const Who& who, const Event& event, int64_t when);

  const LearnFilter& filter_;
  SeenEvents& seen_;
  std::unordered_map<Right, uint32_t, Hash> names_of_;  ///< distinct names, by the right without
  std::vector<Who> who_, as_;
  std::string text_;
};

}  // namespace seawall::auditlog
