#include "api/facts.h"

#include <gtest/gtest.h>

#include <map>

#include "api/test_server.h"

namespace seawall::api {
namespace {

using cluster::ComponentKind;
using cluster::Node;
using testing::Asked;
using testing::Json;
using testing::kForever;
using testing::Status;
using testing::TestServer;

constexpr const char* kSecret = "canary0123456789";  // of a bootstrap token
constexpr const char* kSystem = "/api/v1/namespaces/kube-system";

std::string List(const std::string& items) {
  return Json(R"({"kind":"ThingList","apiVersion":"v1","metadata":{},"items":[)" + items + "]}");
}

/// A cluster of one control plane as an API server would show it; a test plants what it wants.
class FakeApi {
 public:
  FakeApi() {
    answers["/version"] = Json(R"({"major":"1","minor":"37","gitVersion":"v1.37.2"})");
    answers[kSystem] = Json(R"({"kind":"Namespace","metadata":{"uid":"u-1"}})");
    answers["/apis"] = Json(R"({"kind":"APIGroupList","groups":[]})");
    answers["/metrics"] = Json("# TYPE apiserver_audit_event_total counter\n");
    answers["/api/v1/nodes"] = List(
        R"({"metadata":{"name":"cp-0","uid":"n-0","labels":{"node-role.kubernetes.io/control-plane":""}},
            "status":{"addresses":[{"type":"ExternalIP","address":"198.51.100.9"},
                                   {"type":"InternalIP","address":"192.0.2.11"},
                                   {"type":"Hostname","address":"cp-0"}],
                      "daemonEndpoints":{"kubeletEndpoint":{"Port":10250}},
                      "nodeInfo":{"kubeletVersion":"v1.37.2"}}},
           {"metadata":{"name":"w-0"},"status":{"nodeInfo":{"kubeletVersion":"v1.36.1"}}})");
    answers[std::string(kSystem) + "/pods"] =
        List(Pod("kube-apiserver", true) + "," + Pod("etcd", false));
    answers["/api/v1/nodes/cp-0/proxy/configz"] = Json(
        R"({"kubeletconfig":{"authentication":{"anonymous":{"enabled":true}},"readOnlyPort":10255}})");
    answers["/api/v1/nodes/w-0/proxy/configz"] = Status(403, "no");
    answers[std::string(kSystem) + "/configmaps/extension-apiserver-authentication"] = Json(
        R"({"data":{"client-ca-file":"A\n","requestheader-client-ca-file":"B",
                    "requestheader-allowed-names":"[\"front-proxy-client\"]"}})");
  }

  static std::string Pod(const std::string& name, bool mirror) {
    const std::string image = name == "etcd" ? "etcd:3.7.0-0" : name + ":v1.37.2";
    return R"({"metadata":{"name":")" + name +
           R"(-cp-0","namespace":"kube-system","annotations":{)" +
           (mirror ? R"("kubernetes.io/config.mirror":"x")" : "") +
           R"(}},"spec":{"nodeName":"cp-0","containers":[{"name":")" + name +
           R"(","image":"registry.k8s.io/)" + image + R"(","command":[")" + name +
           R"(","--anonymous-auth=false","--client-ca-file=/etc/kubernetes/pki/ca.crt"]}]}})";
  }

  std::string operator()(const Asked& asked) const {
    const std::string path = asked.target.substr(0, asked.target.find('?'));
    const auto found = answers.find(path);
    if (found != answers.end()) return found->second;
    const bool object =
        path.find("/configmaps/") != path.npos || path.find("/daemonsets/") != path.npos ||
        path.find("/felixconfigurations/") != path.npos || path.find("cilium.io") != path.npos ||
        path.find("projectcalico.org") != path.npos || path.find("policy.networking") != path.npos;
    return object ? Status(404, "not found") : List("");
  }

  std::map<std::string, std::string> answers;
};

