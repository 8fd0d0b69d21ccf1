#include "live/object_apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "live/every_server.h"
#include "live/object_parts.h"

namespace seawall::live {
namespace {

using harden::Ended;
using harden::Journal;
using harden::RootWriter;
using harden::Stage;
using harden::Standing;

/// API servers see each other's changes a moment later, and so does each its own.
constexpr auto kSeen = std::chrono::seconds(1);
constexpr auto kUntilGone = std::chrono::seconds(10);
constexpr auto kUntilThere = std::chrono::seconds(5);
constexpr auto kUntilBack = std::chrono::seconds(30);
/// What was used since then is not among the questions.
constexpr int64_t kMostAge = 86400;
/// The Lease is renewed long before it ends.
constexpr auto kRenewEvery = std::chrono::seconds(120);

using Clock = std::chrono::steady_clock;

/// What is held while objects are changed.
struct Held {
  RootWriter writer;
  harden::Lock lock;
  std::optional<ClusterLock> lease;
  Clock::time_point renewed = Clock::now();
};

Result<Held> Hold(const ObjectRun& run, const char* purpose) {
  auto writer = RootWriter::Open(run.root);
  if (!writer) return std::unexpected(writer.error());
  auto lock = harden::Lock::Take(*writer, purpose, run.now, run.root == "/");
  if (!lock) {
    Error error = lock.error();
    if (error.code == ErrorCode::kPermission && error.todo.empty())
      error.todo = "run as root, or keep the journal elsewhere: --root DIR";
    return std::unexpected(std::move(error));
  }
  return Held{std::move(*writer), std::move(*lock), std::nullopt};
}

Result<void> TakeLease(const ObjectRun& run, Held& held) {
  auto lease = ClusterLock::Take(run.client, run.lock, run.now);
  if (!lease) return std::unexpected(lease.error());
  held.lease = std::move(*lease);
  return {};
}

void GiveLeaseBack(const ObjectRun& run, Held& held) {
  if (!held.lease) return;
  if (auto released = held.lease->Release(); !released && run.say)
    run.say("the cluster's lock ends by itself: " + released.error().why);
}

/// Object by object from a journal to the end, or back.
class ObjectApplication {
 public:
  ObjectApplication(const ObjectRun& run, Held& held, const ObjectPlan& plan, Journal journal)
      : run_(run), held_(held), plan_(plan), journal_(std::move(journal)), objects_(*run.client) {
    done_.unproven = plan.unproven;
    ours_ = MayBeOurs(journal_);
    done_.applied.id = journal_.id;
  }

  ObjectsApplied Apply(bool resumed) {
    done_.applied.resumed = resumed;
    Result<void> made;
    if (resumed) made = held_.writer.Settle(journal_.Folder() + "/journal.json");
    if (made) made = Forward();
    if (made) {
      done_.unproven.insert(done_.unproven.end(), servers_->silent().begin(),
                            servers_->silent().end());
      return std::move(done_);
    }
    done_.applied.changed.clear();
    done_.unproven.clear();
    done_.applied.why = made.error().ToString();
    auto back = Back(false);
    done_.applied.ended = back ? Ended::kRolledBack : Ended::kStuck;
    if (!back) done_.applied.why += "; and taking it back failed: " + back.error().ToString();
    return std::move(done_);
  }

  ObjectsApplied TakeBack() {
    done_.unproven.clear();
    auto back = Back(run_.untouched);
    if (!back) {
      done_.applied.ended = Ended::kStuck;
      done_.applied.why = back.error().ToString();
    } else if (!done_.applied.left.empty()) {
      done_.applied.ended = Ended::kPartly;
    }
    return std::move(done_);
  }

 private:
  Result<void> Forward() {
    servers_.emplace(*run_.client);
    bool fresh = false;  // what was made just now is to be seen before something goes
    for (size_t i = 0; i < plan_.changes.size(); ++i) {
      const ObjectChange& change = plan_.changes[i];
      if (auto ours = StillOurs(); !ours) return ours;
      if (run_.interrupted && run_.interrupted())
        return Fail(ErrorCode::kIo, "change the objects", change.name, "it was interrupted");
      auto stand = objects_.StandOf(change);
      if (!stand) return std::unexpected(stand.error());
      if (stand->standing == Standing::kForeign) return ChangedMeanwhile(change);
      if (fresh && !change.before.empty()) std::this_thread::sleep_for(kSeen);
      fresh = change.before.empty();
      if (stand->standing == Standing::kBefore) {
        auto put = objects_.Put(change, stand->now, change.after, Dry::kNo);
        ours_[i] = put || put.error().code == ErrorCode::kIo;
        if (!put) return std::unexpected(put.error());
      }
      if (auto logged = Log(fmt::format("object {} changed", i)); !logged) return logged;
      done_.applied.changed.push_back(change.name);
      if (auto proven = Prove(i); !proven) return proven;
      if (auto logged = Log(fmt::format("object {} proven", i)); !logged) return logged;
    }
    // What a later change took away may have been somebody's of an earlier one.
    for (const AccessQuestion& question : plan_.questions) {
      if (auto ours = StillOurs(); !ours) return ours;
      if (!question.used) continue;
      if (auto there = MustBeAllowed(question); !there) return there;
    }
    return Log("applied");
  }

