// For tests only: what a rule says of a managed cluster's description with a few members, as a row
// of a table.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/files.h"
#include "cluster/cloud/managed.h"
#include "rules/managed_remedy.h"
#include "rules/managed_rules.h"

namespace seawall::rules {
using cluster::cloud::Provider;

/// What a command prints of every cluster; a case adds its own members.
inline const std::map<Provider, std::string> kSkeletons = {
    {Provider::kGke,
     R"({"name": "c 1", "location": "europe-west1", "status": "RUNNING", "endpoint": "192.0.2.1",
 "currentMasterVersion": "1.34.1-gke.1", "createTime": "2026-01-12T09:31:07+00:00",
 "selfLink": "https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c")"},
    {Provider::kEks,
     R"({"name": "c", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/c", "status": "ACTIVE",
 "endpoint": "https://x.example", "roleArn": "arn:aws:iam::111122223333:role/r", "platformVersion": "eks.1")"},
    {Provider::kAks,
     R"({"name": "c", "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c",
 "type": "Microsoft.ContainerService/ManagedClusters", "location": "westeurope", "kubernetesVersion": "1.34",
 "provisioningState": "Succeeded", "resourceGroup": "g")"},
};

inline cluster::Node NodeOf(cluster::cloud::ManagedCluster cluster) {
  cluster::Node node;
  node.name = cluster.name;
  node.is_machine = false;
  node.files = std::make_shared<MemoryFiles>();
  node.managed = std::make_shared<const cluster::cloud::ManagedCluster>(std::move(cluster));
  return node;
}

inline Finding Ask(const cluster::Node& node, const char* rule) {
  Selection selection;
  selection.ids = {rule};
  const auto findings = Evaluate(node, selection, 1790000000);  // 2026-09-21
  EXPECT_EQ(findings.size(), 1u) << rule;
  return findings.empty() ? Finding{} : findings.front();
}

struct Case {
  const char* rule;
  const char* members;
  const char* verdict;
};

inline Finding AskDescription(Provider provider, const char* rule, const std::string& members) {
  const std::string json =
      kSkeletons.at(provider) + (members.empty() ? "" : ",\n ") + members + "}";
  auto clusters = cluster::cloud::ReadDescriptions(provider, "c.json", json);
  EXPECT_TRUE(clusters) << json << (clusters ? "" : clusters.error().ToString());
  if (!clusters) return {};
  return Ask(NodeOf(std::move(clusters->front())), rule);
}

inline void RunCases(Provider provider, std::span<const Case> cases,
                     std::initializer_list<std::span<const Rule>> tables) {
  std::map<std::string, std::set<std::string>> verdicts;
  for (const Case& one : cases) {
    const Finding finding = AskDescription(provider, one.rule, one.members);
    const Outcome& outcome = finding.outcome;
    EXPECT_STREQ(ToString(outcome.verdict), one.verdict)
        << one.rule << " " << one.members << ": " << outcome.reason;
    EXPECT_FALSE(outcome.reason.empty()) << one.rule;
    EXPECT_FALSE(outcome.remedy.empty()) << one.rule;
    for (const char* mark :
         {"{gke}", "{of}", "{there}", "{eks", "{region}", "{aks", "{id}", "{key}", "{pool}"})
      EXPECT_EQ(outcome.remedy.find(mark), std::string::npos) << outcome.remedy;
    if (outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kFail) {
      EXPECT_FALSE(outcome.evidence.empty()) << one.rule;
      for (const Evidence& evidence : outcome.evidence) {
        EXPECT_EQ(evidence.place.file, "c.json") << one.rule;
        EXPECT_GT(evidence.place.line, 0u) << one.rule;
        EXPECT_GT(evidence.place.column, 0u) << one.rule;
      }
    }
    verdicts[one.rule].insert(one.verdict);
  }
  for (const auto table : tables) {
    for (const Rule& rule : table) {
      for (const char* verdict : {"pass", "fail", "unknown"}) {
        if (rule.manual && std::string_view(verdict) != "unknown") continue;
        EXPECT_TRUE(verdicts[rule.id].contains(verdict)) << rule.id << ": no case for " << verdict;
      }
    }
  }
}

}  // namespace seawall::rules