struct Seen {
  Result<std::shared_ptr<cluster::ApiFacts>> facts;
  std::vector<Node> nodes;
  const Node* Of(std::string_view name) const {
    for (const Node& node : nodes)
      if (node.name == name) return &node;
    ADD_FAILURE() << "no node " << name;
    return nullptr;
  }
};

Seen Read(const TestServer& server, const std::set<std::string>& covered = {},
          const ReadLimits& limits = {}, int timeout_ms = 2000, uint64_t most = 16u << 20) {
  ClientOptions options;
  options.timeout_ms = timeout_ms;
  options.attempts = 1;
  options.most = most;
  auto client = ApiClient::Open(server.Stranger(), options);
  EXPECT_TRUE(client) << client.error().ToString();
  Seen seen{ReadFacts(**client, limits), {}};
  if (seen.facts) seen.nodes = ReadNodes(**client, *seen.facts, {}, covered, limits);
  return seen;
}

TEST(Facts, AMachineIsMadeOfMirrorPodsAndConfigz) {
  TestServer server{FakeApi()};
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts) << seen.facts.error().ToString();
  EXPECT_EQ((*seen.facts)->uid.value, "u-1");
  EXPECT_EQ((*seen.facts)->nodes.value.at(0).addresses,
            (std::vector<std::string>{"192.0.2.11", "198.51.100.9"}));
  ASSERT_EQ(seen.nodes.size(), 3u);
  EXPECT_NE(seen.nodes.back().api, nullptr);
  const Node* cp = seen.Of("cp-0");
  EXPECT_TRUE(cp->roles.contains(cluster::Role::kControlPlane));
  ASSERT_EQ(cp->Of(ComponentKind::kApiServer).size(), 1u);
  const cluster::Component& server_pod = *cp->Of(ComponentKind::kApiServer).front();
  const cluster::Setting anonymous = server_pod.Get("anonymous-auth");
  EXPECT_EQ(anonymous.text, "false");
  EXPECT_EQ(anonymous.origin.place.file, "pod kube-system/kube-apiserver-cp-0");
  EXPECT_EQ(anonymous.origin.place.line, 0u);
  EXPECT_EQ(server_pod.version->ToString(), "1.37.2");
  EXPECT_EQ(server_pod.run_by, cluster::RunBy::kStaticPod);
  EXPECT_EQ(server_pod.Get("profiling").text, "true") << "the default of its version";
}

TEST(Facts, APodThatNoKubeletMadeIsNoComponent) {
  TestServer server{FakeApi()};
  const Seen seen = Read(server);
  const Node* cp = seen.Of("cp-0");
  EXPECT_TRUE(cp->Of(ComponentKind::kEtcd).empty());
  ASSERT_NE(cp->MayHide(ComponentKind::kEtcd), nullptr);
  EXPECT_NE(cp->MayHide(ComponentKind::kEtcd)->error.ToString().find("files"), std::string::npos);
}

TEST(Facts, AKubeletSaysWhatItRunsWith) {
  TestServer server{FakeApi()};
  const Seen seen = Read(server);
  const cluster::Component& kubelet = *seen.Of("cp-0")->Of(ComponentKind::kKubelet).front();
  EXPECT_EQ(kubelet.Get("authentication.anonymous.enabled").text, "true");
  EXPECT_EQ(kubelet.Get("readOnlyPort").text, "10255");
  EXPECT_EQ(kubelet.Get("authorization.mode").text, "Webhook") << "what it does not say is default";
  EXPECT_EQ(kubelet.Get("bootstrap-kubeconfig").state, cluster::SettingState::kUnknown);
  const cluster::Component& other = *seen.Of("w-0")->Of(ComponentKind::kKubelet).front();
  EXPECT_EQ(other.Get("authentication.anonymous.enabled").state, cluster::SettingState::kUnknown);
  EXPECT_NE(other.unknown.find("403"), std::string::npos) << other.unknown;
  EXPECT_EQ(other.version->ToString(), "1.36.1");
}

