// What has to be there before a change that may lock everybody out: the ways to etcd, its members'
// health, a credential, the cluster's lock; each against servers made of answers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/test_server.h"
#include "etcd/fake_etcd.h"
#include "live/break_glass.h"
#include "live/cluster_lock.h"
#include "live/etcd_doors.h"
#include "live/etcd_health.h"

namespace seawall::live {
namespace {

using api::testing::Asked;
using api::testing::TestServer;
using etcd::testing::FakeAnswer;
using etcd::testing::FakeEtcd;

constexpr const char* kEtcdManifest = "/etc/kubernetes/manifests/etcd.yaml";
constexpr const char* kServerManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";

std::string Manifest(const std::string& name, const std::vector<std::string>& arguments) {
  std::string text = fmt::format(
      "apiVersion: v1\nkind: Pod\nmetadata: {{name: {0}, namespace: kube-system}}\nspec:\n"
      "  containers:\n  - name: {0}\n    image: registry.k8s.io/{0}:v1.37.2\n    command:\n"
      "    - {0}\n",
      name);
  for (const std::string& argument : arguments) text += "    - " + argument + "\n";
  return text;
}

cluster::Node NodeOf(const std::shared_ptr<MemoryFiles>& files) {
  auto node = cluster::ReadNode(files, {});
  EXPECT_TRUE(node);
  return std::move(*node);
}

std::string Url(const FakeEtcd& etcd) {
  return fmt::format("http://127.0.0.1:{}", etcd.Door().server.port);
}

// Messages by hand: fields 1 (varint) and 2 (bytes) suffice.
std::string Number(int field, uint64_t value) {
  std::string text(1, static_cast<char>(field << 3));
  for (; value >= 0x80; value >>= 7) text.push_back(static_cast<char>(value | 0x80));
  return text + static_cast<char>(value);
}
std::string Bytes(int field, const std::string& bytes) {
  return std::string(1, static_cast<char>(field << 3 | 2)) + static_cast<char>(bytes.size()) +
         bytes;
}

std::string Status(uint64_t member, uint64_t leader, const std::string& error = "") {
  std::string text =
      Bytes(1, Number(1, 9) + Number(2, member) + Number(3, 100)) + Number(4, leader);
  if (!error.empty()) text += Bytes(8, error);
  return text;
}

/// Members with their clients' URLs, all of one cluster.
struct Members {
  std::vector<std::string> urls;
  std::string List() const {
    std::string text;
    for (size_t i = 0; i < urls.size(); ++i)
      text += Bytes(2, Number(1, i + 1) + Bytes(2, fmt::format("m{}", i)) + Bytes(4, urls[i]));
    return text;
  }
};

TEST(EtcdDoors, TheApiServersWayIsTheFirst) {
  const auto files = std::make_shared<MemoryFiles>();
  files->Add(kServerManifest, Manifest("kube-apiserver", {"--etcd-servers=https://192.0.2.9:2379,"
                                                          "unix:///run/x.sock",
                                                          "--etcd-cafile=/pki/ca.crt"}));
  files->Add(kEtcdManifest, Manifest("etcd", {"--listen-client-urls=http://0.0.0.0:2379"}));
  const EtcdDoors found = DoorsToEtcd(NodeOf(files));
  ASSERT_EQ(found.doors.size(), 2u);
  EXPECT_EQ(found.doors[0].server.HostPort(), "192.0.2.9:2379");
  EXPECT_TRUE(found.doors[0].server.https);
  EXPECT_EQ(found.doors[1].server.HostPort(), "127.0.0.1:2379");
  EXPECT_FALSE(found.doors[1].server.https);
  ASSERT_EQ(found.why_not.size(), 1u);
  EXPECT_NE(found.why_not[0].find("not reached over the network"), std::string::npos);
}

TEST(EtcdDoors, AMembersCertificateIsShownWhereTheServersIsNoClients) {
  const auto files = std::make_shared<MemoryFiles>();
  constexpr const char* kVolume =
      "    volumeMounts:\n    - {mountPath: /pki, name: p}\n"
      "  volumes:\n  - {name: p, hostPath: {path: /pki}}\n";
  const auto ca = x509::testing::IssueCa("etcd-ca");
  for (const char* name : {"server", "peer"}) {
    x509::testing::TestSubject subject;
    subject.usage = name == std::string("server") ? "serverAuth" : "serverAuth,clientAuth";
    const auto pair = x509::testing::Issue(subject, &ca);
    files->Add(fmt::format("/pki/{}.crt", name), pair.certificate);
    files->Add(fmt::format("/pki/{}.key", name), pair.private_key);
  }
  std::vector<std::string> arguments = {"--listen-client-urls=https://127.0.0.1:2379",
                                        "--cert-file=/pki/server.crt",
                                        "--key-file=/pki/server.key"};
  files->Add(kEtcdManifest, Manifest("etcd", arguments) + kVolume);
  EXPECT_TRUE(DoorsToEtcd(NodeOf(files)).doors.empty());
  arguments.insert(arguments.end(),
                   {"--peer-cert-file=/pki/peer.crt", "--peer-key-file=/pki/peer.key"});
  files->Add(kEtcdManifest, Manifest("etcd", arguments) + kVolume);
  const EtcdDoors found = DoorsToEtcd(NodeOf(files));
  ASSERT_EQ(found.doors.size(), 1u);
  EXPECT_EQ(found.doors[0].certificate, *files->Read("/pki/peer.crt"));
  ASSERT_EQ(found.why_not.size(), 1u);
  EXPECT_TRUE(found.why_not[0].contains("no client's certificate")) << found.why_not[0];
}

TEST(EtcdDoors, WithoutAWayThereIsAReason) {
  const auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/hostname", "x\n");
  const auto opened = OpenEtcd(NodeOf(files));
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().why.find("neither kube-apiserver nor etcd"), std::string::npos);
}

/// Three members, of which the second may be ill.
struct Cluster {
  explicit Cluster(const std::string& error, uint64_t followed = 1)
      : one(Serve(1, "", 1)), two(Serve(2, error, followed)), three(Serve(3, "", 1)) {
    members.urls = {Url(one), Url(two), Url(three)};
    files->Add(kEtcdManifest, Manifest("etcd", {"--listen-client-urls=" + Url(one)}));
  }
  etcd::testing::FakeServe Serve(uint64_t id, const std::string& error, uint64_t leader) {
    return [=, this](const std::string& method) -> FakeAnswer {
      if (method == "Status") return {.messages = {Status(id, leader, error)}};
      return {.messages = {members.List()}};
    };
  }
  Members members;
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  FakeEtcd one, two, three;
};

TEST(EtcdHealth, AllAreAsked) {
  const Cluster cluster("");
  const cluster::Node node = NodeOf(cluster.files);
  const auto health = AskEtcdHealth(node);
  ASSERT_TRUE(health) << health.error().ToString();
  EXPECT_EQ(health->voters, 3u);
  EXPECT_TRUE(health->ill.empty());
  EXPECT_TRUE(QuorumWithoutUs(node));
  EXPECT_EQ(IllnessOfEtcd(node), "");
}

TEST(EtcdHealth, OneThatIsIllStopsARestart) {
  {
    const Cluster cluster("alarm: CORRUPT");
    const auto quorum = QuorumWithoutUs(NodeOf(cluster.files));
    ASSERT_FALSE(quorum);
    EXPECT_NE(quorum.error().why.find("member m1: alarm: CORRUPT"), std::string::npos);
  }
  {
    const Cluster cluster("", 0);
    const auto quorum = QuorumWithoutUs(NodeOf(cluster.files));
    ASSERT_FALSE(quorum);
    EXPECT_NE(quorum.error().why.find("knows no leader"), std::string::npos);
  }
  Cluster cluster("");
  cluster.members.urls[2] = "http://127.0.0.1:1";
  const auto quorum = QuorumWithoutUs(NodeOf(cluster.files));
  ASSERT_FALSE(quorum);
  EXPECT_NE(quorum.error().why.find("member m2"), std::string::npos) << quorum.error().why;
}

TEST(EtcdHealth, TwoMembersHaveNoQuorumWithoutEachOther) {
  Cluster cluster("");
  cluster.members.urls.pop_back();
  const auto quorum = QuorumWithoutUs(NodeOf(cluster.files));
  ASSERT_FALSE(quorum);
  EXPECT_NE(quorum.error().why.find("two members"), std::string::npos);
  cluster.members.urls.pop_back();
  EXPECT_TRUE(QuorumWithoutUs(NodeOf(cluster.files)));
}

/// kubeadm's first member names itself only in --initial-cluster, also when others have joined.
TEST(EtcdHealth, WhoCannotAskDoesNotKnowThatItIsTheOnlyMember) {
  const auto files = std::make_shared<MemoryFiles>();
  files->Add(kEtcdManifest, Manifest("etcd", {"--listen-client-urls=http://127.0.0.1:1",
                                              "--initial-cluster=a=http://192.0.2.1:2380"}));
  const auto quorum = QuorumWithoutUs(NodeOf(files));
  ASSERT_FALSE(quorum);
  EXPECT_NE(quorum.error().why.find("cannot be asked"), std::string::npos) << quorum.error().why;
  files->Add(kEtcdManifest, Manifest("etcd", {"--listen-client-urls=unix:///run/etcd.sock"}));
  EXPECT_TRUE(QuorumWithoutUs(NodeOf(files)));
  files->Add(kEtcdManifest, Manifest("etcd", {"--listen-client-urls=unix:///run/etcd.sock",
                                              "--initial-cluster=a=http://192.0.2.1:2380,"
                                              "b=http://192.0.2.2:2380"}));
  EXPECT_FALSE(QuorumWithoutUs(NodeOf(files)));
}

std::string Review(bool allowed) {
  return api::testing::Answer(
      201,
      fmt::format(R"({{"kind":"SelfSubjectAccessReview","status":{{"allowed":{}}}}})", allowed));
}

/// A kubeconfig for the server, with a certificate or a token.
std::string Kubeconfig(const TestServer& server, bool certificate) {
  const auto leaf = x509::testing::IssueLeaf(server.ca(), "admin", "system:masters");
  const std::string user = certificate
                               ? fmt::format("client-certificate-data: {}, client-key-data: {}",
                                             x509::testing::Base64(leaf.certificate),
                                             x509::testing::Base64(leaf.private_key))
                               : "token: x";
  return x509::testing::KubeconfigText(
      fmt::format("server: 'https://127.0.0.1:{}', certificate-authority-data: {}", server.port(),
                  x509::testing::Base64(server.ca().certificate)),
      user);
}

TEST(BreakGlass, IsTriedAndHasToBeLetDoEverything) {
  bool allowed = true;
  int ready = 200;
  const TestServer server([&](const Asked& asked) {
    if (asked.target == "/readyz") return api::testing::Answer(ready, "ok");
    EXPECT_EQ(asked.method, "POST");
    EXPECT_NE(asked.body.find(R"("verb":"*")"), std::string::npos);
    EXPECT_EQ(asked.client, "admin");
    return Review(allowed);
  });
  const auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/kubernetes/admin.conf", Kubeconfig(server, true));
  auto found = FindBreakGlass(NodeOf(files), "");
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(found->file, "/etc/kubernetes/admin.conf");
  allowed = false;
  EXPECT_FALSE(TryBreakGlass(NodeOf(files), *found));
  found = FindBreakGlass(NodeOf(files), "");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().why.find("may not do everything"), std::string::npos);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  allowed = true;
  ready = 500;
  found = FindBreakGlass(NodeOf(files), "");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kIo) << "it is worth asking again";
}

