#include "api/kept_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "api/facts.h"
#include "api/live_policy.h"
#include "api/test_server.h"
#include "base/base64.h"

namespace seawall::api {
namespace {

using testing::Asked;
using testing::Json;
using testing::Status;
using testing::TestServer;

constexpr const char* kSystem = "/api/v1/namespaces/kube-system";
constexpr const char* kRoles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
constexpr const char* kHooks =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

std::string List(const std::string& items) {
  return Json(R"({"kind":"ThingList","apiVersion":"v1","metadata":{},"items":[)" + items + "]}");
}

using Answers = std::map<std::string, std::string>;

Answers Plain() {
  return {{"/version", Json(R"({"gitVersion":"v1.37.2"})")},
          {kSystem, Json(R"({"metadata":{"uid":"u-1"}})")},
          {"/apis", Json(R"({"kind":"APIGroupList","groups":[{"name":"apps","versions":[
               {"groupVersion":"apps/v1beta1","version":"v1beta1"}]}]})")},
          {"/metrics", Json("# HELP x\nother{token=\"canary\"} 1\napiserver_requested_deprecated_"
                            "apis{group=\"apps\",version=\"v1beta1\",resource=\"x\"} 1\n")}};
}

testing::Serve Serving(Answers answers) {
  return [answers = std::move(answers)](const Asked& asked) {
    const auto found = answers.find(asked.target.substr(0, asked.target.find('?')));
    if (found != answers.end()) return found->second;
    const bool one = asked.target.contains("/configmaps/") ||
                     asked.target.contains("/daemonsets/") || asked.target.contains("felix");
    return one ? Status(404, "not found") : List("");
  };
}

/// What was read live, and what was kept of it as the files of a bundle.
struct Kept {
  std::shared_ptr<cluster::ApiFacts> live;
  std::vector<KeptFile> files;

  std::string All() const {
    std::string all;
    for (const KeptFile& file : files) all += file.name + "\n" + file.json;
    return all;
  }
  std::shared_ptr<cluster::ApiFacts> Again() const {
    KeptAnswers kept;
    for (const KeptFile& file : files) {
      const auto ok = ReadKept(file, kept);
      EXPECT_TRUE(ok) << ok.error().ToString();
    }
    KeptClient client(std::move(kept));
    const auto facts = ReadFacts(client);
    EXPECT_TRUE(facts) << facts.error().ToString();
    return facts.value_or(nullptr);
  }
};

Kept Keep(const testing::Serve& serve, uint64_t most = 16u << 20) {
  TestServer server{serve};
  ClientOptions options;
  options.timeout_ms = 2000;
  options.attempts = 1;
  options.most = most;
  auto client = ApiClient::Open(server.Stranger(), options);
  EXPECT_TRUE(client) << client.error().ToString();
  RecordingClient recorder(**client);
  auto facts = ReadFacts(recorder);
  EXPECT_TRUE(facts) << facts.error().ToString();
  return {facts.value_or(nullptr), WriteKept(recorder.Take())};
}

Kept Keep(Answers answers) { return Keep(Serving(std::move(answers))); }

std::string Encoded(const std::string& text) { return EncodeBase64(text); }