  /// What the change takes away is gone, which shows that the API server has seen it; what was used
  /// is there.
  Result<void> Prove(size_t index) {
    if (plan_.changes[index].before.empty()) return {};
    bool seen = false;
    for (const AccessQuestion& question : plan_.questions) {
      if (question.change != index || question.used) continue;
      auto is = servers_->Await(question, false, kUntilGone);
      if (!is) return std::unexpected(is.error());
      if (*is)
        done_.unproven.push_back(
            fmt::format("{} is still allowed: by something else than RBAC, or the API "
                        "server has not seen the change yet ({})",
                        question.text, servers_->otherwise()));
      seen = seen || !*is;
    }
    if (!seen) std::this_thread::sleep_for(kSeen);
    for (const AccessQuestion& question : plan_.questions) {
      if (auto ours = StillOurs(); !ours) return ours;
      if (question.change != index || !question.used) continue;
      if (auto there = MustBeAllowed(question); !there) return there;
    }
    return {};
  }

  Result<void> MustBeAllowed(const AccessQuestion& question) {
    auto is = servers_->Await(question, true, kUntilThere);
    if (!is) return std::unexpected(is.error());
    if (*is) return {};
    return Fail(ErrorCode::kPermission, "prove that nobody is cut off", question.text,
                fmt::format("the API server refuses what was used in the window ({})",
                            servers_->otherwise()));
  }

  /// The last first. What somebody else has changed stays, and is an error unless `untouched`.
  Result<void> Back(bool untouched) {
    if (auto logged = Log("rolling-back"); !logged) return logged;
    for (size_t i = plan_.changes.size(); i > 0; --i) {
      auto restored = Restore(i - 1);
      if (!restored) return restored;
    }
    if (!done_.applied.left.empty() && !untouched)
      return Fail(ErrorCode::kMalformed, "take the changes back", Join(done_.applied.left, ", "),
                  "somebody else changed it meanwhile", "look at it, then roll back again");
    return Log(done_.applied.left.empty() ? "rolled-back" : "rolled-back-partly");
  }

  /// An API server that does not answer for a moment is asked again.
  Result<void> Restore(size_t index) {
    const ObjectChange& change = plan_.changes[index];
    const auto until = Clock::now() + kUntilBack;
    for (;; std::this_thread::sleep_for(kSeen)) {
      auto stand = objects_.StandOf(change);
      // What somebody was quicker with was never ours.
      if (stand && stand->standing == Standing::kForeign && !ours_[index]) return {};
      if (stand && stand->standing == Standing::kForeign) {
        done_.applied.left.push_back(change.name);
        return {};
      }
      if (stand && stand->standing == Standing::kBefore)
        return Log(fmt::format("object {} restored", index));
      Result<std::string> put = stand ? objects_.Put(change, stand->now, change.before, Dry::kNo)
                                      : Result<std::string>(std::unexpected(stand.error()));
      if (put) {
        done_.applied.changed.push_back(change.name);
        return Log(fmt::format("object {} restored", index));
      }
      if (put.error().code == ErrorCode::kPermission || Clock::now() >= until)
        return std::unexpected(put.error());
    }
  }

  Result<void> StillOurs() {
    if (!held_.lease || Clock::now() - held_.renewed < kRenewEvery) return {};
    held_.renewed = Clock::now();
    return held_.lease->Renew(static_cast<int64_t>(::time(nullptr)));
  }

  Result<void> Log(const std::string& event) { return harden::Log(held_.writer, journal_, event); }

