// The rbac commands against a cluster (an API made of a table), a bundle, and revisions of Git.
#include <gtest/gtest.h>

#include <map>

#include "examples.h"
#include "http_api.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

const std::string kGroup = "/apis/rbac.authorization.k8s.io/v1/";

std::string List(const std::string& items) {
  return R"({"kind":"XList","metadata":{},"items":[)" + items + "]}";
}
std::string Rules(const std::string& verb, const std::string& resource) {
  return R"("rules":[{"verbs":[")" + verb + R"("],"apiGroups":[""],"resources":[")" + resource +
         R"("]}])";
}
std::string Bound(const std::string& name, const std::string& space, const std::string& role,
                  const std::string& subject) {
  return R"({"metadata":{"name":")" + name + "\"" +
         (space.empty() ? "" : R"(,"namespace":")" + space + "\"") +
         R"(},"roleRef":{"kind":"ClusterRole","name":")" + role + R"("},"subjects":[)" + subject +
         "]}";
}
constexpr const char* kAlice = R"({"kind":"User","name":"alice"})";
constexpr const char* kBoss = R"({"kind":"ServiceAccount","name":"boss","namespace":"ci"})";

/// alice may create pods in ci, where the account boss is everything, and get nodes.
HttpApi::Answers Cluster() {
  auto answers = HttpApi::Empty();
  answers[kGroup + "clusterroles"].body = List(
      R"({"metadata":{"name":"maker"},)" + Rules("create", "pods") + "}," +
      R"({"metadata":{"name":"nodes"},)" + Rules("get", "nodes") + "}," +
      R"({"metadata":{"name":"all"},"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]})");
  answers[kGroup + "clusterrolebindings"].body =
      List(Bound("nodes", "", "nodes", kAlice) + "," + Bound("all", "", "all", kBoss));
  answers[kGroup + "rolebindings"].body = List(Bound("makers", "ci", "maker", kAlice));
  answers[kGroup + "namespaces/ci/rolebindings"] = answers[kGroup + "rolebindings"];
  answers["/apis/authentication.k8s.io/v1/selfsubjectreviews"] = {
      201, R"({"status":{"userInfo":{"username":"alice","groups":["devs"]}}})"};
  return answers;
}

HttpApi::Answers Without(const std::string& list) {
  auto answers = Cluster();
  answers[kGroup + list] = {403, R"({"kind":"Status","message":"alice cannot list it"})"};
  return answers;
}

struct Asked {
  HttpApi api;
  explicit Asked(HttpApi::Answers answers = Cluster()) : api(std::move(answers)) {}
  Ran Run(std::vector<std::string> words) {
    words.insert(words.begin(), "rbac");
    words.insert(words.end(), {"--kubeconfig", api.Kubeconfig()});
    return Seawall(words);
  }
};

TEST(RbacLive, CanIOfOneselfAndOfOthers) {
  Asked cluster;
  const Ran yes = cluster.Run({"can-i", "create", "pods", "-n", "ci", "--why"});
  EXPECT_EQ(yes.status, 0) << yes.err;
  EXPECT_NE(yes.out.find("(rolebinding/ci/makers)\n  rule 1 (clusterrole/maker)"),
            std::string::npos)
      << yes.out;
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes"}).status, 0);
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes", "--as", "bob"}).status, 1);
  EXPECT_EQ(
      cluster.Run({"can-i", "delete", "nodes", "--as", "system:serviceaccount:ci:boss"}).status, 0);
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes", "--as-group", "devs"}).status, 2);
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes", "-f", "x.yaml"}).status, 2) << "two sources";
}

TEST(RbacLive, WhatMayNotBeListedIsUnknown) {
  Asked cluster(Without("clusterrolebindings"));
  const Ran run = cluster.Run({"can-i", "get", "nodes", "--as", "bob"});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(run.out,
            "unknown - clusterrolebindings cannot be listed: status 403: alice cannot list it\n");
  // What is allowed by what could be read is allowed.
  EXPECT_EQ(cluster.Run({"can-i", "create", "pods", "-n", "ci", "--as", "alice"}).status, 0);
  const Ran who = cluster.Run({"who-can", "get", "nodes", "-o", "json"});
  EXPECT_EQ(who.status, 3);
  EXPECT_NE(who.out.find("\"unknown\":[\"clusterrolebindings cannot be listed"), std::string::npos);
  EXPECT_EQ(cluster.Run({"what-can", "alice"}).status, 3);
  EXPECT_EQ(cluster.Run({"lint"}).status, 3);
  EXPECT_EQ(cluster.Run({"minimize"}).status, 3);
  const Ran graph = cluster.Run({"graph", "-o", "html"});
  EXPECT_EQ(graph.status, 3);
  EXPECT_NE(graph.out.find("Unknown: clusterrolebindings"), std::string::npos);
  const Ran risks = cluster.Run({"risks", "-o", "json", "--rules", "risk-cluster-admin"});
  EXPECT_EQ(risks.status, 3) << risks.out;
  EXPECT_EQ(VerdictOf(Json(risks.out), "risk-cluster-admin"), "unknown");
}

