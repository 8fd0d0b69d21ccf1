// seawall harden and a power that fails: every state that a disk may be in after each of its calls
// (power_loss.h) holds the old or the new files, whole; what was told is there; and from it the
// same apply finishes, or a rollback takes back. `./run soak` lets the program recover from all of
// them (SEAWALL_FAULTS=all), every test run from a tenth.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "power_loss.h"
#include "program.h"
#include "small_node.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// Paths that differ; "" when none does.
std::string Differences(const Disk& is, const Disk& wanted) {
  std::string paths;
  for (const auto& [path, entry] : wanted) {
    if (!is.contains(path)) paths += path + " is gone; ";
  }
  for (const auto& [path, entry] : is) {
    const auto want = wanted.find(path);
    if (want == wanted.end()) paths += path + " is there; ";
    if (want != wanted.end() && want->second != entry)
      paths += fmt::format("{} differs, mode {:o}; ", path, entry.mode);
  }
  return paths;
}

bool IsJournal(const std::string& path) { return path.starts_with("/var/lib/seawall"); }

Disk WithoutJournals(Disk disk) {
  std::erase_if(disk, [](const auto& entry) { return IsJournal(entry.first); });
  return disk;
}

class PowerLoss : public testing::Test {
 protected:
  void SetUp() override {
    LayOutSmallNode(tree_);
    ASSERT_EQ(RunCommand({ReleaseProgram(), "harden", "plan", "--root", tree_.root(), "--out",
                          plan_, "--profile", "recipe"})
                  .status,
              1);
    before_ = ReadDisk(tree_.root());
    ASSERT_EQ(RunCommand(apply_).status, 0);
    after_ = WithoutJournals(ReadDisk(tree_.root()));
    WriteDisk(before_, tree_.root());
    ASSERT_NE(before_, after_);
  }

  /// The calls of a run; `kill`: it is killed before that one of its fsyncs (0: never).
  std::vector<DiskCall> Trace(const std::vector<std::string>& command, int kill = 0) {
    std::vector<std::string> words = {"strace", "-f",
                                      "-qq",    "-y",
                                      "-s",     "1000000",
                                      "-o",     aside_.Path("/trace"),
                                      "-e",     std::string("trace=") + kTraced};
    if (kill > 0)
      words.insert(words.end(), {"-e", "inject=fsync:signal=KILL:when=" + std::to_string(kill)});
    words.insert(words.end(), command.begin(), command.end());
    RunCommand(words, {.timeout_seconds = 240});
    return ReadDiskCalls(ReadFile(aside_.Path("/trace")), tree_.root());
  }

  /// What is lost in a state; "" when nothing is. Whatever was told to be applied stays so until a
  /// rollback begins.
  std::string Lost(const DiskState& state) const {
    const bool applied = !rolling_ && (state.said.find("applied 2") != std::string::npos ||
                                       state.said.find("finished 2") != std::string::npos);
    const bool back = state.said.find("rolled back 2") != std::string::npos;
    for (const auto& [path, was] : before_) {
      const auto now = state.disk.find(path);
      if (now == state.disk.end()) return path + " is gone";
      const auto fresh = after_.find(path);
      const bool is_old = now->second == was, is_new = now->second == fresh->second;
      if (!is_old && !is_new) return path + " is neither old nor new";
      if (applied && !is_new) return path + " is old, and was told to be changed";
      if (back && !is_old) return path + " is new, and was told to be as before";
    }
    for (const auto& [path, now] : state.disk) {
      if (before_.contains(path) || IsJournal(path)) continue;
      const bool temporary = path.substr(path.rfind('/') + 1).starts_with(".seawall-");
      const auto fresh = after_.find(path);
      if (fresh == after_.end() && !temporary) return path + " is strange";
      if (fresh == after_.end()) continue;
      if (!now.folder && now != fresh->second) return path + " is there in part";
      if (back) return path + " is there, and was told to be gone";
    }
    for (const auto& [path, fresh] : after_) {
      if (applied && !state.disk.contains(path)) return path + " is not there";
    }
    return "";
  }

  /// The program looks at a state, and finishes or takes back.
  void ExpectRecovers(const DiskState& state, bool finish) {
    SCOPED_TRACE(state.how);
    WriteDisk(state.disk, tree_.root());
    const int status =
        RunCommand({ReleaseProgram(), "harden", "status", "--root", tree_.root()}).status;
    EXPECT_TRUE(status == 0 || status == 1) << status;
    if (finish) {
      const Ran run = RunCommand(apply_);
      // What is being taken back is not finished.
      EXPECT_TRUE(run.status == 0 || run.err.find("rollback interrupted") != std::string::npos)
          << run.out << run.err;
      if (run.status == 0) {
        EXPECT_EQ(Differences(WithoutJournals(ReadDisk(tree_.root())), after_), "") << run.out;
      }
    }
    const Ran run = RunCommand(rollback_);
    EXPECT_EQ(Differences(WithoutJournals(ReadDisk(tree_.root())), before_), "")
        << run.out << run.err;
  }

