#include "rbac/workloads.h"

#include <gtest/gtest.h>

namespace seawall::rbac {
namespace {

Workloads Read(const std::string& text) {
  auto workloads = ReadWorkloads({{"w.yaml", text}});
  EXPECT_TRUE(workloads) << workloads.error().ToString();
  return workloads ? std::move(*workloads) : Workloads();
}

std::string Pod(const std::string& spec, const std::string& metadata = "") {
  return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop" + metadata +
         "}\nspec: {" + spec + "}\n";
}
constexpr const char* kProjected =
    "volumes: [{name: t, projected: {sources: [{configMap: {name: c}}, {serviceAccountToken: "
    "{path: token}}]}}]";
constexpr const char* kVault =
    "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {audience: vault, path: "
    "t}}]}}]";

bool Mounts(const std::string& text) {
  const Workloads workloads = Read(text);
  EXPECT_EQ(workloads.pods.size(), 1u) << text;
  return workloads.pods.size() == 1 && workloads.MountsToken(workloads.pods[0]);
}

TEST(Workloads, WhereATokenIsCarried) {
  EXPECT_TRUE(Mounts(Pod("containers: []"))) << "as Kubernetes does by default";
  EXPECT_FALSE(Mounts(Pod("automountServiceAccountToken: false")));
  EXPECT_TRUE(Mounts(Pod(std::string("automountServiceAccountToken: false, ") + kProjected)));
  EXPECT_FALSE(Mounts(Pod(std::string("automountServiceAccountToken: false, ") + kVault)));
  EXPECT_TRUE(Mounts(Pod(
      "serviceAccountName: ci, automountServiceAccountToken: false, volumes: [{name: t, secret: "
      "{secretName: ci-token-x7}}]")));
  // An API server has made the volumes already.
  EXPECT_FALSE(Mounts(Pod("containers: []", ", uid: u-1")));
  EXPECT_TRUE(Mounts(Pod(kProjected, ", uid: u-1")));
}

TEST(Workloads, TheAccountsWordCountsWhereThePodHasNone) {
  const std::string account =
      "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
      "automountServiceAccountToken: false\n";
  EXPECT_FALSE(Mounts(Pod("serviceAccountName: ci") + account));
  EXPECT_TRUE(Mounts(Pod("serviceAccountName: ci, automountServiceAccountToken: true") + account));
  EXPECT_TRUE(Mounts(Pod("serviceAccountName: other") + account));
  EXPECT_FALSE(Mounts(Pod("serviceAccount: ci") + account)) << "by its old name";
}

TEST(Workloads, WhateverMakesPods) {
  const auto spec = [](const std::string& kind, const std::string& where) {
    return "---\napiVersion: x/v1\nkind: " + kind + "\nmetadata: {name: " + kind + "}\n" + where +
           "\n";
  };
  std::string text;
  for (const char* kind :
       {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"})
    text += spec(kind, "spec: {template: {spec: {serviceAccountName: of-template}}}");
  text += spec("CronJob",
               "spec: {jobTemplate: {spec: {template: {spec: {serviceAccountName: "
               "of-template}}}}}");
  text += spec("PodTemplate", "template: {spec: {serviceAccountName: of-template}}");
  text += spec("Service", "spec: {serviceAccountName: none}");
  const Workloads workloads = Read(text);
  EXPECT_EQ(workloads.pods.size(), 8u);
  for (const PodFacts& pod : workloads.pods) {
    EXPECT_EQ(pod.account, "of-template") << pod.Name();
    EXPECT_EQ(pod.space, "default");
  }
  EXPECT_EQ(workloads.pods[1].line, 7u);
}

TEST(Workloads, ListsInYamlAndJson) {
  const Workloads workloads = Read(
      R"({"kind":"List","apiVersion":"v1","items":[
          {"kind":"Pod","metadata":{"name":"a","namespace":"n"},"spec":{"serviceAccountName":"x"},
           "status":{"phase":"Running"}},
          {"kind":"Pod","metadata":{"name":"b","namespace":"n"},"status":{"phase":"Succeeded"}},
          {"kind":"ServiceAccount","metadata":{"name":"x","namespace":"n"}}]}
         {"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"c","namespace":"n"},
           "spec":{"volumes":[{"configMap":{"name":"q","items":[{"key":"k"}]}}]}}]})");
  ASSERT_EQ(workloads.pods.size(), 2u) << "what has ended is left out";
  EXPECT_EQ(workloads.pods[0].Name(), "Pod n/a");
  EXPECT_EQ(workloads.pods[1].Name(), "Pod n/c");
  ASSERT_EQ(workloads.accounts.size(), 1u);
}

TEST(Workloads, AccountsAreKnownWhereSomeAre) {
  const Workloads workloads =
      Read("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n");
  EXPECT_EQ(workloads.HasAccount("shop", "ci"), true);
  EXPECT_EQ(workloads.HasAccount("shop", "gone"), false);
  EXPECT_EQ(workloads.HasAccount("shop", "default"), true);
  EXPECT_EQ(workloads.HasAccount("bank", "ci"), std::nullopt);
  EXPECT_EQ(Workloads().HasAccount("shop", "ci"), std::nullopt);
}

TEST(Workloads, HostileShapes) {
  for (const char* text :
       {"[]", "{}", "kind: Pod\nspec: 5\n", "kind: Pod\nspec: {volumes: {projected: [[[]]]}}\n",
        "kind: Pod\nmetadata: []\nspec: {template: {spec: {items: [{kind: Pod}]}}}\n",
        "items: [[{kind: Pod}], {items: [{items: [{items: [{items: []}]}]}]}]\n",
        "a: &a [1]\nb: *a"})
    ReadWorkloads({{"w.yaml", text}});
  std::string deep = "kind: Pod\nspec: ";
  for (int i = 0; i < 60; ++i) deep += "{items: [";
  for (int i = 0; i < 60; ++i) deep += "]}";
  ReadWorkloads({{"w.yaml", deep}});
}

}  // namespace
}  // namespace seawall::rbac