TEST(Facts, FilesOfAMachineNeedAccessToIt) {
  TestServer server{FakeApi()};
  const Seen seen = Read(server);
  const auto& stat = seen.Of("cp-0")->Stat("/etc/kubernetes/admin.conf");
  ASSERT_FALSE(stat);
  EXPECT_EQ(stat.error().why, "needs access to the node's files");
}

TEST(Facts, MachinesThatSomebodyHasTheFilesOfAreLeftOut) {
  TestServer server{FakeApi()};
  const Seen seen = Read(server, {"cp-0"});
  ASSERT_EQ(seen.nodes.size(), 2u);
  EXPECT_EQ(seen.nodes[0].name, "w-0");
}

TEST(Facts, WhatIsForbiddenIsUnknownAndNeverEmpty) {
  FakeApi api;
  TestServer server([&](const Asked& asked) {
    return asked.target == "/version" ? api(asked) : Status(403, "User x cannot list");
  });
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts);
  const cluster::ApiFacts& facts = **seen.facts;
  for (const bool known :
       {facts.uid.known(), facts.nodes.known(), facts.servers.known(), facts.roles.known(),
        facts.cluster_roles.known(), facts.bindings.known(), facts.cluster_bindings.known(),
        facts.validating.known(), facts.mutating.known(), facts.services.known(),
        facts.bootstrap_tokens.known(), facts.legacy_tokens.known(), facts.front_proxy.known(),
        facts.cluster_info.known(), facts.pod_traffic.known(), facts.system_policies.known(),
        facts.other_policies.known(), facts.served.known(), facts.requested.known()}) {
    EXPECT_FALSE(known);
  }
  EXPECT_NE(facts.nodes.why.find("cannot list"), std::string::npos) << facts.nodes.why;
  ASSERT_EQ(seen.nodes.size(), 2u) << "something must say that nothing is known of the components";
  for (const ComponentKind kind : cluster::kAllComponents)
    EXPECT_NE(seen.nodes[0].MayHide(kind), nullptr);
}

// The controller writes the rules of those that it takes in later; until then there are none.
TEST(Facts, AnAggregatedRoleHasTheRulesThatItTakesIn) {
  FakeApi api;
  api.answers["/apis/rbac.authorization.k8s.io/v1/clusterroles"] = List(
      R"({"metadata":{"name":"all"},"rules":null,"aggregationRule":{"clusterRoleSelectors":[
           {"matchLabels":{"to-all":"true"}},
           {"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]}]}]}},
         {"metadata":{"name":"secrets","labels":{"to-all":"true"}},
          "rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}]},
         {"metadata":{"name":"chain","labels":{"tier":"b"}},"rules":[],
          "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"last":"yes"}}]}},
         {"metadata":{"name":"pods","labels":{"last":"yes"}},
          "rules":[{"verbs":["create"],"apiGroups":[""],"resources":["pods"],
                    "resourceNames":["x"]}]},
         {"metadata":{"name":"other","labels":{"to-all":"false"}},
          "rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]},
         {"metadata":{"name":"written","labels":{"to-all":"no"}},
          "rules":[{"verbs":["list"],"apiGroups":[""],"resources":["nodes"]}],
          "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to-all":"true"}}]}})");
  TestServer server{api};
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts);
  std::map<std::string, std::vector<std::string>> resources;
  for (const cluster::RbacRole& role : (*seen.facts)->cluster_roles.value) {
    for (const cluster::PolicyRule& rule : role.rules)
      resources[role.name].push_back(rule.verbs.at(0) + " " + rule.resources.at(0) +
                                     (rule.names.empty() ? "" : " " + rule.names[0]));
  }
  using All = std::vector<std::string>;
  EXPECT_EQ(resources["all"], (All{"get secrets", "create pods x"}));
  EXPECT_EQ(resources["chain"], (All{"create pods x"}));
  EXPECT_EQ(resources["written"], (All{"list nodes", "get secrets"})) << "what stands there, too";
}