TEST(BreakGlass, AloneACertificateIsOne) {
  const TestServer server([&](const Asked&) { return Review(true); });
  const auto files = std::make_shared<MemoryFiles>();
  files->Add("/root/token.conf", Kubeconfig(server, false));
  auto found = FindBreakGlass(NodeOf(files), "/root/token.conf");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().why.find("no client certificate"), std::string::npos);
  found = FindBreakGlass(NodeOf(files), "");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().why.find("there is none of"), std::string::npos);
  EXPECT_NE(found.error().todo.find("--without-break-glass"), std::string::npos);
  EXPECT_EQ(server.connections(), 0);
}

/// An API server that keeps one lease.
struct Leases {
  TestServer server{[this](const Asked& asked) { return Serve(asked); }, false};
  std::string lease;
  int version = 0;
  int races = 0;  ///< writes that somebody else is quicker than

  std::string Serve(const Asked& asked) {
    if (asked.method == "GET")
      return lease.empty() ? api::testing::Status(404, "none") : api::testing::Json(lease);
    if (races > 0) {
      --races;
      return api::testing::Status(409, "conflict");
    }
    const bool known =
        asked.body.find(fmt::format(R"("resourceVersion":"{}")", version)) != std::string::npos;
    if (asked.method != "POST" && !known) return api::testing::Status(409, "conflict");
    if (asked.method == "DELETE") {
      lease.clear();
      return api::testing::Json("{}");
    }
    ++version;
    lease = asked.body;
    const std::string name = R"("namespace":"kube-system")";
    const std::string head = lease.substr(0, lease.find(name) + name.size());
    lease = head + fmt::format(R"(,"resourceVersion":"{}")", version) +
            lease.substr(lease.find(R"(},"spec")"));
    return api::testing::Answer(asked.method == "POST" ? 201 : 200, lease);
  }
  std::shared_ptr<api::ApiClient> Client() {
    auto client = api::ApiClient::Open(server.Stranger());
    EXPECT_TRUE(client);
    return std::move(*client);
  }
};