  const ObjectRun& run_;
  Held& held_;
  const ObjectPlan& plan_;
  const Journal journal_;
  Objects objects_;
  std::optional<EveryServer> servers_;
  std::vector<bool> ours_;
  ObjectsApplied done_;
};

ObjectsApplied Carried(const ObjectRun& run, Held& held, const ObjectPlan& plan,
                       const Journal& journal, bool resumed) {
  ObjectsApplied done = ObjectApplication(run, held, plan, journal).Apply(resumed);
  GiveLeaseBack(run, held);
  return done;
}

}  // namespace

Result<ObjectsApplied> ApplyObjects(const ObjectPlan& plan, const ObjectRun& run) {
  auto held = Hold(run, "seawall rbac review --apply");
  if (!held) return std::unexpected(held.error());
  auto open = harden::Unfinished(held->writer);
  if (!open) return std::unexpected(open.error());
  if (*open) return harden::FinishFirst(**open);
  Objects objects(*run.client);
  for (const ObjectChange& change : plan.changes) {
    auto stand = objects.StandOf(change);
    if (!stand) return std::unexpected(stand.error());
    if (stand->standing != Standing::kBefore) return ChangedMeanwhile(change);
  }
  const std::string text = ObjectPlanText(plan);
  Journal fresh = harden::EmptyJournal(harden::PlanDigest(text), run.now);
  fresh.root = run.root;
  fresh.node = plan.server;
  fresh.live = true;
  for (const ObjectChange& change : plan.changes)
    fresh.objects.push_back({change.path, change.name});
  auto journal = harden::NextJournal(held->writer, std::move(fresh));
  if (!journal) return std::unexpected(journal.error());
  // Nobody else's lease may leave a journal behind that is open.
  if (auto lease = TakeLease(run, *held); !lease) return std::unexpected(lease.error());
  auto stored = harden::StoreJournal(held->writer, *journal, {}, text);
  if (!stored) {
    GiveLeaseBack(run, *held);
    return std::unexpected(stored.error());
  }
  return Carried(run, *held, plan, *journal, false);
}

Result<ObjectsApplied> FinishObjects(const ObjectRun& run) {
  auto held = Hold(run, "seawall rbac review --apply");
  if (!held) return std::unexpected(held.error());
  auto open = harden::Unfinished(held->writer);
  if (!open) return std::unexpected(open.error());
  ObjectsApplied nothing;
  nothing.applied.ended = Ended::kNothing;
  if (!*open) return nothing;
  if ((*open)->objects.empty() || (*open)->stage != Stage::kBegun)
    return harden::FinishFirst(**open);
  if (run.now - (*open)->made > kMostAge)
    return Fail(ErrorCode::kUsage, "finish what was interrupted", (*open)->id,
                "it is of more than a day ago, and what was used since then it does not know",
                "take it back: seawall harden rollback " + (*open)->id);
  auto plan = PlanOfJournal(held->writer, **open);
  if (!plan) return std::unexpected(plan.error());
  Objects objects(*run.client);
  if (auto same = CheckCluster(objects, *plan, *run.client); !same)
    return std::unexpected(same.error());
  if (auto lease = TakeLease(run, *held); !lease) return std::unexpected(lease.error());
  return Carried(run, *held, *plan, **open, true);
}

Result<ObjectsApplied> RollBackObjects(const std::string& id, const ObjectRun& run) {
  // A dry run writes nothing, the lock included.
  auto writer = RootWriter::Open(run.root);
  if (!writer) return std::unexpected(writer.error());
  std::optional<Held> held;
  if (!run.dry_run) {
    auto taken = Hold(run, "seawall harden rollback");
    if (!taken) return std::unexpected(taken.error());
    held.emplace(std::move(*taken));
  }
  auto journal = harden::ChooseJournal(*writer, id);
  if (!journal) return std::unexpected(journal.error());
  ObjectsApplied done;
  done.applied.id = journal->id;
  if (journal->stage == Stage::kRolledBack) {
    done.applied.ended = Ended::kNothing;
    return done;
  }
  auto plan = PlanOfJournal(*writer, *journal);
  if (!plan) return std::unexpected(plan.error());
  Objects objects(*run.client);
  if (auto same = CheckCluster(objects, *plan, *run.client); !same)
    return std::unexpected(same.error());
  if (auto can = CheckBack(objects, *plan, *journal, run.untouched, done.applied); !can)
    return std::unexpected(can.error());
  if (!held) return done;
  if (auto lease = TakeLease(run, *held); !lease) return std::unexpected(lease.error());
  done = ObjectApplication(run, *held, *plan, *journal).TakeBack();
  GiveLeaseBack(run, *held);
  return done;
}

}  // namespace seawall::live
