#include "harden/apply.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harden/root_writer.h"

namespace seawall::harden {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kNow = 1790000000;

class Apply : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/seawall-apply-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    Step step;
    PlannedChange planned;
    planned.change.path = "/fresh";
    planned.change.content = "new\n";
    planned.change.mode = 0600;
    planned.change.uid = geteuid();
    planned.change.gid = getegid();
    step.changes.push_back(std::move(planned));
    plan_.root = root_;
    plan_.steps.push_back(std::move(step));
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string root_;
  Plan plan_;
  const std::string digest_ = std::string(64, 'a');
};

/// Killed after its journal was stored and before what waits for the confirmation was started.
TEST_F(Apply, WhoFinishesStartsWhatWaitsForTheConfirmation) {
  Journal journal = MakeJournal(plan_, digest_, kNow);
  journal.confirm_seconds = 300;
  {
    auto writer = RootWriter::Open(root_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(StoreJournal(*writer, journal, {""}));
  }
  std::string started;
  ApplyOptions options;
  options.now = kNow + 60;
  options.begun = [&](const Journal& begun) -> Result<void> {
    EXPECT_FALSE(fs::exists(root_ + "/fresh"));
    started = begun.id;
    return {};
  };
  const auto applied = ApplyPlan(root_, plan_, digest_, options);
  ASSERT_TRUE(applied) << applied.error().ToString();
  EXPECT_TRUE(applied->resumed);
  EXPECT_EQ(started, journal.id);
  EXPECT_EQ(applied->confirm_seconds, 300);
  EXPECT_TRUE(fs::exists(root_ + "/fresh"));
}

/// Keeps what it was asked for, and fails where it is told to.
class Recorder : public StepKeeper {
 public:
  Result<void> BeforeStep(const StepWork&) override { return Do("before"); }
  Result<void> AfterStep(const StepWork&) override { return Do("after"); }
  Result<void> AfterAll(const std::vector<FindingName>&) override { return Do("all"); }
  Result<void> AfterRollback(const StepWork&) override { return Do("restarted"); }
  Result<void> Announce(const StepWork&) override { return Do("announce"); }
  Result<void> MayWithdraw(const StepWork&) override { return Do("may"); }
  Result<void> MayRestart(const StepWork&) override { return Do("quorum"); }
  Result<void> Withdraw(const StepWork&) override { return Do("withdraw"); }

  std::string asked, fails;

 private:
  Result<void> Do(const std::string& what) {
    asked += what + " ";
    if (what == fails) return Fail(ErrorCode::kIo, what, "", "it is to fail", "");
    return {};
  }
};

class ApplyPeers : public Apply {
 protected:
  void SetUp() override {
    Apply::SetUp();
    Step& step = plan_.steps.front();
    step.component = "etcd";
    step.restart = "somehow";
    step.peers = PeerUrls{10, {"http://a:1"}, {"https://a:1"}, {"http://b:2"}};
  }
  Result<Applied> Run() {
    ApplyOptions options;
    options.now = kNow;
    options.keeper = &keeper_;
    return ApplyPlan(root_, plan_, digest_, options);
  }
  Result<Applied> Back(bool live = true) {
    RollbackOptions options;
    options.now = kNow;
    options.keeper = live ? &keeper_ : nullptr;
    keeper_.asked.clear();
    return RollBack(root_, options);
  }
  bool IsThere() const { return fs::exists(root_ + "/fresh"); }

  Recorder keeper_;
};

TEST_F(ApplyPeers, TheClusterIsToldWhenTheStepIsProvenAndOtherwiseBeforeItIsTakenBack) {
  const auto applied = Run();
  ASSERT_TRUE(applied) << applied.error().ToString();
  EXPECT_EQ(keeper_.asked, "before after announce all ");
  ASSERT_TRUE(IsThere());

  const auto offline = Back(false);
  ASSERT_FALSE(offline);
  EXPECT_TRUE(offline.error().why.contains("told otherwise")) << offline.error().ToString();
  keeper_.fails = "may";
  EXPECT_FALSE(Back()) << "refused before anything is changed";
  EXPECT_TRUE(IsThere());

  keeper_.fails = "withdraw";
  const auto stuck = Back();
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->ended, Ended::kStuck);
  EXPECT_TRUE(IsThere()) << "files that the cluster does not know of yet are not restored";

  keeper_.fails.clear();
  const auto back = Back();
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(back->ended, Ended::kDone);
  EXPECT_EQ(keeper_.asked, "may quorum withdraw restarted ");
  EXPECT_FALSE(IsThere());
}

TEST_F(ApplyPeers, TheOnlyMemberIsToldWhenItRunsAgain) {
  plan_.steps.front().peers->others.clear();
  ASSERT_TRUE(Run());
  keeper_.fails = "withdraw";
  const auto stuck = Back();
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->ended, Ended::kStuck);
  EXPECT_FALSE(IsThere());
  keeper_.fails.clear();
  const auto back = Back();
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(keeper_.asked, "may restarted withdraw ");
}

/// Whatever the step's files are, a member that goes must not take the quorum with it.
TEST_F(ApplyPeers, NothingIsTakenBackWithoutAQuorum) {
  plan_.steps.front().peers.reset();
  ASSERT_TRUE(Run());
  keeper_.fails = "quorum";
  EXPECT_FALSE(Back());
  EXPECT_EQ(keeper_.asked, "quorum ");
  EXPECT_TRUE(IsThere());
  keeper_.fails.clear();
  EXPECT_TRUE(Back());
  EXPECT_FALSE(IsThere());
}

TEST_F(ApplyPeers, WhatNobodyConfirmedIsTakenBackWithoutAQuorumToo) {
  plan_.steps.front().peers.reset();
  ApplyOptions waits;
  waits.now = kNow;
  waits.keeper = &keeper_;
  waits.confirm_seconds = 60;
  ASSERT_TRUE(ApplyPlan(root_, plan_, digest_, waits));
  keeper_.fails = "quorum";
  RollbackOptions options;
  options.now = kNow;
  options.keeper = &keeper_;
  options.unconfirmed = true;
  const auto back = RollBack(root_, options);
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(back->ended, Ended::kDone);
  EXPECT_FALSE(IsThere());
}

TEST_F(ApplyPeers, NobodyIsToldOfWhatWasNotProven) {
  keeper_.fails = "after";
  const auto applied = Run();
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->ended, Ended::kRolledBack);
  EXPECT_EQ(keeper_.asked, "before after restarted ");
}

TEST_F(ApplyPeers, WhatFailsAfterTheClusterWasToldIsWithdrawn) {
  keeper_.fails = "all";
  const auto applied = Run();
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->ended, Ended::kRolledBack);
  EXPECT_EQ(keeper_.asked, "before after announce all may withdraw restarted ");
  EXPECT_FALSE(IsThere());
}

/// An answer that did not come may have been one that the cluster heeded.
TEST_F(ApplyPeers, WhatMayHaveBeenToldIsWithdrawnToo) {
  keeper_.fails = "announce";
  const auto applied = Run();
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->ended, Ended::kRolledBack);
  EXPECT_EQ(keeper_.asked, "before after announce may withdraw restarted ");
}

}  // namespace
}  // namespace seawall::harden
