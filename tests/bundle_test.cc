// A node in one file: the audit of the bundle is the audit of the node.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "examples.h"
#include "http_api.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kAt = "2026-11-28T00:00:00Z";

/// A report without what names the place that was read.
std::string WithoutRoot(std::string text) {
  for (size_t at = text.find("\"root\":\""); at != std::string::npos;
       at = text.find("\"root\":\"", at + 1)) {
    const size_t end = text.find('"', at + 8);
    text.erase(at, end + 1 - at);
  }
  return text;
}

std::string Collected(const Tree& tree, const std::string& node, const std::string& root) {
  const std::string bundle = tree.Path("/" + node + ".bundle");
  const Ran run = Seawall({"collect", "--root", node + "=" + root, "--out", bundle, "--at", kAt});
  EXPECT_EQ(run.status, 0) << run.err;
  return bundle;
}

TEST(Bundles, AreAuditedAsTheirNodes) {
  Tree tree;
  for (const char* node : {"cp-0", "master-1", "etcd-0", "etcd-1", "etcd-2"}) {
    const std::string root = Examples::Get().Path(node);
    const std::string bundle = Collected(tree, node, root);
    const Ran direct =
        Seawall({"audit", "-o", "json", "--at", kAt, "--root", std::string(node) + "=" + root});
    const Ran through = Seawall({"audit", "-o", "json", "--at", kAt, bundle});
    EXPECT_EQ(direct.status, through.status);
    EXPECT_EQ(WithoutRoot(direct.out), WithoutRoot(through.out)) << node;
    for (const char* version : {"kubernetes=1.30", "etcd=3.6"}) {
      const Ran older = Seawall({"audit", "-o", "json", "--at", kAt, "--component-version", version,
                                 "--root", std::string(node) + "=" + root});
      const Ran from_bundle =
          Seawall({"audit", "-o", "json", "--at", kAt, "--component-version", version, bundle});
      EXPECT_EQ(WithoutRoot(older.out), WithoutRoot(from_bundle.out)) << node << version;
    }
  }
}

TEST(Bundles, MixWithFoldersInOneReport) {
  Tree tree;
  const Examples& examples = Examples::Get();
  const std::string bundle = Collected(tree, "etcd-0", examples.Path("etcd-0"));
  const Ran run = Seawall({"audit", "-o", "json", "--root", examples.Path("etcd-1"), bundle,
                           "third=" + bundle, bundle});
  const auto report = Json(run.out);
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_EQ(names,
            (std::vector<std::string>{"etcd-1", "etcd-0", "third", "etcd-0-2", "(cluster)"}));
}

TEST(Bundles, AreWrittenForTheirOwnerOnlyAndReplacedWhole) {
  Tree tree;
  const std::string root = Examples::Get().Path("etcd-0");
  tree.Write("/etcd-0.bundle", "old", 0644);
  const std::string bundle = Collected(tree, "etcd-0", root);
  struct stat stat{};
  ASSERT_EQ(::stat(bundle.c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 07777, 0600u);
  const std::string before = ReadFile(bundle);
  EXPECT_EQ(Seawall({"collect", "--root", tree.Path("/none"), "--out", bundle}).status, 2);
  EXPECT_EQ(ReadFile(bundle), before);
  EXPECT_EQ(Seawall({"collect", "--root", root}).status, 2);
  EXPECT_EQ(Seawall({"collect", "--root", root, "--out", tree.Path("/no/b")}).status, 2);
}

TEST(Bundles, ThatAreDamagedAreRefusedAndTheRestGoesOn) {
  Tree tree;
  const std::string bundle = Collected(tree, "etcd-0", Examples::Get().Path("etcd-0"));
  const std::string bytes = ReadFile(bundle);
  for (size_t eighth = 0; eighth < 8; ++eighth) {
    tree.Write("/cut", bytes.substr(0, bytes.size() * eighth / 8));
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"audit", "-o", "json", tree.Path("/cut")},
          {"bundle", "show", tree.Path("/cut")}}) {
      const Ran run = Seawall(command);
      EXPECT_EQ(run.status, 2) << eighth;
      EXPECT_EQ(run.out, "") << eighth;
      EXPECT_NE(run.err.find("/cut: byte "), std::string::npos) << run.err;
    }
  }
  const Ran mixed = Seawall({"audit", "-o", "json", bundle, tree.Path("/cut")});
  EXPECT_EQ(mixed.status, 2);
  const auto report = Json(mixed.out);
  ASSERT_EQ(report["nodes"].Size(), 2u);
  EXPECT_STREQ(report["nodes"][0]["name"].GetString(), "etcd-0");
  // The one that could not be read belongs to the cluster all the same.
  EXPECT_STREQ(report["nodes"][1]["name"].GetString(), "(cluster)");
}

