// ABAC goes when its file gives nothing, or when the running API servers prove that nobody needs
// it.
#include <gtest/gtest.h>

#include "harden/planner.h"

namespace seawall::harden {
namespace {

constexpr const char* kManifest = R"(apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.37.2
    command:
    - kube-apiserver
    - --authorization-mode=Node,RBAC,ABAC
    - --authorization-policy-file=/etc/kubernetes/abac.jsonl
    volumeMounts:
    - {mountPath: /etc/kubernetes, name: k}
  volumes:
  - {hostPath: {path: /etc/kubernetes}, name: k}
)";
constexpr const char* kRights = "# people\n{\"user\":\"legacy\",\"readonly\":true}\n";

struct Asked {
  Plan plan;
  int64_t window = 0;  ///< of the question to the API servers; 0: none was asked
};

Asked Make(const std::string& policy, const Parameters& set, const Result<std::string>& answer,
           bool live = true) {
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml", kManifest);
  files->Add("/etc/kubernetes/abac.jsonl", policy);
  Asked asked;
  PlanRequest request;
  request.root = "/";
  request.now = 1800000000;
  request.selection.ids = {"apiserver-abac-off"};
  request.set = set;
  if (live)
    request.abac_quiet = [&](int64_t window) {
      asked.window = window;
      return answer;
    };
  auto plan = MakePlan(files, request);
  EXPECT_TRUE(plan) << plan.error().ToString();
  if (plan) asked.plan = std::move(*plan);
  return asked;
}

const Result<std::string> kQuiet = std::string(kAbacWasQuiet) + " for 60 s";

TEST(AbacOff, AFileThatGivesNothingNeedsNoProof) {
  const Asked asked = Make("# nothing\n\n", {}, kQuiet);
  EXPECT_EQ(asked.plan.Changes(), 1u);
  EXPECT_EQ(asked.window, 0);
}

TEST(AbacOff, WithoutAWindowOrARunningClusterItIsRefused) {
  for (const bool live : {true, false}) {
    const Asked asked =
        Make(kRights, live ? Parameters() : Parameters{{"abac-window", "1m"}}, kQuiet, live);
    EXPECT_EQ(asked.plan.Changes(), 0u);
    ASSERT_EQ(asked.plan.not_done.size(), 1u);
    EXPECT_NE(asked.plan.not_done[0].todo.find("abac-window=24h"), std::string::npos);
    EXPECT_NE(asked.plan.not_done[0].why.find("1 line"), std::string::npos);
    EXPECT_EQ(asked.window, 0);
  }
}

TEST(AbacOff, WhoeverLivesOnItKeepsIt) {
  const Asked asked = Make(kRights, {{"abac-window", "1m"}},
                           Fail(ErrorCode::kUsage, "see", "192.0.2.1:6443", "12 requests", "wait"));
  EXPECT_EQ(asked.window, 60);
  EXPECT_EQ(asked.plan.Changes(), 0u);
  ASSERT_EQ(asked.plan.not_done.size(), 1u);
  EXPECT_NE(asked.plan.not_done[0].why.find("192.0.2.1:6443: 12 requests"), std::string::npos);
  EXPECT_EQ(asked.plan.not_done[0].todo, "wait");
}

TEST(AbacOff, TheProofStandsInThePlanAndSoDoesWhoMayBeCutOff) {
  const Asked asked = Make(kRights, {{"abac-window", "1m"}}, kQuiet);
  ASSERT_EQ(asked.plan.Changes(), 1u);
  const PlannedChange& change = asked.plan.steps.front().changes.front();
  ASSERT_EQ(change.notes.size(), 1u);
  EXPECT_TRUE(change.notes[0].starts_with(kAbacWasQuiet)) << change.notes[0];
  EXPECT_EQ(change.risk, Risk::kClients);
  EXPECT_EQ(change.cuts_off.size(), 1u);
  const auto again = ReadPlan("plan", PlanText(asked.plan));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->steps.front().changes.front().notes, change.notes);
}

}  // namespace
}  // namespace seawall::harden