TEST(RbacLive, RolesThatAreNotReadAreNotMissing) {
  Asked cluster(Without("clusterroles"));
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes"}).status, 3);
  EXPECT_EQ(cluster.Run({"can-i", "get", "nodes", "--as", "carol"}).status, 1)
      << "carol has no binding whose role could matter";
  const Ran lint = cluster.Run({"lint"});
  EXPECT_EQ(lint.out.find("missing-role"), std::string::npos) << lint.out;
  const Ran risks = cluster.Run({"risks", "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(risks.out), "risk-missing-role"), "unknown");
  EXPECT_EQ(VerdictOf(Json(risks.out), "risk-unused-roles"), "unknown");
}

TEST(RbacLive, TheClustersOwnAuthorizersAnswer) {
  auto answers = Cluster();
  answers["/api/v1/namespaces/kube-system/pods"].body = List(
      R"({"metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"containers":[{"command":["kube-apiserver","--authorization-mode=Node,RBAC"]}]}})");
  answers["/api/v1/pods"].body = List(
      R"({"metadata":{"name":"web","namespace":"ci"},"spec":{"nodeName":"n0","volumes":[
          {"secret":{"secretName":"its"}}]}})");
  Asked cluster(answers);
  const auto may = [&](const std::string& secret) {
    return cluster
        .Run({"can-i", "get", "secrets/" + secret, "-n", "ci", "--as", "system:node:n0",
              "--as-group", "system:nodes"})
        .status;
  };
  EXPECT_EQ(may("its"), 0);
  EXPECT_EQ(may("other"), 1);
  answers["/api/v1/namespaces/kube-system/pods"].body = List(
      R"({"metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"containers":[{"command":["kube-apiserver","--authorization-mode=Webhook,RBAC"]}]}})");
  Asked webhook(answers);
  EXPECT_EQ(webhook.Run({"can-i", "get", "nodes"}).status, 3) << "it may deny";
}

TEST(RbacLive, QuestionsOfAFile) {
  Asked cluster(Without("rolebindings"));
  const RunOptions input = {
      .input =
          "{\"user\":\"alice\",\"resourceAttributes\":{\"verb\":\"get\",\"resource\":"
          "\"nodes\"}}\n{\"user\":\"bob\",\"resourceAttributes\":{\"verb\":\"get\","
          "\"resource\":\"nodes\"}}\n{\"user\":\"bob\",\"resourceAttributes\":{\"verb\":"
          "\"get\",\"resource\":\"pods\",\"namespace\":\"ci\"}}\n"};
  const Ran run = Seawall(
      {"rbac", "can-i", "--questions", "-", "--kubeconfig", cluster.api.Kubeconfig()}, input);
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_NE(run.out.find("{\"allowed\":true"), std::string::npos);
  EXPECT_NE(run.out.find("{\"allowed\":false,\"reason\":\"\"}"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("{\"allowed\":null,\"reason\":\"rolebindings cannot be listed"),
            std::string::npos)
      << run.out;
}

TEST(RbacLive, RisksTellPodsApart) {
  auto answers = Cluster();
  answers["/api/v1/serviceaccounts"].body =
      List(R"({"metadata":{"name":"default","namespace":"ci"}})");
  const auto pod = [](const std::string& volumes) {
    return List(R"({"metadata":{"name":"web","namespace":"ci"},"spec":{"serviceAccountName":"boss",
                    "volumes":[)" +
                volumes + "]}}");
  };
  answers["/api/v1/pods"].body =
      pod(R"({"name":"t","projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}})");
  Asked mounted(answers);
  const auto report = Json(mounted.Run({"risks", "-o", "json"}).out);
  EXPECT_EQ(VerdictOf(report, "risk-mounted-account"), "fail");
  EXPECT_EQ(VerdictOf(report, "risk-missing-account"), "fail") << "there is no account boss";
  answers["/api/v1/pods"].body = pod(
      R"({"name":"t","projected":{"sources":[{"serviceAccountToken":{"path":"t","audience":"x"}}]}})");
  answers["/api/v1/serviceaccounts"] = {403, "{}"};
  Asked elsewhere(answers);
  const Ran other = elsewhere.Run({"risks", "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(other.out), "risk-mounted-account"), "pass") << "of another audience";
  EXPECT_EQ(VerdictOf(Json(other.out), "risk-missing-account"), "unknown");
}

constexpr const char* kMore =
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: nodes}\n"
    "roleRef: {kind: ClusterRole, name: nodes}\nsubjects: [{kind: User, name: alice}, {kind: User, "
    "name: bob}]\n";