TEST(Bundles, WithAKeyOfOnesOwn) {
  Tree tree;
  const std::string root = Examples::Get().Path("cp-0");
  const auto collect = [&](const std::string& key, const char* name) {
    return Seawall({"collect", "--root", "cp-0=" + root, "--at", kAt, "--digest-key",
                    tree.Path(key), "--out", tree.Path(name)});
  };
  tree.Write("/key", std::string(32, 'k'));
  EXPECT_EQ(collect("/key", "/a").status, 0);
  EXPECT_EQ(collect("/key", "/b").status, 0);
  EXPECT_EQ(ReadFile(tree.Path("/a")), ReadFile(tree.Path("/b")));
  tree.Write("/short", "k");
  EXPECT_EQ(collect("/short", "/c").status, 2);
  EXPECT_EQ(collect("/none", "/c").status, 2);
  tree.Chmod("/key", 0640);
  const Ran open = collect("/key", "/c");
  EXPECT_EQ(open.status, 2);
  EXPECT_NE(open.err.find("0640"), std::string::npos) << open.err;
}

/// Rule, component, instance and verdict of every finding.
std::vector<std::string> Verdicts(const std::string& json) {
  std::vector<std::string> verdicts;
  const auto report = Json(json);
  for (const auto& finding : report["findings"].GetArray()) {
    std::string line;
    for (const char* field : {"rule", "component", "instance", "verdict"})
      line += std::string(finding[field].GetString()) + " ";
    verdicts.push_back(line);
  }
  return verdicts;
}

TEST(Bundles, KeepWhatTheComponentsAnswered) {
  Tree tree;
  const std::string root = "etcd-0=" + Examples::Get().Path("etcd-0");
  const std::string bundle = tree.Path("/b");
  ASSERT_EQ(Seawall({"collect", "--prove", "--timeout", "100ms", "--root", root, "--out", bundle,
                     "--at", kAt})
                .status,
            0);
  const Ran direct = Seawall(
      {"audit", "--prove", "--timeout", "100ms", "--root", root, "-o", "json", "--at", kAt});
  const Ran through = Seawall({"audit", bundle, "-o", "json", "--at", kAt});
  EXPECT_EQ(direct.status, through.status);
  EXPECT_EQ(Verdicts(direct.out), Verdicts(through.out));
  EXPECT_GT(Verdicts(through.out).size(),
            Verdicts(Seawall({"audit", "--root", root, "-o", "json", "--at", kAt}).out).size());
  const Ran shown = Seawall({"bundle", "show", bundle});
  EXPECT_NE(shown.out.find("proofs.json"), std::string::npos);
}

constexpr const char* kBindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
constexpr const char* kRoles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

/// A cluster in which anybody may read pods, with a node that is nobody's bundle.
HttpApi::Answers Careless() {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[
      {"metadata":{"name":"etcd-0"},"status":{"nodeInfo":{"kubeletVersion":"v1.37.2"}}},
      {"metadata":{"name":"w-9"},"status":{"nodeInfo":{"kubeletVersion":"v1.20.0"}}}]})"};
  answers[kRoles] = {200, R"({"kind":"ClusterRoleList","metadata":{},"items":[{"metadata":
      {"name":"view"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}]})"};
  answers[kBindings] = {200, R"({"kind":"ClusterRoleBindingList","metadata":{},"items":[{"metadata":
      {"name":"oops"},"roleRef":{"kind":"ClusterRole","name":"view"},
      "subjects":[{"kind":"User","name":"system:anonymous"}]}]})"};
  answers["/api/v1/secrets"] = {200, R"({"kind":"SecretList","metadata":{},"items":[{"metadata":
      {"name":"t","namespace":"d","annotations":{"kubernetes.io/service-account.name":"sa"}},
      "data":{"token":"Y2FuYXJ5"}}]})"};
  return answers;
}

/// Rule and verdict of every finding about the cluster as its API shows it.
std::vector<std::string> ClusterVerdicts(const std::string& json) {
  std::vector<std::string> verdicts;
  const auto report = Json(json);
  for (const auto& finding : report["findings"].GetArray()) {
    const std::string rule = finding["rule"].GetString();
    if (finding["node"] == "cluster" && (rule.starts_with("cluster-") || rule.starts_with("rbac-")))
      verdicts.push_back(rule + " " + finding["verdict"].GetString());
  }
  return verdicts;
}

