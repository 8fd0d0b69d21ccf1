// seawall audit --kubeconfig and prove --kubeconfig: the program against an API made of a table.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "http_api.h"
#include "program.h"

namespace seawall::test {
namespace {

constexpr const char* kBindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
constexpr const char* kRoles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

HttpApi::Answers Anonymous() {
  auto answers = HttpApi::Empty();
  answers[kRoles] = {200, R"({"kind":"ClusterRoleList","metadata":{},"items":[{"metadata":
      {"name":"view"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}]})"};
  answers[kBindings] = {200, R"({"kind":"ClusterRoleBindingList","metadata":{},"items":[{"metadata":
      {"name":"oops"},"roleRef":{"kind":"ClusterRole","name":"view"},
      "subjects":[{"kind":"User","name":"system:anonymous"}]}]})"};
  return answers;
}

TEST(AuditByApi, FindingsOfTheCluster) {
  HttpApi api(Anonymous());
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-anonymous-bindings"), "fail");
  EXPECT_NE(run.out.find("ClusterRoleBinding oops"), std::string::npos);
  EXPECT_NE(run.err.find("in the clear"), std::string::npos) << "said loudly";
}

TEST(AuditByApi, ForbiddenIsUnknownAndNeverAPass) {
  HttpApi api({{"/version", {200, R"({"gitVersion":"v1.37.2"})"}},
               {"*", {403, R"({"kind":"Status","message":"User u cannot list it"})"}}});
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  EXPECT_EQ(run.status, 3) << run.err;
  const auto report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    EXPECT_STRNE(finding["verdict"].GetString(), "pass") << finding["rule"].GetString();
    EXPECT_STRNE(finding["verdict"].GetString(), "fail") << finding["rule"].GetString();
  }
}

TEST(AuditByApi, WhatIsNoApiServerIsAnOperationalError) {
  for (const auto& [status, body] :
       {std::pair(200, "<html>"), std::pair(200, "{"), std::pair(401, "{}"), std::pair(302, ""),
        std::pair(500, "boom")}) {
    HttpApi api({{"*", {status, body}}});
    const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
    EXPECT_EQ(run.status, 2) << status << body << run.out.substr(0, 300);
    EXPECT_NE(run.err.find("/version"), std::string::npos) << run.err;
  }
}

TEST(AuditByApi, KubeconfigsThatDoNotServe) {
  EXPECT_EQ(Seawall({"audit", "--kubeconfig", "/nonexistent"}).status, 2);
  EXPECT_EQ(Seawall({"audit", "--kubeconfig", ""}).status, 2);
  HttpApi api(HttpApi::Empty());
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "--context", "other"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("other"), std::string::npos) << run.err;
}

TEST(AuditByApi, CredentialsAreNotSentInTheClear) {
  HttpApi api(HttpApi::Empty(), "token: canary-token-51c2");
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig()});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("credentials are not sent there"), std::string::npos) << run.err;
  EXPECT_EQ((run.out + run.err).find("canary-token"), std::string::npos);
}

TEST(AuditByApi, ContextAloneTakesTheUsualKubeconfig) {
  HttpApi api(Anonymous());
  RunOptions options;
  options.environment["KUBECONFIG"] = api.Kubeconfig();
  const Ran run = Seawall({"audit", "--context", "c", "-o", "json"}, options);
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-anonymous-bindings"), "fail");
}

/// A kubeconfig of a server that only a proxy reaches.
std::string BehindProxy(Tree& tree) {
  tree.Write(
      "/k",
      "current-context: c\nclusters: [{name: k, cluster: {server: 'http://api.test:8080'}}]\n"
      "contexts: [{name: c, context: {cluster: k, user: ''}}]\n");
  return tree.Path("/k");
}

TEST(AuditByApi, ThroughTheProxyOfTheEnvironment) {
  const auto answers = Anonymous();
  HttpApi proxy(HttpApi::Serves([&](const HttpApi::Asked& asked) -> HttpApi::Answer {
    const std::string server = "http://api.test:8080";
    if (!asked.path.starts_with(server)) return {400, "{}"};
    const auto found = answers.find(asked.path.substr(server.size()));
    return found != answers.end() ? found->second : HttpApi::Answer{404, "{}"};
  }));
  Tree tree;
  const std::vector<std::string> words = {"audit", "--kubeconfig", BehindProxy(tree), "-o", "json"};
  for (const char* variable : {"HTTP_PROXY", "http_proxy"}) {
    RunOptions options;
    options.environment[variable] = fmt::format("me:canary-71f3@127.0.0.1:{}", proxy.port());
    const Ran run = Seawall(words, options);
    EXPECT_EQ(run.status, 1) << run.err;
    EXPECT_EQ(VerdictOf(Json(run.out), "cluster-anonymous-bindings"), "fail");
    EXPECT_EQ((run.out + run.err).find("canary-71f3"), std::string::npos);
    options.environment["NO_PROXY"] = "other.test,.test:8080";
    EXPECT_EQ(Seawall(words, options).status, 2) << "nobody is asked for api.test";
  }
}

