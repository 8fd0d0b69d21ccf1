#include "rbac/node_graph.h"

#include <gtest/gtest.h>

#include "rbac/chain.h"

namespace seawall::rbac {
namespace {

constexpr const char* kObjects = R"(
apiVersion: v1
kind: Node
metadata: {name: n0}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: n0
  serviceAccountName: ci
  imagePullSecrets: [{name: pull}]
  containers:
  - name: c
    envFrom: [{secretRef: {name: from}}]
    env: [{name: x, valueFrom: {configMapKeyRef: {name: map, key: k}}}]
  volumes:
  - {name: data, persistentVolumeClaim: {claimName: claim}}
  - {name: scratch, ephemeral: {volumeClaimTemplate: {spec: {}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: static, namespace: shop, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: n0, serviceAccountName: ci, volumes: [{secret: {secretName: not-its}}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: v0}
spec:
  claimRef: {namespace: shop, name: claim}
  csi:
    nodePublishSecretRef: {namespace: storage, name: mount}
    controllerPublishSecretRef: {namespace: storage, name: controller}
)";

struct Ask {
  const NodeGraph* graph;
  Verdict operator()(std::string_view node, std::string_view verb, std::string_view resource,
                     std::string_view space = "", std::string_view name = "",
                     std::string_view subresource = "", std::string_view group = "") const {
    static const Policy kNone;
    static const Evaluator kEvaluator(kNone);
    const std::string user = "system:node:" + std::string(node);
    const std::string_view groups[] = {"system:nodes"};
    Attributes a;
    a.user = user;
    a.groups = groups;
    a.verb = verb;
    a.space = space;
    a.group = group;
    a.resource = resource;
    a.subresource = subresource;
    a.name = name;
    return Decide({Mode::kNode, Mode::kRbac}, kEvaluator, a, graph).verdict;
  }
};

TEST(NodeGraph, WhatRunsOnANodeIsItsOwn) {
  const auto graph = ReadNodeGraph({{"w.yaml", kObjects}});
  ASSERT_TRUE(graph) << graph.error().ToString();
  const Ask ask{&*graph};
  const auto may = [&](auto... words) { return ask("n0", words...) == Verdict::kAllowed; };
  EXPECT_TRUE(may("get", "secrets", "shop", "pull"));
  EXPECT_TRUE(may("watch", "secrets", "shop", "from"));
  EXPECT_TRUE(may("get", "configmaps", "shop", "map"));
  EXPECT_TRUE(may("get", "persistentvolumeclaims", "shop", "claim"));
  EXPECT_TRUE(may("get", "persistentvolumeclaims", "shop", "web-scratch"));
  EXPECT_TRUE(may("get", "persistentvolumes", "", "v0"));
  EXPECT_TRUE(may("get", "secrets", "storage", "mount")) << "by way of the volume";
  EXPECT_TRUE(may("create", "serviceaccounts", "shop", "ci", "token"));
  EXPECT_TRUE(may("get", "pods", "shop", "static"));
  for (const char* secret : {"not-its", "other", "mount"})
    EXPECT_EQ(ask("n0", "get", "secrets", "shop", secret), Verdict::kNotAllowed) << secret;
  EXPECT_EQ(ask("n0", "get", "secrets", "storage", "controller"), Verdict::kNotAllowed);
  EXPECT_EQ(ask("n0", "delete", "secrets", "shop", "pull"), Verdict::kNotAllowed);
  EXPECT_EQ(ask("n0", "list", "secrets", "shop"), Verdict::kNotAllowed);
  EXPECT_EQ(ask("n1", "get", "secrets", "shop", "pull"), Verdict::kNotAllowed);
}

TEST(NodeGraph, WhatNeedsNoGraphIsCertainWithoutOne) {
  const Ask ask{nullptr};
  EXPECT_EQ(ask("n0", "get", "nodes", "", "n0"), Verdict::kAllowed);
  EXPECT_EQ(ask("n0", "get", "nodes", "", "n1"), Verdict::kNotAllowed);
  EXPECT_EQ(ask("n0", "update", "leases", "kube-node-lease", "n0", "", "coordination.k8s.io"),
            Verdict::kAllowed);
  EXPECT_EQ(ask("n0", "update", "leases", "shop", "n0", "", "coordination.k8s.io"),
            Verdict::kNotAllowed);
  EXPECT_EQ(ask("n0", "list", "services", "shop"), Verdict::kAllowed);
  EXPECT_EQ(ask("n0", "get", "secrets", "shop", "pull"), Verdict::kUnknown);
  EXPECT_EQ(ask("", "get", "nodes", "", "n0"), Verdict::kNotAllowed);
}

TEST(NodeGraph, WhatWasNotGivenIsUnknown) {
  std::string text = kObjects;
  const auto no_volumes = ReadNodeGraph({{"w.yaml", text.substr(0, text.rfind("---"))}});
  ASSERT_TRUE(no_volumes);
  EXPECT_EQ(Ask{&*no_volumes}("n0", "get", "persistentvolumes", "", "v0"), Verdict::kUnknown);
  EXPECT_EQ(Ask{&*no_volumes}("n0", "get", "secrets", "storage", "mount"), Verdict::kUnknown)
      << "a volume may need it";
  EXPECT_EQ(Ask{&*no_volumes}("n0", "get", "configmaps", "shop", "x"), Verdict::kNotAllowed);
  EXPECT_EQ(Ask{&*no_volumes}("n0", "get", "volumeattachments", "", "a", "", "storage.k8s.io"),
            Verdict::kUnknown);
  text.replace(text.find("kind: Node"), 10, "kind: Nude");
  const auto no_nodes = ReadNodeGraph({{"w.yaml", text}});
  ASSERT_TRUE(no_nodes);
  EXPECT_EQ(Ask{&*no_nodes}("n0", "get", "secrets", "shop", "pull"), Verdict::kAllowed);
  EXPECT_EQ(Ask{&*no_nodes}("n0", "get", "secrets", "shop", "other"), Verdict::kUnknown)
      << "these may not be all pods";
}

}  // namespace
}  // namespace seawall::rbac