TEST(Facts, PodsWithTheirTokensAndMounts) {
  FakeApi api;
  api.answers["/api/v1/pods"] = List(
      R"({"metadata":{"name":"p","namespace":"a"},"spec":{"serviceAccountName":"x","volumes":[
           {"projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}},
           {"hostPath":{"path":"/etc/kubernetes"}}]}},
         {"metadata":{"name":"other-audience","namespace":"a"},"spec":{"volumes":[
           {"projected":{"sources":[{"serviceAccountToken":{"audience":"vault"}}]}}]}},
         {"metadata":{"name":"old","namespace":"a"},"spec":{"serviceAccountName":"x","volumes":[
           {"secret":{"secretName":"x-token-abcde"}}]}},
         {"metadata":{"name":"m","namespace":"kube-system",
                      "annotations":{"kubernetes.io/config.mirror":"0a"}},"spec":{}},
         {"metadata":{"name":"owned","namespace":"a","ownerReferences":[{"kind":"Node"}]},
          "spec":{"volumes":[{"projected":{"sources":[{"serviceAccountToken":
              {"audience":"https://kubernetes.default.svc.cluster.local"}}]}}]}},
         {"metadata":{"name":"ended","namespace":"a"},"status":{"phase":"Succeeded"}})");
  TestServer server{api};
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts);
  const auto& pods = (*seen.facts)->pods;
  ASSERT_TRUE(pods.known()) << pods.why;
  ASSERT_EQ(pods.value.size(), 5u);
  EXPECT_TRUE(pods.value[0].token);
  EXPECT_EQ(pods.value[0].account, "x");
  EXPECT_EQ(pods.value[0].host_paths, std::vector<std::string>{"/etc/kubernetes"});
  EXPECT_FALSE(pods.value[1].token);
  EXPECT_EQ(pods.value[1].account, "default");
  EXPECT_TRUE(pods.value[2].token);
  EXPECT_TRUE(pods.value[3].mirror);
  EXPECT_FALSE(pods.value[4].mirror) << "whoever makes a pod says who owns it";
  EXPECT_TRUE(pods.value[4].token);
}

TEST(Facts, TheSecretOfABootstrapTokenIsNotKept) {
  FakeApi api;
  // token-id "abcdef", expiration "2027-02-01T00:00:00Z", groups "system:bootstrappers:x".
  api.answers[std::string(kSystem) + "/secrets"] = List(
      R"({"metadata":{"name":"bootstrap-token-abcdef"},"type":"bootstrap.kubernetes.io/token",
          "data":{"token-id":"YWJjZGVm","token-secret":"Y2FuYXJ5MDEyMzQ1Njc4OQ==",
                  "expiration":"MjAyNy0wMi0wMVQwMDowMDowMFo=","usage-bootstrap-signing":"dHJ1ZQ==",
                  "auth-extra-groups":"c3lzdGVtOmJvb3RzdHJhcHBlcnM6eA=="}},
         {"metadata":{"name":"other"},"type":"Opaque","data":{"token-secret":"eA=="}})");
  TestServer server{api};
  const Seen seen = Read(server);
  const auto& tokens = (*seen.facts)->bootstrap_tokens.value;
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens[0].secret, "bootstrap-token-abcdef");
  EXPECT_EQ(tokens[0].ends, 1801440000);
  EXPECT_EQ(tokens[0].usages, std::vector<std::string>{"signing"});
  EXPECT_EQ(tokens[0].groups, std::vector<std::string>{"system:bootstrappers:x"});
  for (const auto& text : {tokens[0].secret, tokens[0].expiration})
    EXPECT_EQ(text.find(kSecret), std::string::npos);
}

