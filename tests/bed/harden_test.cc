// seawall harden where the components run: changes that end badly on the real component are taken
// back by themselves, and so is what nobody confirms.
#include "harden_live.h"

namespace seawall::test {
namespace {

TEST_F(HardenLive, WhatEndsBadlyIsTakenBackByItself) {
  constexpr BadOutcome kBad[] = {
      {"a flag that this version refuses", "scheduler-profiling-off", "--profiling=false",
       "--no-such-flag=1", "unknown flag: --no-such-flag"},
      {"a port that is taken", "scheduler-profiling-off", "--profiling=false",
       "--secure-port=10257", "address already in use"},
      {"a file that is not mounted", "scheduler-profiling-off", "--profiling=false",
       "--authentication-kubeconfig=/etc/kubernetes/admin.conf", "no such file"},
      {"a certificate that is not the key's", "apiserver-strong-ciphers",
       "--tls-cipher-suites=", "--tls-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
       "private key does not match public key"},
      {"a value that the kubelet cannot read", "kubelet-profiling-off",
       "enableProfilingHandler: false", "enableProfilingHandler: nonsense",
       "cannot unmarshal string"},
  };
  for (const BadOutcome& bad : kBad) ExpectTakenBackByItself(bad);
}

/// A component that is well at first, and ends after twenty seconds.
TEST_F(HardenLive, ACrashAfterAWhileIsTakenBack) {
  const std::string before = Snapshot();
  std::jthread crash([](const std::stop_token& stop) {
    // The new process is the one with the flag; it ends twenty seconds after it was seen.
    for (int seen = 0; !stop.stop_requested();
         std::this_thread::sleep_for(std::chrono::seconds(1))) {
      const char* flag = "kube-scheduler.*--profiling=false";
      if (bed_->Exec("cp-0", {"pgrep", "-f", flag}).status == 0 && ++seen == 20)
        bed_->Exec("cp-0", {"pkill", "-KILL", "-f", flag});
    }
  });
  const Ran run = Harden({"apply", "--rules", "scheduler-profiling-off", "--yes"});
  crash.request_stop();
  crash.join();
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("it was well and then ended"), std::string::npos) << run.out;
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

/// A component that answers for a moment, then not, and again: it is never well for long enough.
TEST_F(HardenLive, HealthThatFlapsIsTakenBack) {
  const std::string before = Snapshot();
  std::jthread flap([](const std::stop_token& stop) {
    const std::string flag = "kube-scheduler.*--profiling=false";
    while (!stop.stop_requested()) {
      bed_->Exec("cp-0", {"pkill", "-STOP", "-f", flag});
      std::this_thread::sleep_for(std::chrono::seconds(10));
      bed_->Exec("cp-0", {"pkill", "-CONT", "-f", flag});
      std::this_thread::sleep_for(std::chrono::seconds(4));
    }
  });
  const Ran run = Harden({"apply", "--rules", "scheduler-profiling-off", "--yes", "--settle", "15s",
                          "--ready-within", "70s"});
  flap.request_stop();
  flap.join();
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("rolled back, everything is as before"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("kube-scheduler"), std::string::npos) << run.out;
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

/// Killed in the middle of it: the same apply finishes, restarts included.
TEST_F(HardenLive, AKilledApplyIsFinishedByTheSame) {
  const std::string before = Snapshot();
  const std::vector<std::string> apply = {"apply", "/root/plan", "--yes", "--settle", "3s"};
  ASSERT_EQ(Harden({"plan", "--rules", "scheduler-profiling-off,kubelet-profiling-off", "--out",
                    "/root/plan"})
                .status,
            1);
  std::jthread killer([] {
    // As soon as the first of the two files is changed.
    for (int i = 0; i < 100; ++i) {
      if (ReadFile(Root() + "/etc/kubernetes/manifests/kube-scheduler.yaml")
              .find("--profiling=false") != std::string::npos)
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    bed_->Exec("cp-0", {"pkill", "-KILL", "-f", "harden apply"});
  });
  EXPECT_EQ(Harden(apply).status, 137);
  killer.join();
  EXPECT_EQ(Harden({"status"}).status, 1);
  const Ran run = Harden(apply);
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("finished "), std::string::npos) << run.out;
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

/// No file says how it is started: it is named, and nothing is edited for it.
TEST_F(HardenLive, ABareProcessIsNamed) {
  std::jthread process([] {
    bed_->TestbedFor(20, {"run", "--set", "secure-port=11259", "cp-0", "kube-scheduler"});
  });
  Ran run;
  for (int i = 0; i < 15 && run.out.find("bare process") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    run = Harden({"plan", "--rules", "scheduler-profiling-off"});
  }
  EXPECT_NE(run.out.find("kube-scheduler runs as a bare process"), std::string::npos) << run.out;
}

/// Nobody confirms: the watcher outlives the program and takes back.
TEST_F(HardenLive, WithoutAConfirmationItIsTakenBack) {
  const std::string before = Snapshot();
  const std::vector<std::string> apply = {
      "apply", "--rules", "kubelet-profiling-off", "--yes", "--settle", "2s", "--confirm", "15s"};
  Ran run = Harden(apply);
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(Snapshot(), before);
  for (int i = 0; i < 60 && Snapshot() != before; ++i)
    std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(Snapshot(), before);
  for (int i = 0; i < 60 && Harden({"status"}).status != 0; ++i)
    std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_NE(Harden({"status"}).out.find("rolled back"), std::string::npos);
  // Somebody does: it stays.
  run = Harden(
      {"apply", "--rules", "kubelet-profiling-off", "--yes", "--settle", "2s", "--confirm", "20s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Harden({"status"}).status, 1) << "it waits";
  EXPECT_EQ(Harden({"confirm"}).status, 0);
  EXPECT_EQ(Harden({"confirm"}).status, 2) << "nothing waits any more";
  std::this_thread::sleep_for(std::chrono::seconds(21));
  EXPECT_NE(Snapshot(), before);
  EXPECT_EQ(Harden({"rollback", "--yes"}).status, 0);
  EXPECT_EQ(Snapshot(), before);
  ExpectWorks();
}

}  // namespace
}  // namespace seawall::test