TEST(AuditByApi, AProxyThatRefusesIsNamedWithoutItsPassword) {
  HttpApi proxy(HttpApi::Serves([](const HttpApi::Asked&) { return HttpApi::Answer{407, "no"}; }));
  Tree tree;
  tree.Write("/k",
             "current-context: c\nclusters: [{name: k, cluster: {server: 'https://api.test'}}]\n"
             "contexts: [{name: c, context: {cluster: k, user: ''}}]\n");
  for (const std::string& value : {fmt::format("http://me:canary-71f3@127.0.0.1:{}", proxy.port()),
                                   std::string("socks5://me:canary-71f3@127.0.0.1:1080"),
                                   std::string("http://me:canary-71f3@127.0.0.1:1")}) {
    RunOptions options;
    options.environment["HTTPS_PROXY"] = value;
    const Ran run = Seawall({"audit", "--kubeconfig", tree.Path("/k")}, options);
    EXPECT_EQ(run.status, 2) << run.out;
    EXPECT_NE(run.err.find("HTTPS_PROXY"), std::string::npos) << run.err;
    EXPECT_EQ((run.out + run.err).find("canary-71f3"), std::string::npos) << run.err;
  }
}

/// The scope of `audit --evidence`: names of nodes that were not seen, with why.
std::map<std::string, std::string> NotSeen(const rapidjson::Value& evidence) {
  std::map<std::string, std::string> all;
  for (const auto& one : evidence["notSeen"].GetArray())
    EXPECT_TRUE(all.emplace(one["name"].GetString(), one["why"].GetString()).second);
  return all;
}

TEST(AuditByApi, EvidenceSaysWhichClusterItIsAndWhoseFilesNobodyGave) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/namespaces/kube-system"] = {
      200, R"({"metadata":{"uid":"4c1c3a0e-8a8f-4a57-9b5e-1f2d3c4b5a69"}})"};
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[
      {"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]})"};
  HttpApi api(answers);
  Tree tree;
  tree.Write("/etc/hostname", "a\n");
  const Ran run = Seawall({"audit", "--root", "a=" + tree.root(), "--kubeconfig", api.Kubeconfig(),
                           "--evidence", "-o", "json"});
  const auto report = Json(run.out);
  const auto& evidence = report["evidence"][0];
  EXPECT_STREQ(evidence["clusterUid"].GetString(), "4c1c3a0e-8a8f-4a57-9b5e-1f2d3c4b5a69");
  ASSERT_EQ(evidence["seen"].Size(), 2u) << run.out.substr(0, 500);
  EXPECT_STREQ(evidence["seen"][0].GetString(), "a");
  EXPECT_STREQ(evidence["seen"][1].GetString(), "cluster");
  const auto not_seen = NotSeen(evidence);
  EXPECT_EQ(not_seen.size(), 1u);
  EXPECT_NE(not_seen.at("b").find("the API lists it"), std::string::npos);
}

TEST(AuditByApi, EvidenceOfAnApiThatForbids) {
  HttpApi api({{"/version", {200, R"({"gitVersion":"v1.37.2"})"}},
               {"*", {403, R"({"kind":"Status","message":"User u cannot"})"}}});
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "--evidence", "-o", "json"});
  const auto report = Json(run.out);
  const auto& evidence = report["evidence"][0];
  EXPECT_TRUE(evidence["clusterUid"].IsNull());
  EXPECT_NE(NotSeen(evidence).at("nodes of the cluster").find("does not say"), std::string::npos);
}

/// Every name of a report's nodes, in its order.
std::vector<std::string> NodeNames(const rapidjson::Document& report) {
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  return names;
}

