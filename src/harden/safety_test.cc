// Which plans need something to fall back on, and that it is there before the first change.
#include "harden/safety.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "harden/apply.h"
#include "harden/journals.h"
#include "harden/prune.h"

namespace seawall::harden {
namespace {

Plan PlanOf(const std::string& component, const std::string& rule, const std::string& restart) {
  Plan plan;
  Step step{component, "x", restart, {}};
  PlannedChange change;
  change.cures.push_back({rule, component, "x"});
  step.changes.push_back(change);
  plan.steps.push_back(step);
  return plan;
}

TEST(Safety, OfWhatMayLockEverybodyOut) {
  EXPECT_TRUE(SafetyOf(PlanOf("etcd", "etcd-tls-floor", "restart")).etcd);
  for (const char* rule : {"apiserver-abac-off", "apiserver-anonymous-auth-off",
                           "apiserver-etcd-https", "apiserver-client-ca", "no-such-rule"})
    EXPECT_TRUE(SafetyOf(PlanOf("kube-apiserver", rule, "restart")).entrance) << rule;
  EXPECT_FALSE(SafetyOf(PlanOf("kube-apiserver", "apiserver-profiling-off", "restart")).needed());
  EXPECT_FALSE(SafetyOf(PlanOf("kube-scheduler", "scheduler-profiling-off", "restart")).needed());
  EXPECT_FALSE(SafetyOf(PlanOf("etcd", "etcd-tls-floor", "")).needed()) << "a mode alone";
}

class Guarded : public testing::Test {
 protected:
  Guarded() {
    char name[] = "/tmp/seawall-safety-XXXXXX";
    root_ = mkdtemp(name);
    FileChange change;
    change.path = "/new";
    change.content = "text\n";
    change.mode = 0600;
    change.uid = geteuid();
    change.gid = getegid();
    plan_.root = root_;
    Step step{"etcd", "x", "restart", {}};
    PlannedChange planned;
    planned.change = change;
    step.changes.push_back(planned);
    plan_.steps.push_back(step);
    options_.now = 1796000000;
  }
  ~Guarded() override { std::filesystem::remove_all(root_); }

  Result<Applied> Apply() { return ApplyPlan(root_, plan_, std::string(64, 'a'), options_); }
  bool Changed() const { return std::filesystem::exists(root_ + "/new"); }

  std::string root_;
  Plan plan_;
  ApplyOptions options_;
};

std::unexpected<Error> Refused() { return Fail(ErrorCode::kUsage, "guard", "", "no"); }

TEST_F(Guarded, WhatCannotBeHadIsRefusedBeforeAnythingIsWritten) {
  options_.check = [] { return Refused(); };
  EXPECT_FALSE(Apply());
  EXPECT_FALSE(Changed());
  EXPECT_TRUE(History(root_)->whole.empty());
}

TEST_F(Guarded, WhatFailsIsRefusedBeforeTheFirstChange) {
  options_.guard = [&](const Journal&) -> Result<void> {
    EXPECT_FALSE(Changed());
    return Refused();
  };
  EXPECT_FALSE(Apply());
  EXPECT_FALSE(Changed());
  ASSERT_EQ(History(root_)->whole.size(), 1u);
  EXPECT_EQ(History(root_)->whole.front().stage, Stage::kRolledBack);
}

TEST_F(Guarded, ItIsMadeOnceAndInTheJournal) {
  int made = 0;
  options_.guard = [&](const Journal& journal) -> Result<void> {
    ++made;
    auto writer = RootWriter::Open(root_);
    auto file = writer->BeginFile(journal.Folder() + "/" + kSnapshotName);
    EXPECT_TRUE(file && file->Add("bytes") && file->Name());
    return Log(*writer, journal, "snapshot etcd-snapshot.db of x: 5 bytes");
  };
  ASSERT_TRUE(Apply());
  EXPECT_TRUE(Changed());
  const Journal journal = History(root_)->whole.front();
  EXPECT_TRUE(journal.guarded);
  EXPECT_EQ(journal.snapshot, "etcd-snapshot.db of x: 5 bytes");
  EXPECT_EQ(CheckJournals(root_)->size(), 0u);
  struct stat stat{};
  const std::string file = root_ + journal.Folder() + "/etcd-snapshot.db";
  ASSERT_EQ(::stat(file.c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 0777u, 0600u);
  // At rest for a second, not for an hour.
  EXPECT_EQ(PruneSnapshots(root_, {.older_than = 3600, .now = std::time(nullptr)})->size(), 0u);
  EXPECT_EQ(PruneSnapshots(root_, {.now = std::time(nullptr), .dry_run = true})->size(), 1u);
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::copy(file, root_ + "/kept");
  const auto pruned = PruneSnapshots(root_, {.id = journal.id, .now = std::time(nullptr)});
  ASSERT_TRUE(pruned) << pruned.error().ToString();
  EXPECT_EQ(pruned->front().bytes, 5u);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(CheckJournals(root_)->size(), 0u) << "the log says that it was removed";
  EXPECT_EQ(History(root_)->whole.front().snapshot, "removed, etcd-snapshot.db of x: 5 bytes");
  EXPECT_FALSE(PruneSnapshots(root_, {.id = "none", .now = std::time(nullptr)}));
  std::filesystem::copy(root_ + "/kept", file);
  std::ofstream(root_ + journal.Folder() + "/log")
      << "2026-11-29T00:00:00Z snapshot etcd-snapshot.db of x: 5 bytes\n";
  EXPECT_FALSE(PruneSnapshots(root_, {.id = journal.id, .now = std::time(nullptr)}))
      << "it did not come to its end";
  EXPECT_EQ(PruneSnapshots(root_, {.now = std::time(nullptr)})->size(), 0u);
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::remove(file);
  std::ofstream(root_ + journal.Folder() + "/log")
      << "2026-11-29T00:00:00Z snapshot etcd-snapshot.db of x: 5 bytes\n"
      << "2026-11-29T00:00:01Z applied\n";
  EXPECT_EQ(CheckJournals(root_)->size(), 1u) << "a snapshot that is gone is told";
  // Interrupted behind it: it is not made again.
  std::filesystem::remove(root_ + "/new");
  std::ofstream(root_ + journal.Folder() + "/log") << "2026-11-29T00:00:00Z guarded\n";
  ASSERT_TRUE(Apply());
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(Changed());
}

TEST_F(Guarded, AnApplyThatWasInterruptedBeforeItComesToItAgain) {
  int made = 0;
  options_.guard = [&](const Journal&) -> Result<void> {
    ++made;
    return {};
  };
  ASSERT_TRUE(Apply());
  const Journal journal = History(root_)->whole.front();
  std::filesystem::remove(root_ + "/new");
  std::ofstream(root_ + journal.Folder() + "/log") << "";
  const auto again = Apply();
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_TRUE(again->resumed);
  EXPECT_EQ(made, 2);
}

TEST_F(Guarded, AFileThatIsNotWholeGetsNoName) {
  auto writer = RootWriter::Open(root_);
  {
    auto file = writer->BeginFile("/part");
    ASSERT_TRUE(file && file->Add("half"));
    EXPECT_TRUE(std::filesystem::exists(root_ + "/.part.tmp"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  EXPECT_GT(*writer->Free("/"), 0u);
  EXPECT_FALSE(writer->Free("/none"));
}

}  // namespace
}  // namespace seawall::harden
