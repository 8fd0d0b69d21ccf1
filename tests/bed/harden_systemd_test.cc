// seawall harden where the components are systemd units: the recipe's profile is applied and
// proven, the cluster goes on working, what ends badly is taken back by itself, and a rollback
// gives back the identical tree.
#include <filesystem>

#include "harden_live.h"

namespace seawall::test {
namespace {

class HardenUnits : public HardenLive {
 protected:
  static void SetUpTestSuite() { bed_ = new Bed({"--layout", "systemd"}); }
};

TEST_F(HardenUnits, WhatEndsBadlyIsTakenBackByItself) {
  constexpr BadOutcome kBad[] = {
      {"a flag that this version refuses", "controller-manager-profiling-off", "--profiling=false",
       "--no-such-flag=1", "unknown flag: --no-such-flag"},
      {"a port that is taken", "controller-manager-profiling-off", "--profiling=false",
       "--secure-port=10259", "address already in use"},
      {"a flag that its environment says otherwise", "etcd-strong-ciphers", "--cipher-suites=",
       "--listen-metrics-urls=http://127.0.0.1:10248", "conflicting environment variable"},
      {"a value that the scheduler cannot read", "scheduler-profiling-off",
       "enableProfiling: false", "enableProfiling: nonsense", "cannot unmarshal string"},
  };
  for (const BadOutcome& bad : kBad) ExpectTakenBackByItself(bad);
}

TEST_F(HardenUnits, TheRecipeIsAppliedProvenAndTakenBack) {
  const std::string before = Snapshot();
  Ran run = Harden({"apply", "--profile", "recipe", "--yes", "--settle", "3s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(Snapshot(), before);
  EXPECT_EQ(run.err.find("SIGTERM"), std::string::npos) << "systemd restarts its units";
  ExpectOnlyChoicesLeft();
  ExpectWorks();
  ExpectNewThingsWork();

  run = Harden({"rollback", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

/// Killed as soon as a unit's file is changed: the same apply restarts what was not, and finishes.
TEST_F(HardenUnits, AKilledApplyIsFinishedByTheSame) {
  const std::string before = Snapshot();
  const std::string unit = Root() + "/etc/systemd/system/kube-controller-manager.service";
  ASSERT_EQ(Harden({"plan", "--rules", "controller-manager-profiling-off,scheduler-profiling-off",
                    "--out", "/root/plan"})
                .status,
            1);
  const std::vector<std::string> apply = {"apply", "/root/plan", "--yes", "--settle", "3s"};
  std::jthread killer([&] {
    for (int i = 0; i < 300 && ReadFile(unit).find("--profiling=false") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    bed_->Exec("cp-0", {"pkill", "-KILL", "-f", "harden apply"});
  });
  EXPECT_EQ(Harden(apply).status, 137);
  killer.join();
  EXPECT_EQ(Harden({"status"}).status, 1);
  Ran run = Harden(apply);
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("finished "), std::string::npos) << run.out;
  run = bed_->Exec("cp-0", {"pgrep", "-f", "kube-controller-manager .*--profiling=false"});
  EXPECT_EQ(run.status, 0) << "it runs with it";
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

/// The machine goes down before anybody has confirmed, and comes up when the time is over: what
/// waits comes up with it. Nothing of it is left then.
TEST_F(HardenUnits, WhatNobodyConfirmsIsTakenBackAfterAReboot) {
  const std::string before = Snapshot();
  const std::vector<std::string> apply = {
      "apply", "--rules", "kubelet-profiling-off", "--yes", "--settle", "2s", "--confirm", "20s"};
  ASSERT_EQ(Harden(apply).status, 0);
  const std::string id =
      Json(Harden({"status", "-o", "json"}).out)["journals"][0]["id"].GetString();
  const std::string unit = "seawall-confirm-" + id + ".service";
  // As a shutdown does, and a boot.
  EXPECT_EQ(bed_->Exec("cp-0", {"systemctl", "stop", unit}).status, 0);
  std::this_thread::sleep_for(std::chrono::seconds(21));
  EXPECT_NE(Snapshot(), before) << "nobody was there to take it back";
  EXPECT_EQ(bed_->Exec("cp-0", {"systemctl", "start", "multi-user.target"}).status, 0);
  for (int i = 0; i < 60 && (Snapshot() != before || Harden({"status"}).status != 0); ++i)
    std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_NE(Harden({"status"}).out.find("rolled back"), std::string::npos);
  EXPECT_EQ(Snapshot(), before);
  EXPECT_NE(bed_->Exec("cp-0", {"systemctl", "cat", unit}).status, 0);
  ExpectWorks();
  // Confirmed: nothing waits for the next boot.
  ASSERT_EQ(Harden(apply).status, 0);
  EXPECT_EQ(Harden({"confirm"}).status, 0);
  EXPECT_FALSE(
      std::filesystem::exists(Root() + "/etc/systemd/system/multi-user.target.wants/" + unit));
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(Snapshot(), before);
}

}  // namespace
}  // namespace seawall::test