TEST(KeptClient, SaysWhatTheServerSaid) {
  Answers answers = Plain();
  answers["/api/v1/nodes"] = List(
      R"({"metadata":{"name":"cp-0","uid":"n","labels":{"node-role.kubernetes.io/control-plane":""}},
          "status":{"addresses":[{"type":"InternalIP","address":"192.0.2.11"}],
                    "daemonEndpoints":{"kubeletEndpoint":{"Port":10255}},
                    "nodeInfo":{"kubeletVersion":"v1.37.2"}}})");
  answers[kRoles] = List(R"({"metadata":{"name":"r"},"rules":[{"verbs":["get","*"],"apiGroups":[""],
      "resources":["pods"],"resourceNames":["a"]},{"verbs":["get"],"nonResourceURLs":["/x"]}]})");
  answers[kHooks] =
      List(R"({"metadata":{"name":"c"},"webhooks":[{"name":"h","failurePolicy":"Ignore",
      "clientConfig":{"url":"https://192.0.2.1:9443/hook","caBundle":"QUFB"},
      "admissionReviewVersions":["v1beta1"],
      "rules":[{"apiGroups":["*"],"resources":["*"],"operations":["*"]}]}]})");
  answers["/api/v1/pods"] = List(
      R"({"metadata":{"name":"m","namespace":"kube-system",
          "annotations":{"kubernetes.io/config.mirror":"0a","other":"canary"}},"spec":{}})");
  const Kept kept = Keep(answers);
  const auto again = kept.Again();
  ASSERT_NE(again, nullptr);
  ASSERT_EQ(again->pods.value.size(), 1u);
  EXPECT_TRUE(again->pods.value[0].mirror);
  EXPECT_EQ(kept.All().find("canary"), std::string::npos);
  EXPECT_EQ(again->server, kept.live->server);
  EXPECT_EQ(again->uid.value, "u-1");
  EXPECT_EQ(again->version.value, "v1.37.2");
  ASSERT_EQ(again->nodes.value.size(), 1u);
  EXPECT_EQ(again->nodes.value[0].kubelet_port, 10255);
  EXPECT_EQ(again->nodes.value[0].addresses, kept.live->nodes.value[0].addresses);
  EXPECT_TRUE(again->nodes.value[0].roles.contains(cluster::Role::kControlPlane));
  ASSERT_EQ(again->cluster_roles.value.size(), 1u);
  EXPECT_EQ(again->cluster_roles.value[0].rules[0].names, std::vector<std::string>{"a"});
  EXPECT_EQ(again->cluster_roles.value[0].rules[1].urls, std::vector<std::string>{"/x"});
  ASSERT_EQ(again->validating.value.size(), 1u);
  const cluster::Webhook& hook = again->validating.value[0];
  EXPECT_TRUE(hook.has_ca && hook.everything && hook.sees_secrets && hook.old_review);
  EXPECT_EQ(hook.failure_policy, "Ignore");
  EXPECT_TRUE(hook.url.starts_with("https://192.0.2.1:9443/")) << hook.url;
  ASSERT_EQ(again->requested.value.size(), 1u);
  EXPECT_EQ(again->requested.value[0].group_version, "apps/v1beta1");
  EXPECT_EQ(again->served.value.size(), 1u);
  EXPECT_TRUE(again->legacy_tokens.known());
}

