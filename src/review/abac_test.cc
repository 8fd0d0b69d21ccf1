#include "review/abac.h"

#include <gtest/gtest.h>

#include "rbac/manifests.h"
#include "review/abac_convert.h"

namespace seawall::review {
namespace {

constexpr const char* kBeta =
    R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":)";

AbacLine One(const std::string& text) {
  const auto policy = ReadAbac("p", text);
  EXPECT_TRUE(policy) << text << ": " << policy.error().ToString();
  if (!policy || policy->lines.size() != 1) {
    ADD_FAILURE() << text;
    return {};
  }
  return policy->lines[0];
}

// Each of these was given to the genuine loader of Kubernetes 1.37.2.
TEST(Abac, LinesAsTheApiServerReadsThem) {
  for (const char* everything : {"{}", "null", "a: b", R"({"user":null})", R"({"User":"a"})",
                                 R"({"kind":"Policy","spec":{"user":"a"}})", "# x\n\n\t\n{}\r\n"}) {
    const AbacLine line = One(everything);
    EXPECT_EQ(line.group, "system:authenticated") << everything;
    EXPECT_EQ(line.user, "");
    EXPECT_EQ(line.api_group + line.resource + line.space + line.path, "****");
  }
  for (const char* user :
       {R"({"user":"a"})", "user: a", "--- {user: a}", R"({"user":"b","user":"a"})",
        R"({"apiVersion":"abac.authorization.kubernetes.io/v0","kind":"Policy","user":"a"})",
        R"({"apiVersion":"","kind":"","user":"a"})", "\xef\xbb\xbf{\"user\":\"a\"}"}) {
    EXPECT_EQ(One(user).user, "a") << user;
  }
  EXPECT_EQ(One("{\"user\":\"a\xff\"}").user, "a\xEF\xBF\xBD");
  EXPECT_EQ(One("# x\n{}").line, 2u);
  const AbacLine beta = One(kBeta + std::string(R"({"user":"a","group":"*"},"x":1e99})"));
  EXPECT_EQ(beta.group, "system:authenticated");
  EXPECT_EQ(beta.user + beta.resource + beta.space, "");
  const AbacLine nobody = One(kBeta + std::string("null}"));
  EXPECT_EQ(nobody.user + nobody.group, "");
  EXPECT_FALSE(Allows(nobody, rbac::Attributes{}));
  const AbacLine twice = One(kBeta + std::string(R"({"user":"a"},"spec":{"group":"b"}})"));
  EXPECT_EQ(twice.user + twice.group, "ab");
}

TEST(Abac, LinesThatTheApiServerDoesNotStartWith) {
  for (const std::string bad :
       {"{user: a, readonly: true}",
        "5",
        "\"x\"",
        "[]",
        R"({"user":"a"} x)",
        R"({"user":"a"} {})",
        R"({"user":5})",
        R"({"user":true})",
        R"({"readonly":"true"})",
        R"({"readonly":1})",
        R"({"user":"a",})",
        R"({'user':'a'})",
        R"({"kind":"Foo","user":"a"})",
        R"({"apiVersion":"v1","kind":"Policy","user":"a"})",
        R"({"apiVersion":5,"user":"a"})",
        R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1"})",
        "- a",
        R"({"user":"a","kind":5})",
        R"({"user":"a","x":[})",
        R"({"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"policy"})"}) {
    const auto policy = ReadAbac("p", "# fine\n" + std::string(bad) + "\n");
    EXPECT_FALSE(policy) << bad;
    if (!policy) {
      EXPECT_EQ(policy.error().where, "p:2") << bad;
    }
  }
  EXPECT_FALSE(ReadAbac("p", kBeta + std::string("[]}")));
  const std::string filler(65535 - 11, 'a');
  EXPECT_TRUE(ReadAbac("p", "{\"user\":\"" + filler + "\"}\n"));
  EXPECT_FALSE(ReadAbac("p", "{\"user\":\"" + filler + "a\"}\n"));
}

TEST(AbacConvert, WhatIsExactSaysNothing) {
  const auto policy = ReadAbac("p", std::string(R"({"user":"alice"}
)") + kBeta + R"({"group":"devs","namespace":"shop","resource":"*","apiGroup":"*","readonly":true}}
)" + kBeta + R"({"user":"bob","resource":"nodes","nonResourcePath":"/metrics"}}
)" + kBeta + R"({"user":"bob","resource":"nodes","nonResourcePath":"/metrics"}}
)" + kBeta + R"({"resource":"*"}}
)");
  ASSERT_TRUE(policy) << policy.error().ToString();
  const Discovery discovery = BuiltInDiscovery();
  const Converted converted = Convert(*policy, {.discovery = &discovery});
  EXPECT_TRUE(converted.inexact.empty());
  EXPECT_EQ(converted.nobody, std::vector<uint32_t>{5});
  ASSERT_EQ(converted.grants.size(), 3u);
  EXPECT_EQ(converted.grants[0].rules.size(), 2u);
  EXPECT_EQ(converted.grants[1].space, "shop");
  EXPECT_EQ(converted.grants[2].annotations[0].second, "p:3, p:4");
  std::string yaml;
  for (const GrantSpec& grant : converted.grants) yaml += GrantYaml(grant);
  const auto objects = rbac::ReadManifests({{"y", yaml}}, {.strict = true});
  ASSERT_TRUE(objects) << objects.error().ToString() << yaml;
  EXPECT_EQ(objects->roles.size(), 3u);
}