TEST(AuditByApi, AMachineThatIsCalledAsTheReportsOwnEntriesIsNotTakenForThem) {
  auto answers = Anonymous();
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[
      {"metadata":{"name":"cluster"}},{"metadata":{"name":"control-plane"}},
      {"metadata":{"name":"kubeadm"}}]})"};
  answers["/api/v1/namespaces/kube-system/configmaps/kubeadm-config"] = {
      200,
      R"({"data":{"ClusterConfiguration":"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n"}})"};
  HttpApi api(answers);
  const std::vector<std::string> words = {"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"};
  Ran run = Seawall(words);
  EXPECT_EQ(NodeNames(Json(run.out)),
            (std::vector<std::string>{"cluster", "control-plane", "kubeadm", "control-plane (API)",
                                      "kubeadm (API)", "cluster (API)", "(cluster)"}))
      << run.err;
  const auto report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    const std::string rule = finding["rule"].GetString(), node = finding["node"].GetString();
    if (rule == "cluster-anonymous-bindings") {
      EXPECT_EQ(node, "cluster (API)");
    } else if (rule == "kubelet-anonymous-auth") {
      EXPECT_NE(node, "cluster (API)");
    }
  }
  // What is written can be read again, and a waiver for the machine is none for the cluster.
  Tree tree;
  tree.Write("/r.json", run.out);
  tree.Write("/w.yaml",
             "waivers:\n- {rule: '*', node: cluster, component: cluster, reason: r, expires: "
             "2999-01-01}\n");
  run = Seawall({"report", tree.Path("/r.json"), "--waivers", tree.Path("/w.yaml"), "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-anonymous-bindings"), "fail") << run.err;
}

TEST(AuditByApi, AControlPlaneThatNoMachineShowsIsUnknown) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {
      200, R"({"kind":"NodeList","metadata":{},"items":[{"metadata":{"name":"w-0"}}]})"};
  HttpApi api(answers);
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  const auto report = Json(run.out);
  EXPECT_EQ(NodeNames(report),
            (std::vector<std::string>{"w-0", "control-plane", "cluster", "(cluster)"}));
  size_t unknown = 0;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["node"] != "control-plane" || finding["component"] != "kube-apiserver") continue;
    EXPECT_EQ(finding["verdict"], "unknown") << finding["rule"].GetString();
    ++unknown;
  }
  EXPECT_GT(unknown, 30u);
}

TEST(AuditByApi, WhatNeedsTheNodesFilesIsToldOncePerRow) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {
      200, R"({"kind":"NodeList","metadata":{},"items":[{"metadata":{"name":"w-0"}}]})"};
  HttpApi api(answers);
  const std::vector<std::string> words = {"audit", "--kubeconfig", api.Kubeconfig()};
  const Ran run = Seawall(words);
  const std::string row = run.out.substr(0, run.out.find("Node control-plane"));
  size_t lines = 0;
  for (size_t at = row.find("needs access to the node's files (to find out"); at != row.npos;
       at = row.find("needs access to the node's files (to find out", at + 1))
    ++lines;
  EXPECT_LE(lines, 15u) << row;
  EXPECT_NE(row.find("kubelet-config-mode"), std::string::npos) << row;
  EXPECT_NE(row.find("as the API at http://"), std::string::npos) << row;
  auto more = words;
  more.emplace_back("-v");
  EXPECT_GT(Seawall(more).out.size(), run.out.size() * 2);
}

TEST(AuditByApi, QuietlyNothingIsSaidOfNodesOnWhichNothingFails) {
  auto answers = Anonymous();
  answers["/api/v1/nodes"] = {
      200, R"({"kind":"NodeList","metadata":{},"items":[{"metadata":{"name":"w-0"}}]})"};
  HttpApi api(answers);
  const Ran run = Seawall(
      {"audit", "--kubeconfig", api.Kubeconfig(), "--rules", "cluster-anonymous-bindings", "-q"});
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(run.out.starts_with("Cluster cluster")) << run.out;
  EXPECT_EQ(run.out.find("Node "), std::string::npos) << run.out;
}

TEST(AuditByApi, ANodeOfFilesThatIsCalledClusterToo) {
  HttpApi api(Anonymous());
  Tree tree;
  tree.Write("/etc/hostname", "a\n");
  const Ran run = Seawall({"audit", "--root", "cluster=" + tree.root(), "--kubeconfig",
                           api.Kubeconfig(), "-o", "json"});
  EXPECT_EQ(NodeNames(Json(run.out)),
            (std::vector<std::string>{"cluster", "cluster (API)", "(cluster)"}));
}