TEST(Facts, ServiceAccountsTokensDoNotCrossTheNetwork) {
  TestServer server{FakeApi()};
  (void)Read(server);
  bool asked_for = false;
  for (const Asked& asked : server.asked()) {
    EXPECT_EQ(asked.method, "GET");
    if (!asked.target.starts_with("/api/v1/secrets?")) continue;
    asked_for = true;
    EXPECT_TRUE(asked.Has("as=PartialObjectMetadataList")) << asked.head;
    EXPECT_NE(asked.target.find("fieldSelector=type%3Dkubernetes.io%2Fservice-account-token"),
              std::string::npos);
  }
  EXPECT_TRUE(asked_for);
}

TEST(Facts, NetworkPluginsAreKnownByTheirObjects) {
  struct Case {
    const char* path;
    const char* body;
    const char* network;
    std::optional<bool> encrypted;
  };
  const Case kCases[] = {
      {"/api/v1/namespaces/kube-system/configmaps/cilium-config",
       R"({"data":{"enable-wireguard":"true"}})", "Cilium", true},
      {"/api/v1/namespaces/kube-system/configmaps/cilium-config",
       R"({"data":{"enable-ipsec":"true"}})", "Cilium", true},
      {"/api/v1/namespaces/kube-system/configmaps/cilium-config",
       R"({"data":{"enable-wireguard":"false"}})", "Cilium", false},
      {"/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node", R"({"spec":{}})", "Calico",
       false},
      {"/apis/apps/v1/namespaces/calico-system/daemonsets/calico-node",
       R"({"spec":{"template":{"spec":{"containers":[{"env":[{"name":"FELIX_WIREGUARDENABLED","value":"true"}]}]}}}})",
       "Calico", true},
      {"/apis/apps/v1/namespaces/calico-system/daemonsets/calico-node",
       R"({"spec":{"template":{"spec":{"containers":[{"env":[{"name":"FELIX_WIREGUARDENABLED","value":"1"}]}]}}}})",
       "Calico", true},
      {"/apis/apps/v1/namespaces/calico-system/daemonsets/calico-node",
       R"({"spec":{"template":{"spec":{"containers":[{"env":[{"name":"FELIX_WIREGUARDENABLED","valueFrom":{}}]}]}}}})",
       "Calico", std::nullopt},
      {"/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg",
       R"({"data":{"net-conf.json":"{\"Backend\":{\"Type\":\"vxlan\"}}"}})", "flannel", false},
      {"/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg",
       R"({"data":{"net-conf.json":"{\"Backend\":{\"Type\":\"wireguard\"}}"}})", "flannel", true},
      {"/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg",
       R"({"data":{"net-conf.json":"{"}})", "flannel", std::nullopt},
      {"/api/v1/namespaces/kube-system/configmaps/antrea-config",
       R"({"data":{"antrea-agent.conf":"trafficEncryptionMode: \"wireGuard\"\n"}})", "Antrea",
       true},
      {"/apis/apps/v1/namespaces/kube-system/daemonsets/weave-net",
       R"({"spec":{"template":{"spec":{"containers":[{"env":[]}]}}}})", "Weave Net", false},
      {"/apis/apps/v1/namespaces/kube-system/daemonsets/kindnet", "{}", "kindnet", false},
      {"/nothing", "{}", "", std::nullopt},
  };
  for (const Case& one : kCases) {
    FakeApi api;
    api.answers[one.path] = Json(one.body);
    TestServer server{api};
    const Seen seen = Read(server);
    ASSERT_TRUE((*seen.facts)->pod_traffic.known()) << (*seen.facts)->pod_traffic.why;
    const auto& traffic = (*seen.facts)->pod_traffic.value;
    EXPECT_EQ(traffic.network, one.network) << one.body;
    EXPECT_EQ(traffic.encrypted, one.encrypted) << one.body << traffic.says;
  }
}

