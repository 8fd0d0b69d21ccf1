// What is said of managed clusters beside the verdicts: remedies, places, whom rules are asked of.
#include <fmt/format.h>

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

/// Resources of a state, `type` and attributes each, and what a rule says of the first.
Finding AskState(const char* rule,
                 const std::vector<std::pair<std::string, std::string>>& resources) {
  std::string items;
  for (const auto& [type, attributes] : resources) {
    items += (items.empty() ? "" : ",") + (R"({"mode": "managed", "type": ")" + type) +
             R"(", "name": "x", "instances": [{"attributes": {)" + attributes + "}}]}";
  }
  auto clusters =
      cluster::cloud::ReadTerraform("s.tfstate", R"({"version": 4, "resources": [)" + items + "]}");
  EXPECT_TRUE(clusters) << (clusters ? "" : clusters.error().ToString());
  return clusters ? Ask(NodeOf(std::move(clusters->front())), rule) : Finding{};
}

constexpr const char* kGke = "google_container_cluster";
constexpr const char* kGkePool = "google_container_node_pool";
constexpr const char* kEks = "aws_eks_cluster";
constexpr const char* kAks = "azurerm_kubernetes_cluster";

TEST(ManagedRules, WhatNobodyWroteByHandHasTheProvidersDefault) {
  struct Row {
    const char *type, *rule, *attributes, *verdict;
  };
  constexpr Row kRows[] = {
      {kGke, "gke-legacy-authorization-off", "", "pass"},
      {kGke, "gke-private-endpoint", "", "fail"},
      {kGke, "gke-shielded-nodes", "", "pass"},
      {kGke, "gke-shielded-nodes", R"(, "enable_shielded_nodes": false)", "fail"},
      {kGke, "gke-unauthenticated-bindings", "", "unknown"},
      {kEks, "eks-public-endpoint-off", "", "fail"},
      {kEks, "eks-public-endpoint-off", R"(, "vpc_config": [{"subnet_ids": ["s"]}])", "fail"},
      {kEks, "eks-public-endpoint-off", R"(, "vpc_config": [{"endpoint_public_access": false}])",
       "pass"},
      {kEks, "eks-private-endpoint", R"(, "vpc_config": [{}])", "fail"},
      {kEks, "eks-audit-logs", "", "fail"},
      {kEks, "eks-access-entries", "", "unknown"},
      {kAks, "aks-rbac", "", "pass"},
      {kAks, "aks-local-accounts-off", "", "fail"},
      {kAks, "aks-run-command-off", "", "fail"},
      {kAks, "aks-node-os-upgrade", "", "unknown"},
  };
  for (const Row& row : kRows) {
    const std::string attributes = std::string(R"("name": "c")") + row.attributes;
    const Finding finding = AskState(row.rule, {{row.type, attributes}});
    EXPECT_STREQ(ToString(finding.outcome.verdict), row.verdict)
        << row.rule << row.attributes << ": " << finding.outcome.reason;
    // What Terraform wrote lacks what the provider's version does not have.
    std::string many = attributes;
    for (int i = 0; i < 40; ++i) many += fmt::format(R"(, "other_{}": null)", i);
    const Finding whole = AskState(row.rule, {{row.type, many}});
    if (finding.outcome.evidence.empty() || finding.outcome.evidence[0].origin == "default") {
      EXPECT_EQ(whole.outcome.verdict, Verdict::kUnknown) << row.rule << row.attributes;
    }
  }
}

TEST(ManagedRules, PoolsThatAreKnownAreJudgedThoughThereMayBeMore) {
  const std::pair<std::string, std::string> cluster = {kGke, R"("name": "c")"};
  const auto verdict = [&](const char* rule, const std::string& pool) {
    return AskState(rule, {cluster, {kGkePool, R"("name": "p", "cluster": "c")" + pool}})
        .outcome.verdict;
  };
  EXPECT_EQ(verdict("gke-node-auto-upgrade", R"(, "management": [{"auto_upgrade": false}])"),
            Verdict::kFail);
  EXPECT_EQ(verdict("gke-node-auto-upgrade", ""), Verdict::kUnknown) << "others may have none";
  EXPECT_EQ(verdict("gke-node-service-account", R"(, "node_config": [{}])"), Verdict::kFail);
}

TEST(ManagedRules, SettingsAreCalledAsTheyStandInTheFile) {
  const auto shown = [](const Finding& finding) {
    const auto& outcome = finding.outcome;
    return fmt::format("{} | {} = {} | {}", outcome.reason, outcome.evidence.at(0).setting,
                       outcome.evidence.at(0).value, outcome.expected);
  };
  EXPECT_EQ(shown(AskState("aks-run-command-off", {{kAks, R"("run_command_enabled": true)"}})),
            "run_command_enabled is true | run_command_enabled = true | run_command_enabled is "
            "false");
  EXPECT_EQ(
      shown(AskState("aks-local-accounts-off", {{kAks, R"("local_account_disabled": false)"}})),
      "local_account_disabled is false | local_account_disabled = false | "
      "local_account_disabled is true");
  const std::string place = "controlPlaneEndpointsConfig.ipEndpointsConfig.";
  const auto of_gke = [&](const char* rule, const std::string& inner) {
    return shown(
        AskDescription(Provider::kGke, rule,
                       R"("controlPlaneEndpointsConfig": {"ipEndpointsConfig": {)" + inner + "}}"));
  };
  const std::string access = of_gke("gke-private-endpoint", R"("enablePublicEndpoint": true)");
  EXPECT_TRUE(access.starts_with(place + "enablePublicEndpoint is true | " + place +
                                 "enablePublicEndpoint = true | "))
      << access;
  const std::string google = of_gke(
      "gke-google-cloud-addresses-off",
      R"("authorizedNetworksConfig": {"enabled": true, "gcpPublicCidrsAccessEnabled": true})");
  const std::string name = place + "authorizedNetworksConfig.gcpPublicCidrsAccessEnabled";
  EXPECT_EQ(google, name + " is true | " + name + " = true | " + name + " is false");
  // A default is the old field's, for the new one means the opposite.
  EXPECT_TRUE(of_gke("gke-private-endpoint", R"("enabled": true)")
                  .starts_with("privateClusterConfig.enablePrivateEndpoint is false"));
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