TEST(RbacLive, DiffOfAFolderAgainstTheCluster) {
  Asked cluster;
  Tree tree;
  tree.Write("/rbac/more.yaml", kMore);
  const std::string folder = tree.Path("/rbac");
  // What applying it changes: what it does not name stays.
  const Ran applied = cluster.Run({"diff", folder});
  EXPECT_EQ(applied.status, 1) << applied.err;
  EXPECT_TRUE(applied.out.starts_with("+ User bob, everywhere: get nodes\n")) << applied.out;
  EXPECT_EQ(applied.out.find("\n- "), std::string::npos) << applied.out;
  // What the cluster has beyond it.
  const Ran beyond = cluster.Run({"diff", folder, "cluster:"});
  EXPECT_EQ(beyond.status, 1) << beyond.err;
  EXPECT_NE(beyond.out.find("+ User alice, namespace ci: create pods\n    RoleBinding ci/makers of "
                            "ClusterRole maker, clusterrole/maker\n"),
            std::string::npos)
      << beyond.out;
  EXPECT_EQ(cluster.Run({"diff", "cluster:", "cluster:"}).status, 2);
  EXPECT_EQ(cluster.Run({"diff", folder, folder}).status, 2);
  EXPECT_EQ(Seawall({"rbac", "diff", folder}).status, 2);
  EXPECT_EQ(Seawall({"rbac", "diff", folder, "cluster:"}).status, 2);
  Asked less(Without("clusterrolebindings"));
  const Ran open = less.Run({"diff", folder});
  EXPECT_EQ(open.status, 3) << "bob may hold it already";
  EXPECT_NE(open.out.find("unknown: clusterrolebindings"), std::string::npos) << open.out;
}

TEST(RbacLive, WhatKubernetesHasItselfIsNoDifference) {
  auto answers = Cluster();
  answers[kGroup + "clusterroles"].body =
      List(R"({"metadata":{"name":"system:coredns"},)" + Rules("list", "endpoints") + "}," +
           R"({"metadata":{"name":"system:evil"},)" + Rules("get", "secrets") + "}");
  answers[kGroup + "clusterrolebindings"].body =
      List(Bound("system:coredns", "", "system:coredns",
                 R"({"kind":"ServiceAccount","name":"coredns","namespace":"kube-system"})") +
           "," + Bound("system:evil", "", "system:evil", kAlice));
  answers[kGroup + "rolebindings"].body = List("");
  Asked cluster(answers);
  Tree tree;
  tree.Write("/none.yaml", "");
  const Ran run = cluster.Run({"diff", tree.Path("/none.yaml"), "cluster:"});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.out.find("coredns"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("+ User alice, everywhere: get secrets"), std::string::npos)
      << "a name alone makes nothing Kubernetes' own: " << run.out;
}