TEST(ClusterLock, OneAtATime) {
  Leases leases;
  auto first = ClusterLock::Take(leases.Client(), {"host a, process 1"}, 1000);
  ASSERT_TRUE(first) << first.error().ToString();
  EXPECT_NE(leases.lease.find("1970-01-01T00:16:40.000000Z"), std::string::npos) << leases.lease;
  const auto second = ClusterLock::Take(leases.Client(), {"host b, process 2"}, 1100);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kPermission);
  EXPECT_NE(second.error().why.find("host a, process 1 holds it"), std::string::npos);
  EXPECT_NE(second.error().why.find("100 s ago"), std::string::npos) << second.error().why;
  EXPECT_NE(second.error().todo.find("seawall harden unlock"), std::string::npos);
  EXPECT_TRUE(first->Renew(1800));
  EXPECT_FALSE(ClusterLock::Take(leases.Client(), {"host b, process 2"}, 2600));
  EXPECT_TRUE(first->Release());
  EXPECT_EQ(leases.lease, "");
  EXPECT_TRUE(ClusterLock::Take(leases.Client(), {"host b, process 2"}, 2600));
}

TEST(ClusterLock, WhoIsGoneLosesIt) {
  Leases leases;
  auto first = ClusterLock::Take(leases.Client(), {"a"}, 1000);
  ASSERT_TRUE(first);
  ASSERT_TRUE(ClusterLock::Take(leases.Client(), {"b"}, 1000 + ClusterLock::kSeconds + 1));
  const auto renewed = first->Renew(2000);
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().code, ErrorCode::kPermission);
  EXPECT_TRUE(first->Release());
  EXPECT_NE(leases.lease, "") << "it was another one's";
  ASSERT_TRUE(ClusterLock::Take(leases.Client(), {"c", true}, 2000));
  EXPECT_NE(leases.lease.find(R"("holderIdentity":"c")"), std::string::npos);
  EXPECT_EQ(*Unlock(*leases.Client(), "b"), "");
  EXPECT_EQ(*Unlock(*leases.Client(), ""), "c");
  EXPECT_EQ(*Unlock(*leases.Client(), ""), "");
}

TEST(ClusterLock, WhoIsSeenToBeGoneLosesItAtOnce) {
  Leases leases;
  ASSERT_TRUE(ClusterLock::Take(leases.Client(), {"cp-0, process 7"}, 1000));
  const auto gone = [](const char* who) {
    return [who](std::string_view holder) { return holder == who; };
  };
  EXPECT_FALSE(ClusterLock::Take(leases.Client(), {"b", false, gone("cp-1, process 7")}, 1001));
  EXPECT_TRUE(ClusterLock::Take(leases.Client(), {"b", false, gone("cp-0, process 7")}, 1001));
  EXPECT_NE(leases.lease.find(R"("holderIdentity":"b")"), std::string::npos) << leases.lease;
}

TEST(ClusterLock, ARaceIsRunAgainAndNotForEver) {
  Leases leases;
  leases.races = 2;
  EXPECT_TRUE(ClusterLock::Take(leases.Client(), {"a\"}{"}, 1000));
  EXPECT_NE(leases.lease.find(R"("holderIdentity":"a???")"), std::string::npos) << leases.lease;
  leases.races = 100;
  EXPECT_FALSE(ClusterLock::Take(leases.Client(), {"a"}, 1000));
}

}  // namespace
}  // namespace seawall::live