TEST(Facts, CalicosObjectCounts) {
  FakeApi api;
  api.answers["/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node"] = Json("{}");
  const std::string felix = "/apis/crd.projectcalico.org/v1/felixconfigurations/default";
  api.answers[felix] = Json(R"({"spec":{"wireguardEnabled":true}})");
  TestServer server{api};
  const Seen first = Read(server);
  EXPECT_EQ((*first.facts)->pod_traffic.value.encrypted, true);
  api.answers[felix] = Status(403, "no");
  TestServer refusing{api};
  const Seen second = Read(refusing);
  EXPECT_EQ((*second.facts)->pod_traffic.value.encrypted, std::nullopt);
}

TEST(Facts, APolicyMayLetEverythingIn) {
  const std::pair<const char*, bool> kCases[] = {
      {R"([{}])", true},
      {R"([{"from":[]}])", true},
      {R"([{"ports":[{"port":53}]}])", false},
      {R"([{"from":[{"namespaceSelector":{}}]}])", true},
      {R"([{"from":[{"namespaceSelector":{},"podSelector":{"matchLabels":{"a":"b"}}}]}])", false},
      {R"([{"from":[{"podSelector":{}}]}])", false},
      {R"([{"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]}])", true},
      {R"([{"from":[{"ipBlock":{"cidr":"0.0.0.0/0","except":["192.0.2.0/24"]}}]}])", false},
      {R"([])", false}};
  for (const auto& [ingress, all] : kCases) {
    FakeApi api;
    api.answers["/apis/networking.k8s.io/v1/namespaces/kube-system/networkpolicies"] =
        List(std::string(R"({"metadata":{"name":"p"},"spec":{"podSelector":{},"ingress":)") +
             ingress + "}}");
    TestServer server{api};
    const Seen seen = Read(server);
    ASSERT_EQ((*seen.facts)->system_policies.value.size(), 1u);
    EXPECT_EQ((*seen.facts)->system_policies.value[0].admits_all, all) << ingress;
  }
}

TEST(Facts, WebhooksAndAggregatedApis) {
  FakeApi api;
  api.answers["/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"] = List(
      R"({"metadata":{"name":"c"},"webhooks":[
          {"name":"a.test","failurePolicy":"Ignore","clientConfig":{"url":"http://me:pw@x.test:81/hook/pw?k=pw"},
           "admissionReviewVersions":["v1beta1"],
           "rules":[{"apiGroups":["*"],"resources":["*/*"],"operations":["*"]}]},
          {"name":"b.test","clientConfig":{"service":{"namespace":"n","name":"s"},"caBundle":"QQ=="},
           "namespaceSelector":{"matchLabels":{"x":"y"}},
           "rules":[{"apiGroups":["*"],"resources":["*"]}]}]})");
  api.answers["/apis/apiregistration.k8s.io/v1/apiservices"] = List(
      R"({"metadata":{"name":"v1.metrics"},"spec":{"insecureSkipTLSVerify":true,
          "service":{"namespace":"kube-system","name":"metrics-server"}}},
         {"metadata":{"name":"v1."},"spec":{}})");
  TestServer server{api};
  const Seen seen = Read(server);
  const auto& hooks = (*seen.facts)->validating.value;
  ASSERT_EQ(hooks.size(), 2u);
  EXPECT_TRUE(hooks[0].everything && hooks[0].sees_secrets && hooks[0].old_review);
  EXPECT_EQ(hooks[0].failure_policy, "Ignore");
  EXPECT_EQ(hooks[0].url, "http://x.test:81/…") << "the rest may be a secret";
  EXPECT_FALSE(hooks[1].everything);
  EXPECT_TRUE(hooks[1].sees_secrets && hooks[1].has_ca);
  EXPECT_EQ(hooks[1].service, "n/s");
  EXPECT_EQ(hooks[1].failure_policy, "Fail") << "the default";
  EXPECT_TRUE((*seen.facts)->services.value[0].insecure);
  EXPECT_EQ((*seen.facts)->services.value[1].service, "");
}