TEST(KeptClient, HoldsNoSecret) {
  constexpr const char* kMeta =
      R"("annotations":{"kubectl.kubernetes.io/last-applied-configuration":"canary"})";
  const std::string meta = kMeta;
  Answers answers = Plain();
  answers["/api/v1/nodes"] =
      List(R"({"metadata":{"name":"n",)" + meta + R"(},"spec":{"providerID":"canary"}})");
  answers[kRoles] = List(R"({"metadata":{"name":"r",)" + meta + R"(},"rules":[]})");
  answers[kHooks] = List(R"({"metadata":{"name":"c",)" + meta +
                         R"(},"webhooks":[{"name":"h","clientConfig":{
      "url":"https://me:canary@192.0.2.1:9443/canary?t=canary#canary","caBundle":")" +
                         Encoded("-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n") + R"("}}]})");
  answers[std::string(kSystem) + "/secrets"] = List(
      R"({"type":"bootstrap.kubernetes.io/token","metadata":{"name":"bootstrap-token-abcdef",)" +
      meta + R"(},"data":{"token-secret":")" + Encoded("canary") + R"(","description":")" +
      Encoded("canary") + R"(","usage-bootstrap-signing":"dHJ1ZQ=="}},
           {"type":"Opaque","metadata":{"name":"o"},"data":{"expiration":")" +
      Encoded("canary") + R"("}})");
  answers["/api/v1/secrets"] =
      List(R"({"metadata":{"name":"t","namespace":"d",)" + meta.substr(0, meta.size() - 1) +
           R"(,"kubernetes.io/service-account.name":"sa"}},"data":{"token":")" + Encoded("canary") +
           R"("}})");
  answers[std::string(kSystem) + "/configmaps/antrea-config"] = Json(
      R"({"data":{"antrea-agent.conf":"psk: canary\ntrafficEncryptionMode: ipsec\n","x":"canary"}})");
  answers["/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg"] = Json(
      R"({"data":{"net-conf.json":"{\"Backend\":{\"Type\":\"wireguard\",\"PSK\":\"canary\"}}"}})");
  answers["/apis/apps/v1/namespaces/kube-system/daemonsets/weave-net"] = Json(
      R"({"metadata":{"name":"weave-net"},"spec":{"template":{"spec":{"containers":[{"name":"w",
      "env":[{"name":"WEAVE_PASSWORD","value":"canary"},{"name":"OTHER","value":"canary"}]}]}}}})");
  answers["/api/v1/pods"] = List(R"({"metadata":{"name":"p","namespace":"d",)" + meta +
                                 R"(},"spec":{"serviceAccountName":"sa","containers":[{"name":"c",
      "command":["x","--password=canary"],"args":["canary"],"env":[{"name":"A","value":"canary"},
      {"name":"FELIX_WIREGUARDENABLED","value":"canary"}],
      "volumeMounts":[{"name":"v","mountPath":"/data"}],
      "livenessProbe":{"httpGet":{"httpHeaders":[{"name":"A","value":"canary"}]}}}],
      "volumes":[{"name":"v","csi":{"driver":"d","volumeAttributes":{"p":"canary"}}},
      {"name":"s","secret":{"secretName":"mine"}}]}})");
  const std::string all = Keep(answers).All();
  EXPECT_EQ(all.find("canary"), std::string::npos) << all;
  for (const std::string& text : {Encoded("canary"), std::string("Y2FuYX")})
    EXPECT_EQ(all.find(text), std::string::npos) << text;
  for (const char* kept :
       {"\"serviceAccountName\":\"sa\"", "\"mountPath\":\"/data\"", "\"secretName\":\"mine\"",
        "bootstrap-token-abcdef", "ipsec", "https://192.0.2.1:9443/", "service-account.name"})
    EXPECT_NE(all.find(kept), std::string::npos) << kept;
  EXPECT_EQ(all.find("\"name\":\"o\""), std::string::npos) << "a Secret that was not asked for";
}

TEST(KeptClient, KeepsWhatTheNetworkPluginsSay) {
  for (const auto& [map, data, encrypted] :
       {std::tuple("cilium-config", R"({"enable-wireguard":"true"})", true),
        std::tuple("cilium-config", R"({"enable-wireguard":"false"})", false),
        std::tuple("antrea-config", R"({"antrea-agent.conf":"trafficEncryptionMode: ipsec"})",
                   true),
        std::tuple("antrea-config", R"({"antrea-agent.conf":"a: b"})", false),
        std::tuple("kube-flannel-cfg", R"({"net-conf.json":"{\"Backend\":{\"Type\":\"vxlan\"}}"})",
                   false)}) {
    Answers answers = Plain();
    answers[std::string(kSystem) + "/configmaps/" + map] =
        Json(R"({"data":)" + std::string(data) + "}");
    const Kept kept = Keep(answers);
    const auto again = kept.Again();
    EXPECT_EQ(kept.live->pod_traffic.value.encrypted, encrypted) << map << data;
    EXPECT_EQ(again->pod_traffic.value.encrypted, encrypted) << map << data;
    EXPECT_EQ(again->pod_traffic.value.says, kept.live->pod_traffic.value.says) << data;
  }
  Answers broken = Plain();
  broken[std::string(kSystem) + "/configmaps/antrea-config"] =
      Json(R"({"data":{"antrea-agent.conf":"a: [canary"}})");
  const Kept kept = Keep(broken);
  EXPECT_EQ(kept.Again()->pod_traffic.value.encrypted, std::nullopt);
  EXPECT_EQ(kept.All().find("canary"), std::string::npos);
}

TEST(KeptClient, WhereNothingOldWasAskedForThatIsKnownToo) {
  Answers answers = Plain();
  answers["/metrics"] = Json("# TYPE apiserver_audit_event_total counter\nx{a=\"canary\"} 1\n");
  const Kept quiet = Keep(answers);
  EXPECT_TRUE(quiet.Again()->requested.known());
  EXPECT_EQ(quiet.All().find("canary"), std::string::npos);
  answers["/metrics"] = Json("<html>canary</html>");
  EXPECT_FALSE(Keep(answers).Again()->requested.known());
}

