// `seawall rbac review --follow` of a cluster whose objects change meanwhile.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include "program.h"
#include "rbac_api.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kPods =
    R"("rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}])";
std::string Bind(const std::string& user) {
  return R"("roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"pods"},"subjects":[{"kind":"User","name":")" +
         user + "\"}]";
}

class ReviewFollow : public testing::Test {
 protected:
  ReviewFollow() {
    api_.Add("ClusterRole", "", "pods", kPods);
    api_.Add("RoleBinding", "shop", "alice", Bind("alice"));
    std::string log;
    for (int minute = 0; minute < 60; ++minute) {
      log += fmt::format(
          R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"{0}","stage":"ResponseComplete","requestURI":"/x","verb":"get","user":{{"username":"alice","groups":["system:authenticated"]}},"objectRef":{{"resource":"pods","namespace":"shop","name":"a"}},"responseStatus":{{"code":200}},"requestReceivedTimestamp":"2026-11-01T00:{0:02}:00.000000Z","stageTimestamp":"2026-11-01T00:{0:02}:00.000000Z","annotations":{{"authorization.k8s.io/decision":"allow"}}}})"
          "\n",
          minute);
    }
    tree_.Write("/audit.log", log);
    tree_.Write("/policy.yaml",
                "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n");
  }
  ~ReviewFollow() override {
    if (run_.valid()) End("KILL");
  }

  void Start(const std::string& program = Program()) {
    const std::string command =
        program + " rbac review --kubeconfig " + api_.Kubeconfig() +
        " --follow audit.log --audit-policy policy.yaml --state state --metrics m --every 1s";
    run_ = std::async(std::launch::async, [this, command] {
      return RunCommand({"sh", "-c", command + " & echo $! > pid; wait $!; echo ended $?"},
                        {.timeout_seconds = 200, .directory = tree_.root()});
    });
  }
  Ran End(const std::string& signal) {
    EXPECT_TRUE(Await([&] { return !File("/pid").empty(); }));
    RunCommand({"sh", "-c", "kill -" + signal + " $(cat pid)"}, {.directory = tree_.root()});
    return run_.get();
  }
  std::string File(const std::string& name) const {
    return std::filesystem::exists(tree_.Path(name)) ? ReadFile(tree_.Path(name)) : "";
  }
  /// Of the metrics; "" where it is not there.
  std::string Metric(const std::string& name) const {
    const std::string text = "\n" + File("/m");
    const size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  bool Becomes(const std::string& name, const std::string& value) const {
    return Await([&] { return Metric(name) == value; });
  }
  static bool Await(const std::function<bool()>& done) {
    for (int i = 0; i < 600; ++i) {
      if (done()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  Tree tree_;
  RbacApi api_;
  std::future<Ran> run_;
};

TEST_F(ReviewFollow, ANewBindingIsANewGrantWithoutAnotherList) {
  Start();
  ASSERT_TRUE(Becomes("seawall_rbac_used_rights", "1")) << File("/m");
  EXPECT_EQ(Metric("seawall_rbac_lists_total"), "4");
  EXPECT_EQ(Metric("seawall_rbac_new_grants_total"), "0");
  api_.Add("RoleBinding", "shop", "bob", Bind("bob"));
  EXPECT_TRUE(Becomes("seawall_rbac_new_grants_total", "1")) << File("/m");
  EXPECT_EQ(Metric("seawall_rbac_unused_grants"), "1");
  api_.Add("ClusterRole", "", "pods",
           R"("rules":[{"verbs":["get","delete"],"apiGroups":[""],"resources":["pods"]}])");
  EXPECT_TRUE(Becomes("seawall_rbac_unused_rights", "3")) << File("/m");
  api_.Drop(RbacApi::Path("RoleBinding", "shop", "bob"));
  EXPECT_TRUE(Becomes("seawall_rbac_unused_rights", "1")) << File("/m");
  EXPECT_EQ(Metric("seawall_rbac_lists_total"), "4");
  EXPECT_EQ(Metric("seawall_rbac_watch_events_total"), "3");
  EXPECT_EQ(Metric("seawall_rbac_unread_lists"), "0");
  const Ran run = End("INT");
  EXPECT_NE(run.out.find("ended 130\n"), std::string::npos) << run.out << run.err;
  EXPECT_EQ(std::ranges::count(run.err, '\n'), 1) << run.err;  // that it is asked in the clear
}

TEST_F(ReviewFollow, WhatMayNoLongerBeReadIsUnknownAndNotGone) {
  Start();
  ASSERT_TRUE(Becomes("seawall_rbac_used_rights", "1")) << File("/m");
  api_.SetBefore([](const RbacApi::Asked& asked) -> std::optional<RbacApi::Answer> {
    if (!asked.path.ends_with("/rolebindings")) return std::nullopt;
    return RbacApi::Answer{403, R"({"kind":"Status","message":"not you"})"};
  });
  api_.ForgetThePast();
  EXPECT_TRUE(Becomes("seawall_rbac_unread_lists", "1")) << File("/m");
  EXPECT_EQ(Metric("seawall_rbac_used_rights"), "1");
  api_.SetBefore(nullptr);
  EXPECT_TRUE(Becomes("seawall_rbac_unread_lists", "0")) << File("/m");
  EXPECT_EQ(Metric("seawall_rbac_new_grants_total"), "0");
  const Ran run = End("TERM");
  EXPECT_NE(run.out.find("ended 0\n"), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("unknown: rolebindings cannot be listed: status 403: not you; they are "
                         "taken to be as they were\n"),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("seawall: every list is read again\n"), std::string::npos) << run.err;
}

TEST_F(ReviewFollow, AnEndlessEventNeitherFillsTheMemoryNorStopsTheRest) {
  api_.SetBefore([](const RbacApi::Asked& asked) -> std::optional<RbacApi::Answer> {
    if (!asked.path.ends_with("/clusterroles") || !asked.query.contains("watch"))
      return std::nullopt;
    return RbacApi::Answer{200, "", [] { return std::string(1u << 20, 'x'); }};
  });
  Start(ReleaseProgram());
  ASSERT_TRUE(Becomes("seawall_rbac_used_rights", "1")) << File("/m");
  api_.Add("RoleBinding", "shop", "bob", Bind("bob"));
  EXPECT_TRUE(Becomes("seawall_rbac_new_grants_total", "1")) << File("/m");
  // A line of 16 MiB is no event: what it belongs to is listed anew.
  EXPECT_TRUE(Await([&] {
    const std::string lists = Metric("seawall_rbac_lists_total");
    return !lists.empty() && std::stoi(lists) >= 6;
  })) << File("/m");
  const Ran most =
      RunCommand({"sh", "-c", "grep VmHWM /proc/$(cat pid)/status"}, {.directory = tree_.root()});
  EXPECT_LT(std::stol("0" + most.out.substr(most.out.find_first_of("0123456789"))), 200'000)
      << most.out;
  EXPECT_NE(End("INT").out.find("ended 130\n"), std::string::npos);
}

TEST_F(ReviewFollow, CtrlCEndsItWhileTheServerSaysNothing) {
  std::atomic<bool> asked = false;
  api_.SetBefore([&](const RbacApi::Asked&) -> std::optional<RbacApi::Answer> {
    asked = true;
    return RbacApi::Answer{200, "", [] { return std::string(); }};
  });
  Start();
  ASSERT_TRUE(Await([&] { return asked.load(); }));
  const Ran run = End("INT");
  EXPECT_NE(run.out.find("ended 130\n"), std::string::npos) << run.out;
  // Nothing is remembered of objects that were never read.
  EXPECT_EQ(File("/state"), "");
}

}  // namespace
}  // namespace seawall::test