TEST(Facts, OldVersionsServedAndAskedFor) {
  FakeApi api;
  api.answers["/apis"] = Json(
      R"({"groups":[{"name":"resource.k8s.io","versions":[
            {"groupVersion":"resource.k8s.io/v1","version":"v1"},
            {"groupVersion":"resource.k8s.io/v1beta1","version":"v1beta1"}]},
          {"name":"mine.test","versions":[{"groupVersion":"mine.test/v1alpha1","version":"v1alpha1"}]}]})");
  api.answers["/metrics"] = testing::Answer(
      200,
      "# HELP x\napiserver_requested_deprecated_apis{group=\"policy\",removed_release=\"1.25\","
      "resource=\"podsecuritypolicies\",subresource=\"\",version=\"v1beta1\"} 1\nother 2\n");
  TestServer server{api};
  const Seen seen = Read(server);
  ASSERT_EQ((*seen.facts)->served.value.size(), 1u);
  EXPECT_EQ((*seen.facts)->served.value[0].group_version, "resource.k8s.io/v1beta1");
  ASSERT_EQ((*seen.facts)->requested.value.size(), 1u);
  EXPECT_EQ((*seen.facts)->requested.value[0].group_version, "policy/v1beta1");
  EXPECT_EQ((*seen.facts)->requested.value[0].removed_in, "1.25");
}

TEST(Facts, WhatIsNoAnswerOfAnApiServersIsNotNothing) {
  for (const char* metrics : {"", "<html>log in</html>", "go_goroutines 1\n"}) {
    FakeApi api;
    api.answers["/metrics"] = testing::Answer(200, metrics);
    api.answers["/apis"] = Json(R"({"kind":"Status","status":"Success"})");
    TestServer server{api};
    const Seen seen = Read(server);
    EXPECT_FALSE((*seen.facts)->requested.known()) << metrics;
    EXPECT_FALSE((*seen.facts)->served.known());
  }
}

TEST(Facts, KubeadmsConfigMapsAreWhatJoiningNodesGet) {
  FakeApi api;
  api.answers[std::string(kSystem) + "/configmaps/kubeadm-config"] = Json(
      R"({"data":{"ClusterConfiguration":"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\napiServer:\n  extraArgs:\n  - name: profiling\n    value: \"true\"\n"}})");
  TestServer server{api};
  const Seen seen = Read(server);
  const Node* kubeadm = seen.Of("kubeadm");
  EXPECT_FALSE(kubeadm->is_machine);
  const auto servers = kubeadm->Of(ComponentKind::kApiServer);
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(servers[0]->Get("profiling").text, "true");
  EXPECT_EQ(servers[0]->Get("profiling").origin.place.file, "ConfigMap kube-system/kubeadm-config");
}

TEST(Facts, KubeProxyIsReadWithItsConfigMap) {
  FakeApi api;
  api.answers[std::string(kSystem) + "/pods"] = List(
      R"({"metadata":{"name":"kube-proxy-x","namespace":"kube-system"},"spec":{"nodeName":"w-0",
          "volumes":[{"name":"v","configMap":{"name":"kube-proxy"}}],
          "containers":[{"name":"kube-proxy","image":"registry.k8s.io/kube-proxy:v1.37.2",
            "command":["kube-proxy","--config=/var/lib/kube-proxy/config.conf"],
            "volumeMounts":[{"name":"v","mountPath":"/var/lib/kube-proxy"}]}]}})");
  api.answers[std::string(kSystem) + "/configmaps/kube-proxy"] = Json(
      R"({"data":{"config.conf":"apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmetricsBindAddress: 0.0.0.0:10249\n"}})");
  TestServer server{api};
  const Seen seen = Read(server);
  const auto proxies = seen.Of("w-0")->Of(ComponentKind::kProxy);
  ASSERT_EQ(proxies.size(), 1u);
  EXPECT_EQ(proxies[0]->Get("metricsBindAddress").text, "0.0.0.0:10249");
}