TEST(KeptClient, WhatWasRefusedStaysUnknown) {
  Answers answers = Plain();
  answers[kRoles] = Status(403, "User nobody cannot list it");
  answers[kHooks] = Status(500, "boom");
  answers["/api/v1/nodes"] = Json(R"({"kind":"Status"})");
  answers["/api/v1/pods"] = Status(403, "no");
  const Kept kept = Keep(answers);
  EXPECT_NE(kept.All().find("\"status\":403"), std::string::npos);
  const auto again = kept.Again();
  EXPECT_EQ(again->cluster_roles.why, kept.live->cluster_roles.why);
  EXPECT_NE(again->cluster_roles.why.find("403"), std::string::npos);
  EXPECT_EQ(again->cluster_roles.how, kept.live->cluster_roles.how);
  EXPECT_FALSE(again->validating.known());
  EXPECT_FALSE(again->nodes.known());
}

/// 250 nodes, 100 a page; `fail` answers instead of the last page.
testing::Serve Paged(const std::string& fail = "") {
  return [fail, rest = Serving(Plain())](const Asked& asked) {
    if (!asked.target.starts_with("/api/v1/nodes")) return rest(asked);
    const size_t at = asked.target.find("continue=");
    const int begin = at == std::string::npos ? 0 : std::stoi(asked.target.substr(at + 9));
    const int end = std::min(begin + 100, 250);
    if (begin == 200 && !fail.empty()) return fail;
    std::string items;
    for (int i = begin; i < end; ++i)
      items += fmt::format(R"({}{{"metadata":{{"name":"n{}"}}}})", i > begin ? "," : "", i);
    return Json(fmt::format(R"({{"kind":"NodeList","metadata":{{"continue":"{}"}},"items":[{}]}})",
                            end < 250 ? std::to_string(end) : "", items));
  };
}

TEST(KeptClient, ListsOfManyPagesAreWholeOrUnknown) {
  const Kept kept = Keep(Paged());
  const auto again = kept.Again();
  ASSERT_EQ(again->nodes.value.size(), 250u);
  EXPECT_EQ(again->nodes.value[249].name, "n249");
  for (const std::string& fail : {Status(403, "no"), Status(500, "boom"), Json("{"), Json("{}"),
                                  Json(R"({"kind":"NodeList","items":"x"})"),
                                  Json(R"({"kind":"NodeList","items":[1]})"), std::string()}) {
    if (fail.empty()) continue;
    const Kept cut = Keep(Paged(fail));
    EXPECT_FALSE(cut.live->nodes.known()) << fail;
    EXPECT_FALSE(cut.Again()->nodes.known()) << fail;
  }
}

TEST(KeptClient, MoreThanABundleHoldsIsUnknown) {
  const std::string name(4000, 'n');
  const Kept kept = Keep([&, rest = Serving(Plain())](const Asked& asked) {
    if (!asked.target.starts_with(kRoles)) return rest(asked);
    const size_t at = asked.target.find("continue=");
    const int begin = at == std::string::npos ? 0 : std::stoi(asked.target.substr(at + 9));
    std::string items;
    for (int i = 0; i < 100; ++i)
      items += fmt::format(R"({}{{"metadata":{{"name":"{}"}}}})", i > 0 ? "," : "", name);
    return Json(fmt::format(R"({{"kind":"RoleList","metadata":{{"continue":"{}"}},"items":[{}]}})",
                            begin < 30 ? std::to_string(begin + 1) : "", items));
  });
  EXPECT_TRUE(kept.live->cluster_roles.known());
  for (const KeptFile& file : kept.files) EXPECT_LT(file.json.size(), 2 * kLargestKeptFile);
  const auto again = kept.Again();
  EXPECT_FALSE(again->cluster_roles.known());
  EXPECT_NE(again->cluster_roles.why.find("MiB"), std::string::npos) << again->cluster_roles.why;
  EXPECT_TRUE(again->roles.known()) << "others of the same file are";
}