TEST(RbacLive, ABundleAnswersAsItsClusterDid) {
  Tree tree;
  const std::string bundle = tree.Path("/b.bundle");
  {
    HttpApi api(Without("roles"));
    const Ran made = Seawall({"collect", "--root", Examples::Get().Path("etcd-0"), "--kubeconfig",
                              api.Kubeconfig(), "--out", bundle});
    ASSERT_EQ(made.status, 0) << made.err;
  }
  const Ran can = Seawall({"rbac", "can-i", "create", "pods", "-n", "ci", "--as", "alice",
                           "--bundle", bundle, "--why"});
  EXPECT_EQ(can.status, 0) << can.err;
  EXPECT_NE(can.out.find("(rolebinding/ci/makers)"), std::string::npos) << can.out;
  EXPECT_EQ(Seawall({"rbac", "can-i", "get", "nodes", "--bundle", bundle}).status, 2)
      << "a bundle does not say who asks";
  const Ran risks = Seawall({"rbac", "risks", "--bundle", bundle, "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(risks.out), "risk-path-cluster-admin"), "fail") << risks.err;
  EXPECT_EQ(VerdictOf(Json(risks.out), "risk-anonymous"), "unknown") << "roles were not listed";
  EXPECT_EQ(Seawall({"rbac", "diff", bundle, bundle}).out, "nobody gains or loses a right\n");
  const std::string without = tree.Path("/without.bundle");
  ASSERT_EQ(Seawall({"collect", "--root", Examples::Get().Path("etcd-0"), "--out", without}).status,
            0);
  const Ran none = Seawall({"rbac", "lint", "--bundle", without});
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("collect again with --kubeconfig"), std::string::npos) << none.err;
}

TEST(RbacLive, ABundleTellsWhichAccountsThereAre) {
  Tree tree;
  const auto verdict = [&](HttpApi::Answer accounts) {
    auto answers = Cluster();
    answers["/api/v1/serviceaccounts"] = std::move(accounts);
    HttpApi api(answers);
    const Ran made = Seawall({"collect", "--root", Examples::Get().Path("etcd-0"), "--kubeconfig",
                              api.Kubeconfig(), "--out", tree.Path("/b.bundle")});
    EXPECT_EQ(made.status, 0) << made.err;
    const Ran risks = Seawall({"rbac", "risks", "--bundle", tree.Path("/b.bundle"), "-o", "json"});
    return VerdictOf(Json(risks.out), "risk-missing-account");
  };
  EXPECT_EQ(verdict({200, List(R"({"metadata":{"name":"boss","namespace":"ci"}})")}), "pass");
  EXPECT_EQ(verdict({200, List(R"({"metadata":{"name":"boss","namespace":"shop"}})")}), "fail");
  EXPECT_EQ(verdict({403, R"({"kind":"Status","message":"no"})"}), "unknown");
}

TEST(RbacDiff, TwoRevisionsOfGit) {
  Tree tree;
  const RunOptions here = {.environment = {{"HOME", tree.root()},
                                           {"GIT_CONFIG_NOSYSTEM", "1"},
                                           {"GIT_AUTHOR_NAME", "t"},
                                           {"GIT_AUTHOR_EMAIL", "t@example.com"},
                                           {"GIT_COMMITTER_NAME", "t"},
                                           {"GIT_COMMITTER_EMAIL", "t@example.com"}},
                           .directory = tree.root()};
  const auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "git");
    const Ran run = RunCommand(words, here);
    EXPECT_EQ(run.status, 0) << run.err;
  };
  const auto role = [](const std::string& verbs) {
    return "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: nodes}\n"
           "rules: [{verbs: [" +
           verbs + "], apiGroups: [''], resources: [nodes]}]\n";
  };
  tree.Write("/rbac/a role.yaml", role("get"));
  tree.Write("/rbac/bind.yaml", kMore);
  tree.Write("/README.md", "no manifest: [");
  git({"init", "-q", "-b", "main"});
  git({"add", "."});
  git({"commit", "-qm", "one"});
  tree.Write("/rbac/a role.yaml", role("get, delete"));
  git({"commit", "-qam", "two"});
  const auto diff = [&](const std::string& a, const std::string& b) {
    return Seawall({"rbac", "diff", a, b}, here);
  };
  const Ran more = diff("git:HEAD~1:rbac", "git:HEAD:rbac");
  EXPECT_EQ(more.status, 1) << more.err;
  EXPECT_NE(more.out.find("+ User alice, everywhere: delete nodes\n    ClusterRoleBinding nodes of "
                          "ClusterRole nodes, HEAD:rbac/a role.yaml:4\n"),
            std::string::npos)
      << more.out;
  EXPECT_EQ(diff("git:HEAD", "git:HEAD~1:rbac").status, 0) << "rights are only lost";
  EXPECT_EQ(diff("git:HEAD:rbac", "rbac").out, "nobody gains or loses a right\n");
  for (const char* bad : {"git:nowhere", "git:", "git:--output=x", "git:HEAD:none"})
    EXPECT_EQ(diff(bad, "rbac").status, 2) << bad;
}

}  // namespace
}  // namespace seawall::test