  /// All states of the calls from `from` on; the program recovers from some of them.
  size_t Explore(const std::vector<DiskCall>& calls, size_t from) {
    const char* faults = std::getenv("SEAWALL_FAULTS");
    const size_t step = faults != nullptr && std::string(faults) == "all" ? 1 : 10;
    const auto states = StatesAfterPowerLoss(before_, calls, from);
    for (size_t i = 0; i < states.size(); ++i) {
      EXPECT_EQ(Lost(states[i]), "") << states[i].how;
      if (i % step == 0) ExpectRecovers(states[i], i / step % 2 == 0);
      if (HasFailure()) break;
    }
    WriteDisk(before_, tree_.root());
    return states.size();
  }

  /// How many states of the calls lose something, when those of `kind` that `which` says are left
  /// out.
  size_t LosingWithout(std::vector<DiskCall> calls, bool files) {
    std::erase_if(calls, [&](const DiskCall& call) {
      if (call.kind != DiskCall::Kind::kSync || IsJournal(call.path)) return false;
      const bool folder = std::ranges::any_of(before_, [&](const auto& entry) {
        return entry.first == call.path && entry.second.folder;
      });
      return files != folder;
    });
    const auto states = StatesAfterPowerLoss(before_, calls, 0);
    return static_cast<size_t>(std::ranges::count_if(
        states, [&](const DiskState& state) { return !Lost(state).empty(); }));
  }

  Tree tree_, aside_;
  std::string plan_ = aside_.Path("/plan");
  std::vector<std::string> apply_ = {ReleaseProgram(), "harden", "apply", plan_,
                                     "--offline",      "--yes"};
  std::vector<std::string> rollback_ = {ReleaseProgram(), "harden",    "rollback", "--root",
                                        tree_.root(),     "--offline", "--yes"};
  Disk before_, after_;
  bool rolling_ = false;  ///< the calls that are explored are a rollback's
};

TEST_F(PowerLoss, AnApplyAndARollbackLoseNothing) {
  std::vector<DiskCall> calls = Trace(apply_);
  ASSERT_GT(calls.size(), 50u);
  size_t states = Explore(calls, 0);
  // Applied, and taken back: one history.
  WriteDisk(before_, tree_.root());
  calls = Trace(apply_);
  const size_t applied = calls.size();
  std::ranges::move(Trace(rollback_), std::back_inserter(calls));
  rolling_ = true;
  states += Explore(calls, applied);
  std::cout << states << " states\n";
  EXPECT_GE(states, 150u);
}

/// The two writers that are known to be bad: without the files' fsync, and without the folders'.
TEST_F(PowerLoss, WritersThatDoNotSyncAreCaught) {
  const std::vector<DiskCall> calls = Trace(apply_);
  EXPECT_GT(LosingWithout(calls, true), 0u) << "torn files were not seen";
  EXPECT_GT(LosingWithout(calls, false), 0u) << "names that were lost were not seen";
}

/// Killed first, so that a rename is not on the disk, then finished, and the power goes in between.
TEST_F(PowerLoss, WhatWasKilledBeforeIsBroughtToTheDiskByWhoFinishes) {
  const char* faults = std::getenv("SEAWALL_FAULTS");
  const int step = faults != nullptr && std::string(faults) == "all" ? 1 : 4;
  const auto syncs = [](const std::vector<DiskCall>& calls) {
    return static_cast<int>(std::ranges::count(calls, DiskCall::Kind::kSync, &DiskCall::kind));
  };
  const int of_apply = syncs(Trace(apply_));
  const std::vector<DiskCall> rollback = Trace(rollback_);
  const int of_rollback = syncs(rollback);
  size_t states = 0;
  for (int kill = 1; kill <= of_apply; kill += step) {
    WriteDisk(before_, tree_.root());
    std::vector<DiskCall> calls = Trace(apply_, kill);
    const size_t killed = calls.size();
    std::ranges::move(Trace(apply_), std::back_inserter(calls));
    states += Explore(calls, killed);
    if (HasFailure()) return;
  }
  rolling_ = true;
  for (int kill = 1; kill <= of_rollback; kill += step) {
    WriteDisk(before_, tree_.root());
    std::vector<DiskCall> calls = Trace(apply_);
    std::ranges::move(Trace(rollback_, kill), std::back_inserter(calls));
    const size_t killed = calls.size();
    std::ranges::move(Trace(rollback_), std::back_inserter(calls));
    states += Explore(calls, killed);
    if (HasFailure()) return;
  }
  std::cout << states << " states\n";
  EXPECT_GE(states, 500u);
}

}  // namespace
}  // namespace seawall::test
