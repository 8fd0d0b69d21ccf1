// seawall harden where the components run: on a control plane as kubeadm init leaves it, the
// recipe's profile is applied, proven and taken back byte by byte; and changes that end badly on
// the real component are taken back by themselves.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "bed.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

constexpr const char* kAdmin = "/etc/kubernetes/admin.conf";
/// A component gets half a minute and more to be started by a busy machine's kubelet.
constexpr int kPatience = 900;

/// A change of a plan that is replaced by one that ends badly on the real component.
struct BadOutcome {
  const char* what;
  const char* rule;  ///< whose fix is replaced
  const char* text;  ///< of the fix
  const char* with;
  const char* says;  ///< in the reason that is given
};

const BadOutcome kBad[] = {
    {"a flag that this version refuses", "scheduler-profiling-off", "--profiling=false",
     "--no-such-flag=1", "unknown flag: --no-such-flag"},
    {"a port that is taken", "scheduler-profiling-off", "--profiling=false", "--secure-port=10257",
     "address already in use"},
    {"a file that is not mounted", "scheduler-profiling-off", "--profiling=false",
     "--authentication-kubeconfig=/etc/kubernetes/admin.conf", "no such file"},
    {"a certificate that is not the key's", "apiserver-strong-ciphers",
     "--tls-cipher-suites=", "--tls-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
     "private key does not match public key"},
    {"a value that the kubelet cannot read", "kubelet-profiling-off",
     "enableProfilingHandler: false", "enableProfilingHandler: nonsense",
     "cannot unmarshal string"},
};

class HardenLive : public testing::Test {
 protected:
  static void SetUpTestSuite() { bed_ = new Bed(); }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static Ran Harden(std::vector<std::string> words) {
    words.insert(words.begin(), "harden");
    return bed_->SeawallInside("cp-0", std::move(words), kPatience);
  }
  static Ran Kubectl(std::vector<std::string> words) {
    words.insert(words.begin(), {"kubectl", "--kubeconfig", kAdmin});
    return bed_->Exec("cp-0", words);
  }
  /// Asked until it says so, or a minute is over.
  static bool Becomes(const std::vector<std::string>& words, const std::string& says) {
    for (int i = 0; i < 60; ++i) {
      if (Kubectl(words).out.find(says) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    return false;
  }
  static std::string Root() { return fmt::format("/proc/{}/root", bed_->InitPid("cp-0")); }

  /// Every path that a plan may speak of with its type, mode, owner and bytes. Certificates that
  /// the kubelet renews and what its pods are made of are nobody's settings.
  static std::string Snapshot() {
    const Ran run = RunCommand(
        {"sh", "-c",
         "cd " + Root() +
             " && find etc var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env"
             " var/log/kubernetes usr/lib/systemd/system -printf '%p %y %m %U:%G %l\\n' | sort;"
             " find etc var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env "
             "usr/lib/systemd/system -type f -exec sha256sum {} + | sort"});
    return run.out;
  }

  static void ExpectWorks() {
    EXPECT_TRUE(Becomes({"get", "--raw", "/readyz"}, "ok"));
    EXPECT_TRUE(Becomes({"get", "nodes"}, " Ready "));
    for (const char* url : {"https://127.0.0.1:10257/healthz", "https://127.0.0.1:10259/healthz",
                            "http://127.0.0.1:10248/healthz", "http://127.0.0.1:2381/health"}) {
      EXPECT_EQ(bed_->Exec("cp-0", {"curl", "-sk", "--fail", "--retry", "20", "--retry-delay", "1",
                                    "--retry-all-errors", url})
                    .status,
                0)
          << url;
    }
  }

  static Bed* bed_;
};
Bed* HardenLive::bed_ = nullptr;

TEST_F(HardenLive, WhatEndsBadlyIsTakenBackByItself) {
  const std::string before = Snapshot();
  for (const BadOutcome& bad : kBad) {
    SCOPED_TRACE(bad.what);
    ASSERT_EQ(Harden({"plan", "--rules", bad.rule, "--out", "/root/plan"}).status, 1);
    const std::string file = bed_->Root("cp-0") + "/root/plan";
    std::string plan = ReadFile(file);
    const size_t at = plan.find(bad.text);
    ASSERT_NE(at, std::string::npos);
    plan.replace(at, plan.find_first_of("\\\"", at) - at, bad.with);
    std::ofstream(file, std::ios::binary) << plan;
    const Ran run = Harden({"apply", "/root/plan", "--yes"});
    EXPECT_EQ(run.status, 1) << run.out << run.err;
    EXPECT_NE(run.out.find("rolled back, everything is as before"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find(bad.says), std::string::npos) << run.out;
    EXPECT_EQ(run.out.find("not all runs again"), std::string::npos) << run.out;
    EXPECT_EQ(Snapshot(), before);
    ExpectWorks();
    EXPECT_EQ(Harden({"status"}).status, 0);
  }
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

/// Nobody confirms: the watcher outlives the program and takes back.
TEST_F(HardenLive, WithoutAConfirmationItIsTakenBack) {
  const std::string before = Snapshot();
  const std::vector<std::string> apply = {
      "apply", "--rules", "kubelet-profiling-off", "--yes", "--settle", "2s", "--confirm", "5s"};
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