TEST(KeptClient, WhatIsNotInTheBundleIsUnknown) {
  KeptAnswers kept;
  kept.server = "https://192.0.2.1:6443";
  kept.answers["/version"] = {.status = 200,
                              .why = "",
                              .how = "",
                              .kind = "",
                              .body = R"({"gitVersion":"v1.2.3"})",
                              .items = {}};
  KeptClient client(std::move(kept));
  const auto facts = ReadFacts(client);
  ASSERT_TRUE(facts) << facts.error().ToString();
  EXPECT_EQ((*facts)->server, "192.0.2.1:6443");
  EXPECT_NE((*facts)->nodes.why.find("not in the bundle"), std::string::npos);
  EXPECT_FALSE((*facts)->cluster_info.known());
  EXPECT_FALSE((*facts)->pod_traffic.known());
  const auto nodes = NodesOfFacts(*facts, "https://192.0.2.1:6443", {}, {});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_GE(nodes[0].blind_spots.size(), 11u);
}

TEST(KeptClient, HostileFilesAreRefused) {
  std::string deep =
      R"({"server":"x","context":"c","answers":[{"asked":"/x","status":200,"object":)";
  for (int i = 0; i < 200000; ++i) deep += R"({"a":)";
  deep += "1" + std::string(200000, '}') + "}]}";
  for (const std::string& json :
       {std::string(), std::string("{}"), std::string("[]"), std::string("{\"answers\":{}}"),
        std::string(R"({"server":"x","context":"c","answers":[1]})"),
        std::string(R"({"server":"x","context":"c","answers":[{"asked":"/a","status":-1}]})"),
        std::string(R"({"server":"x","context":"c","answers":[{"asked":"/a","status":200}]})"),
        std::string(R"({"server":"x","context":"c","answers":[
            {"asked":"/a","status":0,"why":"","how":""},
            {"asked":"/a","status":0,"why":"","how":""}]})"),
        std::string(R"({"server":1,"context":"c","answers":[]})"), std::string("{\"a\":\"\xff\"}"),
        deep, std::string(17u << 20, ' ')}) {
    KeptAnswers kept;
    const auto ok = ReadKept({"api/cluster.json", json}, kept);
    ASSERT_FALSE(ok) << json.substr(0, 100);
    EXPECT_EQ(ok.error().where, "entry api/cluster.json");
  }
}

TEST(KeptClient, ServiceAccountsWithoutTheirSecrets) {
  Answers answers = Plain();
  answers["/api/v1/serviceaccounts"] = List(
      R"({"metadata":{"name":"ci","namespace":"shop","annotations":{"a":"canary"}},
          "secrets":[{"name":"canary"}],"imagePullSecrets":[{"name":"canary"}],
          "automountServiceAccountToken":false},{"metadata":{"name":"web","namespace":"shop"}})");
  TestServer server{Serving(answers)};
  auto client = ApiClient::Open(server.Stranger(), {.timeout_ms = 2000, .attempts = 1});
  RecordingClient recorder(**client);
  ASSERT_TRUE(recorder.List({.path = kServiceAccounts}, [](const yaml::Value&) {}, [] {}));
  KeptAnswers kept;
  for (const KeptFile& file : WriteKept(recorder.Take())) {
    EXPECT_EQ(file.json.find("canary"), std::string::npos) << file.json;
    ASSERT_TRUE(ReadKept(file, kept));
  }
  KeptAnswers old = kept;
  KeptClient again(std::move(kept));
  const rbac::Workloads workloads = ReadLiveWorkloads(again);
  EXPECT_EQ(workloads.accounts_unread, "");
  EXPECT_EQ(workloads.HasAccount("shop", "ci"), true);
  EXPECT_EQ(workloads.HasAccount("shop", "gone"), false);
  ASSERT_EQ(workloads.accounts.size(), 2u);
  EXPECT_EQ(workloads.accounts[0].automount, false);
  EXPECT_EQ(workloads.accounts[1].automount, std::nullopt);
  // A bundle of before they were kept.
  old.answers.erase(kServiceAccounts);
  KeptClient before(std::move(old));
  const rbac::Workloads unknown = ReadLiveWorkloads(before);
  EXPECT_EQ(unknown.HasAccount("shop", "gone"), std::nullopt);
  EXPECT_EQ(unknown.accounts_unread,
            "/api/v1/serviceaccounts cannot be listed: it is not in the bundle");
}

}  // namespace
}  // namespace seawall::api
