// Learner: the rights that audit logs show in use. Memory grows with distinct subjects and rights,
// not with the log.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "auditlog/coverage.h"
#include "auditlog/event.h"
#include "rbac/names.h"

namespace seawall::auditlog {

/// What of the events to look at; all empty: every user but the cluster's own components.
struct LearnFilter {
  std::vector<std::string> users;   ///< service accounts by their user names
  std::vector<std::string> groups;  ///< rights of a group's users are the group's
  /// For a review: discovery too, and all that Learner holds below `review`.
  bool review = false;
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
  bool many = false;  ///< without a name because there are more names than are kept
  bool operator==(const Right&) const = default;
};
struct Use {
  uint64_t count = 0;
  int64_t first = 0, last = 0;  ///< seconds since the epoch; 0: not known
};

/// What became of the events.
struct LearnCounts {
  uint64_t events = 0, learnt = 0, denied = 0, undecided = 0, twice = 0, discovery = 0, others = 0,
           lines = 0, other_lines = 0, damaged = 0;
  std::array<uint64_t, 5> stages{};  ///< by Event::Stage
  int64_t first = 0, last = 0;
  uint64_t names_dropped = 0;    ///< rights with more names than are kept: any name, then
  uint64_t changes_dropped = 0;  ///< of RBAC objects, beyond those that are kept
  void Add(const LearnCounts& other);
};

/// Which events were seen. Shared by learners of several threads. Of the oldest of very many events
/// it forgets that it saw them: memory is bounded.
class SeenEvents {
 public:
  SeenEvents();
  /// False when it was seen before. `opens`: the end of this request is still to come.
  bool Add(uint64_t key, bool opens = false);
  /// Requests whose end is still to come, sorted: who goes on later must not count them again.
  std::vector<uint64_t> Open() const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    std::vector<uint64_t> now, before;
    std::unordered_set<uint64_t> open;
    size_t used = 0;
  };
  static constexpr size_t kMostOpen = 4096;  ///< of a shard
  static constexpr size_t kShards = 64;
  static constexpr size_t kMostSlots = size_t{1} << 16;  ///< of a shard and a generation
  std::unique_ptr<std::array<Shard, kShards>> shards_;
};

/// What is known of one API server's log.
struct ServerLog {
  Coverage covered;
  uint64_t damaged = 0;      ///< lines, and parts of files
  int64_t damaged_last = 0;  ///< about when the last of them was written; 0: not known
  void Damaged(int64_t when, uint64_t times = 1);
};

class Learner : public EventSink {
 public:
  struct Hash {
    size_t operator()(const Right& r) const;
  };
  using Rights = std::unordered_map<Right, Use, Hash>;

  Learner(const LearnFilter& filter, SeenEvents& seen) : filter_(filter), seen_(seen) {}
  void Take(const Event& event) override;
  /// Whose log the events that follow are of. What lies inside of `before`, if that is there, was
  /// counted when it was read for the first time.
  void From(size_t server, const Coverage* before);
  /// What follows, or came last, could not be read.
  void TakeDamage() { servers[server_].Damaged(when_); }
  /// Adds what another learner knows; its servers have the same numbers. The bounds below hold for
  /// both together.
  void Merge(const Learner& other);
  /// Adds to `rights` or `possible`. Names of one right beyond kMostNames become any name.
  void Put(Rights& into, Right right, const Use& use);

  rbac::Names names;
  Rights rights;
  LearnCounts counts;
  // For a review.
  Rights possible;  ///< what may have been allowed: nothing says that it was, or was not
  Rights kinds;     ///< what logs record at all: rights of nobody, nowhere, of no name
  Rights changes;   ///< who made, changed and removed RBAC objects
  std::unordered_map<rbac::NameId, std::unordered_set<rbac::NameId>> groups;  ///< of users
  /// Where they lie stays when more are added.
  std::deque<ServerLog> servers = std::deque<ServerLog>(1);

  static constexpr size_t kMostNames = 10'000;     ///< of one right
  static constexpr size_t kMostChanges = 100'000;  ///< different ones, and different kinds
  static constexpr size_t kMostGroups = 10'000;    ///< of one user

 private:
  struct Who {
    rbac::NameId id;
    bool group;
  };
  void TakeDecided(const Event& event);
  void TakeRights(const Event& event, int64_t when);
  void TakeFor(const Who& who, const Event& event, int64_t when);
  void TakeOn(const Who& who, const Event& event, int64_t when);
  void TakeImpersonation(const Who& who, const Event& event, int64_t when);
  void Count(const Right& right, int64_t when);
  Right RightOf(const Event& event);
  void Mark(const Event& event);
  void TakeGroups(const Event::Who& who);
  void TakeChange(const Event& event, int64_t when);
  void PutChange(const Right& change, int64_t when);
  void Wanted(const Event::Who& user, std::vector<Who>& out);
  void TakeUrl(const Who& who, const Event& event, int64_t when);

  const LearnFilter& filter_;
  SeenEvents& seen_;
  std::unordered_map<Right, uint32_t, Hash> names_of_;  ///< distinct names, by the right without
  std::vector<Who> who_, as_;
  std::string text_;
  Rights* into_ = &rights;
  std::unordered_set<uint64_t> grouped_;  ///< users with groups that are known
  size_t server_ = 0;
  const Coverage* before_ = nullptr;
  int64_t when_ = 0;
  bool again_ = false;  ///< what is taken was counted before
};

}  // namespace seawall::auditlog
