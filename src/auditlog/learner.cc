#include "auditlog/learner.h"

#include <algorithm>

#include "auditlog/time.h"
#include "base/hash.h"

namespace seawall::auditlog {
namespace {

using rbac::NameId;
using rbac::Names;

constexpr std::string_view kAccount = "system:serviceaccount:";

/// The client chooses the audit ID: it is believed together with the rest only.
uint64_t KeyOf(const Event& event) {
  uint64_t hash = 0x5EA3A11;
  for (const std::string_view part :
       {event.id, event.user.name, event.verb, event.uri, event.received})
    hash = HashText(part, hash);
  return hash == 0 ? 1 : hash;
}

/// The cluster's own components.
bool IsOwn(std::string_view user) {
  return user.starts_with("system:") && !user.starts_with(kAccount);
}

void Widen(Use& use, const Use& other) {
  use.count += other.count;
  if (other.first != 0 && (use.first == 0 || other.first < use.first)) use.first = other.first;
  use.last = std::max(use.last, other.last);
}

}  // namespace

void LearnCounts::Add(const LearnCounts& other) {
  events += other.events;
  learnt += other.learnt;
  denied += other.denied;
  undecided += other.undecided;
  twice += other.twice;
  discovery += other.discovery;
  others += other.others;
  lines += other.lines;
  other_lines += other.other_lines;
  damaged += other.damaged;
  names_dropped += other.names_dropped;
  changes_dropped += other.changes_dropped;
  for (size_t i = 0; i < stages.size(); ++i) stages[i] += other.stages[i];
  if (other.first != 0 && (first == 0 || other.first < first)) first = other.first;
  last = std::max(last, other.last);
}

SeenEvents::SeenEvents() : shards_(std::make_unique<std::array<Shard, kShards>>()) {
  for (Shard& shard : *shards_) shard.now.resize(64);
}

bool SeenEvents::Add(uint64_t key, bool opens) {
  Shard& shard = (*shards_)[key >> 58];
  const std::lock_guard lock(shard.mutex);
  if (!opens) {
    shard.open.erase(key);
  } else {
    if (shard.open.size() >= kMostOpen) shard.open.erase(shard.open.begin());
    shard.open.insert(key);
  }
  const auto find = [](std::vector<uint64_t>& slots, uint64_t wanted) -> uint64_t* {
    size_t at = wanted & (slots.size() - 1);
    while (slots[at] != 0 && slots[at] != wanted) at = (at + 1) & (slots.size() - 1);
    return &slots[at];
  };
  if (!shard.before.empty() && *find(shard.before, key) == key) return false;
  uint64_t* slot = find(shard.now, key);
  if (*slot == key) return false;
  if (shard.used * 4 >= shard.now.size() * 3) {
    std::vector<uint64_t> old = std::move(shard.now);
    if (old.size() < kMostSlots) {
      shard.now.assign(old.size() * 2, 0);
      for (const uint64_t one : old) {
        if (one != 0) *find(shard.now, one) = one;
      }
    } else {
      shard.before = std::move(old);
      shard.now.assign(kMostSlots, 0);
      shard.used = 0;
    }
    slot = find(shard.now, key);
  }
  *slot = key;
  ++shard.used;
  return true;
}

std::vector<uint64_t> SeenEvents::Open() const {
  std::vector<uint64_t> all;
  for (const Shard& shard : *shards_) {
    const std::lock_guard lock(shard.mutex);
    all.insert(all.end(), shard.open.begin(), shard.open.end());
  }
  std::ranges::sort(all);
  return all;
}

void ServerLog::Damaged(int64_t when, uint64_t times) {
  damaged += times;
  damaged_last = std::max(damaged_last, when);
}

size_t Learner::Hash::operator()(const Right& r) const {
  uint64_t hash = (uint64_t{r.subject} << 32 | r.resource) * 0x9E3779B97F4A7C15ull;
  hash = (hash ^ (uint64_t{r.space} << 32 | r.name)) * 0xBF58476D1CE4E5B9ull;
  hash ^= hash >> 31;
  hash = (hash ^ (uint64_t{r.verb} << 33 | uint64_t{r.group} << 2 | (r.of_group ? 2 : 0) |
                  (r.url ? 1 : 0))) *
         0x94D049BB133111EBull;
  return hash ^ (hash >> 29);
}

void Learner::Count(const Right& right, int64_t when) {
  Put(*into_, right, {again_ ? 0u : 1u, when, when});
}

void Learner::Put(Rights& into, Right right, const Use& use) {
  auto at = into.find(right);
  if (at == into.end()) {
    if (right.name != Names::kEmpty) {
      Right any = right;
      any.name = Names::kEmpty;
      any.many = true;
      uint32_t& number = names_of_[any];
      if (number >= kMostNames) {  // told, and taken for any name
        if (number++ == kMostNames) ++counts.names_dropped;
        right = any;
      } else {
        ++number;
      }
    }
    at = into.try_emplace(right).first;
  }
  Widen(at->second, use);
}

void Learner::Wanted(const Event::Who& user, std::vector<Who>& out) {
  out.clear();
  if (filter_.users.empty() && filter_.groups.empty()) {
    if (!IsOwn(user.name) && !user.name.empty()) out.push_back({names.Add(user.name), false});
    return;
  }
  if (std::ranges::find(filter_.users, user.name) != filter_.users.end())
    out.push_back({names.Add(user.name), false});
  for (const std::string& group : filter_.groups) {
    if (std::ranges::find(user.groups, group) != user.groups.end())
      out.push_back({names.Add(group), true});
  }
}

void Learner::From(size_t server, const Coverage* before) {
  if (servers.size() <= server) servers.resize(server + 1);
  server_ = server;
  before_ = before;
}

/// When the server wrote, and that it writes down such requests.
void Learner::Mark(const Event& event) {
  when_ = ReadTime(event.staged.empty() ? event.received : event.staged);
  servers[server_].covered.Mark(when_);
  Right kind = event.has_object ? RightOf(event) : Right{};
  kind.space = Names::kEmpty;
  kind.url = !event.has_object;
  // Anybody who reaches the server chooses verbs and resources, whatever it answers.
  if (kinds.size() < kMostChanges || kinds.contains(kind)) Widen(kinds[kind], {1, when_, when_});
}

void Learner::TakeGroups(const Event::Who& who) {
  uint64_t hash = HashText(who.name);
  for (const std::string_view group : who.groups) hash = HashText(group, hash);
  if (!grouped_.insert(hash).second) return;
  auto& known = groups[names.Add(who.name)];
  for (const std::string_view group : who.groups) {
    if (known.size() < kMostGroups) known.insert(names.Add(group));
  }
  if (grouped_.size() > kMostChanges) grouped_.clear();
}

/// Of what is made, changed and removed the object's own name counts.
void Learner::TakeChange(const Event& event, int64_t when) {
  if (event.group != "rbac.authorization.k8s.io" || !event.subresource.empty() || event.code >= 300)
    return;
  if (event.verb != "create" && event.verb != "update" && event.verb != "patch" &&
      event.verb != "delete" && event.verb != "deletecollection")
    return;
  Right change = RightOf(event);
  change.name = names.Add(event.name);
  // Who did it is told; whoever was impersonated must have what is given.
  for (const Event::Who* who : {&event.user, &event.impersonated}) {
    if (!who->there) continue;
    change.subject = names.Add(who->name);
    PutChange(change, when);
  }
}

void Learner::PutChange(const Right& change, int64_t when) {
  if (changes.size() < kMostChanges || changes.contains(change))
    Widen(changes[change], {again_ ? 0u : 1u, when, when});
  else
    ++counts.changes_dropped;
}

void Learner::TakeRights(const Event& event, int64_t when) {
  if (!event.impersonated.there) {
    for (const Who& who : who_) TakeFor(who, event, when);
    return;
  }
  for (const Who& who : who_) TakeImpersonation(who, event, when);
  for (const Who& who : as_) TakeFor(who, event, when);
}

void Learner::TakeDecided(const Event& event) {
  const bool opens = event.stage == Event::Stage::kResponseStarted;
  if (!seen_.Add(KeyOf(event), opens)) {
    ++counts.twice;
    return;
  }
  const int64_t when = ReadTime(event.received);
  again_ = before_ && when_ != 0 && before_->Inside(when_);
  ++(again_ ? counts.twice : counts.learnt);
  if (when != 0) {
    if (counts.first == 0 || when < counts.first) counts.first = when;
    counts.last = std::max(counts.last, when);
  }
  TakeRights(event, when);
  if (filter_.review) TakeChange(event, when);
  again_ = false;
}

void Learner::Take(const Event& event) {
  ++counts.events;
  ++counts.stages[static_cast<size_t>(event.stage)];
  if (filter_.review) Mark(event);
  const bool early = event.stage == Event::Stage::kRequestReceived;  // before anybody decided
  if (early && !filter_.review) return;
  if (event.decision == Event::Decision::kForbid) {
    // Who was impersonated was refused; that it might be, was allowed before.
    as_.clear();
    who_.clear();
    if (event.impersonated.there && !early) Wanted(event.user, who_);
    if (!who_.empty()) {
      if (filter_.review) TakeGroups(event.user);
      return TakeDecided(event);
    }
    ++counts.denied;
    return;
  }
  // Without the annotation only what was served has been allowed for certain.
  const bool served = event.code >= 200 && event.code < 300;
  const bool decided = !early && (event.decision == Event::Decision::kAllow || served);
  if (!decided && !early)
    ++(event.code == 401 || event.code == 403 ? counts.denied : counts.undecided);
  if (!decided && (!filter_.review || event.code == 401 || event.code == 403)) return;
  Wanted(event.user, who_);
  as_.clear();
  if (event.impersonated.there) Wanted(event.impersonated, as_);
  if (who_.empty() && as_.empty()) {
    if (!early) ++counts.others;
    if (filter_.review && decided) TakeChange(event, ReadTime(event.received));
    return;
  }
  if (filter_.review) {
    TakeGroups(event.user);
    if (event.impersonated.there) TakeGroups(event.impersonated);
  }
  if (decided) return TakeDecided(event);
  into_ = &possible;
  TakeRights(event, ReadTime(event.received));
  into_ = &rights;
}

void Learner::Merge(const Learner& other) {
  std::vector<NameId> ids(other.names.size(), rbac::kNoName);
  const auto id = [&](NameId theirs) {
    if (ids[theirs] == rbac::kNoName) ids[theirs] = names.Add(other.names.Text(theirs));
    return ids[theirs];
  };
  const auto mine_of = [&](const Right& theirs) {
    Right right = theirs;
    for (NameId Right::* part : {&Right::subject, &Right::space, &Right::group, &Right::resource,
                                 &Right::verb, &Right::name})
      right.*part = id(theirs.*part);
    return right;
  };
  for (const auto& [right, use] : other.rights) Put(rights, mine_of(right), use);
  for (const auto& [right, use] : other.possible) Put(possible, mine_of(right), use);
  const auto merge = [&](const Rights& from, Rights& to) {
    for (const auto& [theirs, use] : from) {
      const Right right = mine_of(theirs);
      if (to.size() < kMostChanges || to.contains(right))
        Widen(to[right], use);
      else if (&to == &changes)
        ++counts.changes_dropped;
    }
  };
  merge(other.kinds, kinds);
  merge(other.changes, changes);
  for (const auto& [user, theirs] : other.groups) {
    auto& mine = groups[id(user)];
    for (const NameId group : theirs) {
      if (mine.size() < kMostGroups) mine.insert(id(group));
    }
  }
  if (servers.size() < other.servers.size()) servers.resize(other.servers.size());
  for (size_t i = 0; i < other.servers.size(); ++i) {
    const ServerLog& server = other.servers[i];
    servers[i].covered.Merge(server.covered);
    servers[i].Damaged(server.damaged_last, server.damaged);
  }
  counts.Add(other.counts);
}

}  // namespace seawall::auditlog