std::string CollectedWithApi(const Tree& tree, const std::string& name, const HttpApi& api,
                             const char* at = kAt) {
  const std::string bundle = tree.Path("/" + name);
  const Ran run = Seawall({"collect", "--root", "etcd-0=" + Examples::Get().Path("etcd-0"),
                           "--kubeconfig", api.Kubeconfig(), "--out", bundle, "--at", at});
  EXPECT_EQ(run.status, 0) << run.err;
  return bundle;
}

TEST(Bundles, KeepWhatTheApiSaid) {
  Tree tree;
  std::string bundle;
  Ran direct;
  {
    HttpApi api(Careless());
    bundle = CollectedWithApi(tree, "b", api);
    direct = Seawall({"audit", "--root", "etcd-0=" + Examples::Get().Path("etcd-0"), "--kubeconfig",
                      api.Kubeconfig(), "-o", "json", "--at", kAt});
  }
  const Ran through = Seawall({"audit", bundle, "-o", "json", "--at", kAt});  // nobody listens now
  EXPECT_EQ(through.status, 1) << through.err;
  EXPECT_EQ(ClusterVerdicts(direct.out), ClusterVerdicts(through.out));
  EXPECT_GT(ClusterVerdicts(through.out).size(), 15u);
  const auto report = Json(through.out);
  EXPECT_EQ(VerdictOf(report, "cluster-anonymous-bindings"), "fail");
  EXPECT_EQ(VerdictOf(report, "cluster-kubelet-skew"), "fail");
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_NE(std::ranges::find(names, "w-9"), names.end());
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["node"] == "w-9") {
      EXPECT_STRNE(finding["verdict"].GetString(), "pass");
    }
  }
  EXPECT_NE(through.out.find("nobody gave this node's bundle"), std::string::npos);
  const Ran shown = Seawall({"bundle", "show", bundle});
  for (const char* entry : {"api/bindings.json", "api/cluster.json", "api/nodes.json",
                            "api/pods.json", "api/roles.json", "api/webhooks.json"})
    EXPECT_NE(shown.out.find(entry), std::string::npos) << entry;
}

TEST(Bundles, WhatTheApiRefusedStaysUnknown) {
  Tree tree;
  HttpApi api({{"/version", {200, R"({"gitVersion":"v1.37.2"})"}},
               {"*", {403, R"({"kind":"Status","message":"User u cannot list it"})"}}});
  const std::string bundle = CollectedWithApi(tree, "b", api);
  const Ran through = Seawall({"audit", bundle, "-o", "json", "--at", kAt});
  const auto verdicts = ClusterVerdicts(through.out);
  EXPECT_GT(verdicts.size(), 15u);
  for (const std::string& verdict : verdicts) {
    EXPECT_FALSE(verdict.ends_with(" pass")) << verdict;
    EXPECT_FALSE(verdict.ends_with(" fail")) << verdict;
  }
  EXPECT_NE(through.out.find("status 403: User u cannot list it"), std::string::npos);
}

TEST(Bundles, OfOneClusterTellItOnceAndTheNewestWins) {
  Tree tree;
  HttpApi careless(Careless());
  HttpApi mended(HttpApi::Empty());
  const std::string before = CollectedWithApi(tree, "a", careless, "2026-11-27T00:00:00Z");
  const std::string after = CollectedWithApi(tree, "b", mended, "2026-11-28T00:00:00Z");
  for (const auto& [one, other] : {std::pair(before, after), std::pair(after, before)}) {
    const Ran run = Seawall({"audit", one, other, "-o", "json", "--at", kAt});
    const auto report = Json(run.out);
    EXPECT_EQ(VerdictOf(report, "cluster-anonymous-bindings"), "pass") << run.err;
  }
  const Ran none = Seawall({"collect", "--root", Examples::Get().Path("etcd-0"), "--kubeconfig",
                            "/nonexistent", "--out", tree.Path("/c")});
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.out, "");
}

TEST(Bundles, AreShown) {
  Tree tree;
  const std::string bundle = Collected(tree, "cp-0", Examples::Get().Path("cp-0"));
  const Ran text = Seawall({"bundle", "show", bundle});
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("/etc/kubernetes/manifests/kube-apiserver.yaml"), std::string::npos);
  const Ran json = Seawall({"bundle", "show", bundle, "-o", "json"});
  const auto shown = Json(json.out);
  EXPECT_STREQ(shown["node"].GetString(), "cp-0");
  EXPECT_GT(shown["files"].Size(), 100u);
  EXPECT_EQ(Seawall({"bundle", "list", bundle}).status, 2);
}

}  // namespace
}  // namespace seawall::test