TEST(AuditByApi, ApiServersThatDifferAreToldWithoutAnyFile) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[
      {"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]})"};
  std::string pods;
  for (const auto& [node, flag] :
       {std::pair{"a", "--authorization-mode=Node,RBAC"}, {"b", "--authorization-mode=RBAC"}}) {
    pods += fmt::format(
        R"json({0}{{"metadata":{{"name":"kube-apiserver-{1}","namespace":"kube-system","labels":{{"component":
"kube-apiserver"}},"annotations":{{"kubernetes.io/config.mirror":"x"}},"ownerReferences":[{{
"apiVersion":"v1","kind":"Node","name":"{1}","controller":true}}]}},"spec":{{"nodeName":"{1}","containers":[
{{"name":"kube-apiserver","image":"k:v1.37.2","command":["kube-apiserver","{2}"]}}]}}}})json",
        pods.empty() ? "" : ",", node, flag);
  }
  answers["/api/v1/namespaces/kube-system/pods"] = {
      200, R"({"kind":"PodList","metadata":{},"items":[)" + pods + "]}"};
  HttpApi api(answers);
  const Ran run = Seawall({"audit", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-authorization"), "fail") << run.err;
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-tls"), "unknown")
      << "the machines' files may say more";
}

TEST(AuditByApi, FilesOfOneNodeBesideIt) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[
      {"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]})"};
  HttpApi api(answers);
  Tree tree;
  tree.Write("/etc/hostname", "a\n");
  const Ran run = Seawall(
      {"audit", "--root", "a=" + tree.root(), "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  const auto report = Json(run.out);
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_EQ(std::ranges::count(names, "a"), 1);
  EXPECT_EQ(std::ranges::count(names, "b"), 1);
  EXPECT_EQ(std::ranges::count(names, "cluster"), 1);
  // The API says which nodes nobody gave files of.
  EXPECT_EQ(VerdictOf(report, "cluster-nodes-complete"), "unknown");
  EXPECT_NE(run.out.find("the API lists nodes that were not given: b ("), std::string::npos);
}

TEST(ProveByApi, EndpointsComeFromTheApi) {
  auto answers = HttpApi::Empty();
  answers["/api/v1/nodes"] = {200, R"({"kind":"NodeList","metadata":{},"items":[{"metadata":
      {"name":"a","labels":{"node-role.kubernetes.io/control-plane":""}},
      "status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],
                "daemonEndpoints":{"kubeletEndpoint":{"Port":1}}}}]})"};
  answers["/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"] = {
      200, R"({"kind":"EndpointSliceList","metadata":{},"items":[{"ports":[{"port":2}],
               "endpoints":[{"addresses":["127.0.0.1"]}]}]})"};
  HttpApi api(answers);
  const Ran run = Seawall({"prove", "--kubeconfig", api.Kubeconfig(), "-o", "json"});
  const auto report = Json(run.out);
  std::map<std::string, std::string> component;
  for (const auto& one : report["endpoints"].GetArray())
    component[one["endpoint"].GetString()] = one["component"].GetString();
  EXPECT_EQ(component["127.0.0.1:1"], "kubelet");
  EXPECT_EQ(component["127.0.0.1:2"], "kube-apiserver");
  EXPECT_EQ(component["127.0.0.1:2379"], "etcd");
  EXPECT_EQ(component["127.0.0.1:10249"], "kube-proxy");
  EXPECT_EQ(component[fmt::format("127.0.0.1:{}", api.port())], "kube-apiserver");
  size_t unknown = 0;
  for (const auto& finding : report["findings"].GetArray()) {
    // The kubelet's port is said by the API: nobody there is unknown (or, of a rule that needs the
    // node's files, not applicable). A usual port is only usual.
    const std::string instance = finding["instance"].GetString();
    const std::string verdict = finding["verdict"].GetString();
    if (instance == "127.0.0.1:1") {
      EXPECT_TRUE(verdict == "unknown" || verdict == "not-applicable")
          << finding["rule"].GetString() << ": " << verdict;
      unknown += verdict == "unknown";
    }
  }
  EXPECT_GT(unknown, 5u);
}

TEST(ProveByApi, NodesThatMayNotBeListedAreUnknown) {
  HttpApi api({{"/version", {200, R"({"gitVersion":"v1.37.2"})"}},
               {"*", {403, R"({"kind":"Status","message":"no"})"}}});
  const Ran run = Seawall({"prove", "--kubeconfig", api.Kubeconfig()});
  EXPECT_NE(run.out.find("does not list nodes"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace seawall::test
