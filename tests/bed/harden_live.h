// seawall harden on a bed of its own: what its tests have in common.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
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
      EXPECT_EQ(bed_->Testbed({"exec", "--net", "cp-0", "--", "curl", "-sk", "--fail", "--retry",
                               "20", "--retry-delay", "1", "--retry-all-errors", url})
                    .status,
                0)
          << url;
    }
  }

  /// What is new is taken on: by the controllers, the scheduler's node and the kubelet.
  static void ExpectNewThingsWork() {
    bed_->Exec("cp-0",
               {"sh", "-c",
                "printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {nodeName: "
                "cp-0, containers: [{name: c, image: example.com/sleeper:1, command: "
                "[sleep, \"600\"]}]}\n' > /root/pod.yaml"});
    EXPECT_EQ(Kubectl({"apply", "-f", "/root/pod.yaml"}).status, 0);
    EXPECT_TRUE(Becomes({"get", "pod", "new"}, " Running "));
    EXPECT_EQ(Kubectl({"delete", "pod", "new", "--now"}).status, 0);
    EXPECT_EQ(Kubectl({"create", "deployment", "set", "--image=example.com/sleeper:1"}).status, 0);
    EXPECT_TRUE(Becomes({"get", "replicasets"}, "set-"));
    EXPECT_EQ(Kubectl({"delete", "deployment", "set"}).status, 0);
  }

  /// A second plan is empty, and the audit with its proofs finds nothing of the recipe that the
  /// plan does not leave to a person.
  static void ExpectOnlyChoicesLeft() {
    // What is proven over the network, by the plan's own rule.
    const std::map<std::string, std::string> proof_of = {
        {"no-anonymous-apiserver", "apiserver-anonymous-auth-off"},
        {"served-certificate-issued", "kubelet-serving-certificate"},
        {"served-certificate-names", "kubelet-serving-certificate"},
    };
    const std::set<std::string> rows = {"2a", "2b", "3a", "3c", "3d", "4", "5a", "5b", "6a", "6b"};
    Ran run = Harden({"plan", "--profile", "recipe", "-o", "json"});
    EXPECT_EQ(run.status, 0) << run.err;
    const auto plan = Json(run.out);
    std::set<std::string> chosen;
    for (const auto& one : plan["notDone"].GetArray()) chosen.insert(one["rule"].GetString());
    run = bed_->AuditInside("cp-0", {"--prove", "-o", "json"});
    const auto report = Json(run.out);
    for (const auto& finding : report["findings"].GetArray()) {
      const std::string rule = finding["rule"].GetString();
      const bool counts = finding["verdict"] == "fail" && rows.contains(finding["row"].GetString());
      const auto proof = proof_of.find(rule);
      const bool a_persons = chosen.contains(proof == proof_of.end() ? rule : proof->second);
      EXPECT_TRUE(!counts || a_persons) << rule << ": " << finding["reason"].GetString();
    }
  }

  /// A change of a plan that is replaced by one that ends badly on the real component.
  struct BadOutcome {
    const char* what;
    const char* rule;  ///< whose fix is replaced
    const char* text;  ///< of the fix
    const char* with;
    const char* says;  ///< in the reason that is given
  };

  static void ExpectTakenBackByItself(const BadOutcome& bad) {
    SCOPED_TRACE(bad.what);
    const std::string before = Snapshot();
    ASSERT_EQ(Harden({"plan", "--rules", bad.rule, "--out", "/root/plan"}).status, 1);
    const std::string file = Root() + "/root/plan";
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

  static inline Bed* bed_ = nullptr;
};

}  // namespace seawall::test