TEST(AbacConvert, GapsAreListedWithBothChoices) {
  const auto policy = ReadAbac("p", std::string(R"({"user":"a","group":"g"}
{"user":"a","resource":"pods"}
)") + kBeta + R"({"user":"a","resource":"pods"}}
)");
  ASSERT_TRUE(policy) << policy.error().ToString();
  const Converted narrow = Convert(*policy, {});
  ASSERT_EQ(narrow.inexact.size(), 3u);
  EXPECT_EQ(narrow.inexact[0].gap, Gap::kUserAndGroup);
  EXPECT_EQ(narrow.inexact[1].gap, Gap::kSubresources);
  EXPECT_EQ(narrow.inexact[2].gap, Gap::kNoNamespace);
  ASSERT_EQ(narrow.grants.size(), 1u);
  EXPECT_EQ(narrow.grants[0].rules[0].resources, std::vector<std::string>{"pods"});
  const Converted wide = Convert(*policy, {.widen = true});
  EXPECT_EQ(wide.grants.size(), 3u);
}

// What a kube-apiserver 1.37.2 lists and is easily forgotten.
TEST(Discovery, TheBuiltInOneHasWhatTheServerLists) {
  const Discovery discovery = BuiltInDiscovery();
  for (const auto& [group, resource] :
       {std::pair("resource.k8s.io", "devicetaintrules"), std::pair("storage.k8s.io", "csinodes"),
        std::pair("storagemigration.k8s.io", "storageversionmigrations")}) {
    const auto found = discovery.Find(group, resource);
    ASSERT_EQ(found.size(), 1u) << resource;
    EXPECT_FALSE(found[0]->namespaced) << resource;
    EXPECT_TRUE(found[0]->subresources.contains("status")) << resource;
  }
}

TEST(Discovery, IsReadInEveryForm) {
  Discovery discovery;
  ASSERT_TRUE(ReadDiscovery(
      "d",
      R"({"kind":"APIResourceList","groupVersion":"apps/v1","resources":[{"name":"deployments","namespaced":true},{"name":"deployments/scale","namespaced":true}]}
{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"nodes","namespaced":false}]})",
      discovery));
  ASSERT_EQ(discovery.Find("apps", "deployments").size(), 1u);
  EXPECT_TRUE(discovery.Find("apps", "deployments")[0]->namespaced);
  EXPECT_TRUE(discovery.Find("*", "deployments")[0]->subresources.contains("scale"));
  EXPECT_FALSE(discovery.Find("", "nodes")[0]->namespaced);
  EXPECT_TRUE(discovery.Find("", "deployments").empty());
  ASSERT_TRUE(ReadDiscovery(
      "d",
      R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"x.io"},"versions":[{"resources":[{"resource":"ys","scope":"Namespaced","subresources":[{"subresource":"status"}]}]}]}]})",
      discovery));
  EXPECT_TRUE(discovery.Find("x.io", "ys")[0]->subresources.contains("status"));
  EXPECT_FALSE(ReadDiscovery("d", "kind: Pod\n", discovery));
}

}  // namespace
}  // namespace seawall::review
