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

}  // namespace
}  // namespace seawall::harden
