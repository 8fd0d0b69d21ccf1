// What is said of managed clusters beside the verdicts: remedies, places, whom rules are asked of.
#include <gtest/gtest.h>

#include "rules/managed_test_cases.h"

namespace seawall::rules {
namespace {

TEST(ManagedRules, AFewChosenFieldsAreNotTheWholeOutput) {
  auto clusters = cluster::cloud::ReadDescriptions(
      Provider::kGke, "c.json", R"({"name": "c", "location": "x", "masterAuth": {}})");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  const cluster::Node node = NodeOf(std::move(clusters->front()));
  EXPECT_EQ(Ask(node, "gke-legacy-authorization-off").outcome.verdict, Verdict::kUnknown);
  EXPECT_EQ(Ask(node, "gke-release-channel").outcome.verdict, Verdict::kUnknown);
  EXPECT_EQ(Ask(node, "gke-node-metadata").outcome.verdict, Verdict::kUnknown);
  // What was chosen is judged.
  EXPECT_EQ(Ask(node, "gke-basic-authentication-off").outcome.verdict, Verdict::kPass);
}

TEST(ManagedRules, RemediesAreCommandsForThisVeryCluster) {
  const auto remedy = [](Provider provider, const char* rule, const char* members) {
    return AskDescription(provider, rule, members).outcome.remedy;
  };
  EXPECT_EQ(
      remedy(Provider::kGke, "gke-legacy-authorization-off", R"("legacyAbac": {"enabled": true})"),
      "gcloud container clusters update 'c 1' --location europe-west1 --project p "
      "--no-enable-legacy-authorization");
  EXPECT_EQ(remedy(Provider::kGke, "gke-node-metadata",
                   R"("nodePools": [{"name": "a"}, {"name": "b; rm -rf ~"}])"),
            "gcloud container node-pools update a --cluster 'c 1' --location europe-west1 "
            "--project p --workload-metadata GKE_METADATA; gcloud container node-pools update "
            "'b; rm -rf ~' --cluster 'c 1' --location europe-west1 --project p "
            "--workload-metadata GKE_METADATA");
  EXPECT_EQ(remedy(Provider::kEks, "eks-upgrade-policy", ""),
            "aws eks update-cluster-config --name c --region eu-west-1 --upgrade-policy "
            "supportType=STANDARD");
  EXPECT_EQ(remedy(Provider::kAks, "aks-local-accounts-off", ""),
            "az aks update --resource-group g --name c --subscription s --disable-local-accounts");
}

TEST(ManagedRules, WordsOfAShellAreQuoted) {
  EXPECT_EQ(ShellWord("prod-1"), "prod-1");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("$(id)`id`"), "'$(id)`id`'");
  EXPECT_EQ(ShellWord("it's"), R"('it'\''s')");
  EXPECT_EQ(ShellWord("a\nb\x1b'\\"), R"($'a\x0ab\x1b\'\\')");
  EXPECT_EQ(ShellWord("~"), "'~'");
  EXPECT_EQ(ShellWord("a=b"), "'a=b'");
}

TEST(ManagedRules, AreAskedOfTheirOwnProviderOnly) {
  auto clusters = cluster::cloud::ReadDescriptions(Provider::kEks, "c.json",
                                                   kSkeletons.at(Provider::kEks) + "}");
  ASSERT_TRUE(clusters);
  const cluster::Node node = NodeOf(std::move(clusters->front()));
  const auto findings = Evaluate(node, {}, 1790000000);
  EXPECT_EQ(findings.size(), EksRules().size());
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.component, "eks");
    EXPECT_EQ(finding.instance, "arn:aws:eks:eu-west-1:111122223333:cluster/c");
  }
  EXPECT_EQ(Ask(node, "aks-rbac").outcome.verdict, Verdict::kNotApplicable);
  EXPECT_EQ(Ask(node, "etcd-client-cert-auth").outcome.verdict, Verdict::kNotApplicable);
  cluster::Node machine;
  machine.files = std::make_shared<MemoryFiles>();
  EXPECT_EQ(Ask(machine, "eks-audit-logs").outcome.verdict, Verdict::kNotApplicable);
}

TEST(ManagedRules, GeneralRemediesHaveNoMarks) {
  size_t rules = 0;
  for (const auto table : {GkeRules(), GkeControlPlaneRules(), GkeNodeRules(), EksRules(),
                           AksRules(), AksNodeRules()}) {
    for (const Rule& rule : table) {
      ++rules;
      const std::string remedy = GeneralRemedy(rule);
      for (const char* mark :
           {"{gke", "{of}", "{there}", "{eks", "{region}", "{aks", "{id}", "{key}", "{pool}"})
        EXPECT_EQ(remedy.find(mark), std::string::npos) << rule.id << ": " << remedy;
    }
  }
  EXPECT_GE(rules, 80u);
}

}  // namespace
}  // namespace seawall::rules
