// seawall harden on a bed of its own: what its tests have in common.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bed.h"

namespace seawall::test {

/// A component gets half a minute and more to be started by a busy machine's kubelet.
inline constexpr int kPatience = 900;

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
    words.insert(words.begin(), {"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"});
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
  /// the kubelet renews, what its pods are made of and logs are nobody's settings.
  static std::string Snapshot() {
    const Ran run = RunCommand(
        {"sh", "-c",
         "cd " + Root() +
             " && find etc var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env "
             "usr/lib/systemd/system -printf '%p %y %m %U:%G %l\\n' | sort;"
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

  static inline Bed* bed_ = nullptr;
};

}  // namespace seawall::test