TEST(HostileApi, WhatIsNoApiServerIsAnError) {
  const std::pair<std::string, const char*> kCases[] = {
      {testing::Answer(200, "<html>"), "no object"},
      {testing::Answer(200, "[1,2"), "no JSON"},
      {Json("[]"), "no object"},
      {Json("{}"), "names no version"},
      {testing::Answer(302, "", "Location: https://evil.test/\r\n"), "status 302"},
      {Status(401, "Unauthorized"), "status 401"},
      {"", ""},
      {"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n" + std::string(kForever), ""},
  };
  for (const auto& [answer, says] : kCases) {
    TestServer server([&, text = answer](const Asked&) { return text; });
    const Seen seen = Read(server, {}, {}, 1000, 1u << 20);
    ASSERT_FALSE(seen.facts) << answer.substr(0, 60);
    EXPECT_NE(seen.facts.error().ToString().find(says), std::string::npos)
        << seen.facts.error().ToString();
    EXPECT_FALSE(seen.facts.error().where.empty());
  }
}

TEST(HostileApi, WrongTypesEverywhereAreUnknownOrNothing) {
  const std::string junk = R"({"kind":"XList","metadata":{"continue":{}},"items":[
      {"metadata":[],"spec":"x","status":5,"subjects":{"a":1},"rules":"y","webhooks":[[],7,{}],
       "roleRef":null,"data":[1],"type":{},"groups":3},{},{"metadata":{"name":[1]}}]})";
  FakeApi api;
  TestServer server(
      [&](const Asked& asked) { return asked.target == "/version" ? api(asked) : Json(junk); });
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts);
  EXPECT_FALSE(seen.nodes.empty());
}

TEST(HostileApi, AServerThatFallsSilentCostsItsTimeoutOnce) {
  FakeApi api;
  api.answers["/api/v1/nodes"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
  TestServer server{api};
  const auto began = std::chrono::steady_clock::now();
  const Seen seen = Read(server, {}, {}, 1000);
  ASSERT_TRUE(seen.facts);
  EXPECT_FALSE((*seen.facts)->cluster_bindings.known());
  EXPECT_LT(server.asked().size(), 12u) << "nothing else is asked of it";
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(60));
}

TEST(HostileApi, AListWithoutEndComesToOne) {
  FakeApi api;
  int page = 0;
  TestServer server([&](const Asked& asked) {
    if (!asked.target.starts_with("/api/v1/nodes?")) return api(asked);
    const std::string number = std::to_string(++page);
    return Json(R"({"kind":"NodeList","metadata":{"continue":"c)" + number +
                R"("},"items":[{"metadata":{"name":"n)" + number + R"("}}]})");
  });
  const Seen seen = Read(server, {}, {std::chrono::seconds(2), std::chrono::seconds(2), false});
  ASSERT_TRUE(seen.facts);
  EXPECT_FALSE((*seen.facts)->nodes.known());
  EXPECT_TRUE((*seen.facts)->nodes.value.empty());
}

TEST(HostileApi, ManyItemsAreTaken) {
  std::string items;
  for (int i = 0; i < 20000; ++i) {
    items +=
        (i ? "," : "") + std::string(R"({"metadata":{"name":"b)") + std::to_string(i) +
        R"("},"roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"User","name":"u"}]})";
  }
  FakeApi api;
  api.answers["/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"] = List(items);
  TestServer server{api};
  const Seen seen = Read(server);
  ASSERT_TRUE(seen.facts);
  EXPECT_EQ((*seen.facts)->cluster_bindings.value.size(), 20000u)
      << (*seen.facts)->cluster_bindings.why;
}

}  // namespace
}  // namespace seawall::api
