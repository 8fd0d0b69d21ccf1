#include "rules/whole/test_cluster.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;
using x509::testing::Issue;
using x509::testing::IssueCa;
using x509::testing::IssueLeaf;
using x509::testing::TestPair;

cluster::Component& Of(TestNode& node, ComponentKind kind) {
  for (cluster::Component& component : node.node.components) {
    if (component.kind == kind) return component;
  }
  return node.Add(kind);
}

/// Names `path` in a setting and puts `text` there; "" leaves the file away.
void Put(TestNode& node, ComponentKind kind, const char* setting, const std::string& path,
         const std::string& text) {
  TestNode::Set(Of(node, kind), setting, path);
  if (!text.empty()) node.files().Add(path, text);
}

// ---- trust

TEST(Trust, EtcdAndApiServers) {
  constexpr const char* kRule = "cluster-etcd-and-apiservers";
  const TestPair ca = IssueCa("etcd-ca");
  const TestPair foreign = IssueCa("etcd-ca");
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  TestNode& etcd = all.Add("etcd-0");
  EXPECT_EQ(all.Verdict(kRule), "not-applicable");
  Put(cp, ComponentKind::kApiServer, "etcd-cafile", "/pki/etcd-ca.crt", ca.certificate);
  Put(cp, ComponentKind::kApiServer, "etcd-certfile", "/pki/client.crt",
      IssueLeaf(ca, "client").certificate);
  Put(etcd, ComponentKind::kEtcd, "cert-file", "/pki/server.crt",
      IssueLeaf(ca, "etcd-0").certificate);
  Put(etcd, ComponentKind::kEtcd, "trusted-ca-file", "/pki/ca.crt", ca.certificate);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  // Of the same name, and another CA: only the signature tells them apart.
  Put(etcd, ComponentKind::kEtcd, "trusted-ca-file", "/pki/ca.crt", foreign.certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  ASSERT_EQ(all.last.evidence.size(), 2u);
  EXPECT_EQ(all.last.evidence[0].node, "cp-0");
  EXPECT_EQ(all.last.evidence[1].node, "etcd-0");
  EXPECT_EQ(all.last.evidence[1].place.file, "/pki/ca.crt");
  etcd.files().Break("/pki/ca.crt", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, PeersOfEtcd) {
  constexpr const char* kRule = "cluster-etcd-peers-trusted";
  const TestPair ca = IssueCa("peers");
  const TestPair foreign = IssueCa("others");
  TestCluster all = Several(ComponentKind::kEtcd, 2);
  for (size_t i = 0; i < 2; ++i) {
    Put(all[i], ComponentKind::kEtcd, "peer-cert-file", "/pki/peer.crt",
        IssueLeaf(ca, "peer").certificate);
    Put(all[i], ComponentKind::kEtcd, "peer-trusted-ca-file", "/pki/ca.crt", ca.certificate);
  }
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  all[1].files().Add("/pki/peer.crt", IssueLeaf(foreign, "peer").certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  TestNode::Hide(Of(all[1], ComponentKind::kEtcd), "peer-cert-file");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, KubeletsAndApiServers) {
  constexpr const char* kRule = "cluster-kubelets-and-apiservers";
  const TestPair ca = IssueCa("kubernetes");
  const TestPair foreign = IssueCa("kubernetes");
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  TestNode& worker = all.Add("w-0");
  Put(cp, ComponentKind::kApiServer, "kubelet-client-certificate", "/pki/kubelet-client.crt",
      IssueLeaf(ca, "apiserver").certificate);
  Put(cp, ComponentKind::kApiServer, "client-ca-file", "/pki/ca.crt", ca.certificate);
  Put(worker, ComponentKind::kKubelet, "authentication.x509.clientCAFile", "/pki/ca.crt",
      ca.certificate);
  const TestPair client = IssueLeaf(ca, "system:node:w-0", "system:nodes");
  const auto kubeconfig = [&](const TestPair& authority, const TestPair& user) {
    return x509::testing::KubeconfigText(x509::testing::ClusterOf(authority),
                                         x509::testing::UserOf(user));
  };
  Put(worker, ComponentKind::kKubelet, "kubeconfig", "/etc/kubelet.conf", kubeconfig(ca, client));
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  Put(worker, ComponentKind::kKubelet, "authentication.x509.clientCAFile", "/pki/ca.crt",
      foreign.certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  Put(worker, ComponentKind::kKubelet, "authentication.x509.clientCAFile", "/pki/ca.crt",
      ca.certificate);
  Put(worker, ComponentKind::kKubelet, "kubeconfig", "/etc/kubelet.conf",
      kubeconfig(ca, IssueLeaf(foreign, "system:node:w-0")));
  EXPECT_EQ(all.Verdict(kRule), "fail");
  worker.files().Break("/etc/kubelet.conf", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, ClientsKnowTheApiServer) {
  constexpr const char* kRule = "cluster-clients-know-apiservers";
  const TestPair ca = IssueCa("kubernetes");
  const TestPair foreign = IssueCa("kubernetes");
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  TestNode& worker = all.Add("w-0");
  Put(cp, ComponentKind::kApiServer, "tls-cert-file", "/pki/apiserver.crt",
      IssueLeaf(ca, "kube-apiserver").certificate);
  const auto kubeconfig = [&](const TestPair& authority) {
    return x509::testing::KubeconfigText(x509::testing::ClusterOf(authority), "token: abcdef");
  };
  Put(worker, ComponentKind::kKubelet, "kubeconfig", "/etc/kubelet.conf", kubeconfig(ca));
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  Put(worker, ComponentKind::kKubelet, "kubeconfig", "/etc/kubelet.conf", kubeconfig(foreign));
  EXPECT_EQ(all.Verdict(kRule), "fail");
  cp.files().Break("/pki/apiserver.crt", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, AKubeletThatKnowsNoApiServerShowsItNothing) {
  constexpr const char* kRule = "cluster-clients-know-apiservers";
  const TestPair ca = IssueCa("kubernetes");
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  TestNode& etcd = all.Add("etcd-0");
  Put(cp, ComponentKind::kApiServer, "tls-cert-file", "/pki/apiserver.crt",
      IssueLeaf(ca, "kube-apiserver").certificate);
  Of(etcd, ComponentKind::kKubelet);
  EXPECT_EQ(all.Verdict(kRule), "not-applicable") << all.last.reason;
  Put(etcd, ComponentKind::kKubelet, "kubeconfig", "/etc/kubelet.conf", "");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, TheSigningCa) {
  constexpr const char* kRule = "cluster-signing-ca-trusted";
  const TestPair ca = IssueCa("kubernetes");
  const TestPair foreign = IssueCa("kubernetes");
  TestCluster all;
  TestNode& one = all.Add("cp-0");
  TestNode& other = all.Add("cp-1");
  Put(one, ComponentKind::kApiServer, "client-ca-file", "/pki/ca.crt", ca.certificate);
  Put(other, ComponentKind::kControllerManager, "cluster-signing-cert-file", "/pki/ca.crt",
      ca.certificate);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  other.files().Add("/pki/ca.crt", foreign.certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  TestNode::Hide(Of(other, ComponentKind::kControllerManager), "cluster-signing-cert-file");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Trust, TokensAreVerifiedByEveryServer) {
  constexpr const char* kRule = "cluster-tokens-verified";
  const TestPair key = Issue({});
  const TestPair old = Issue({});
  TestCluster all;
  TestNode& one = all.Add("cp-0");
  TestNode& other = all.Add("cp-1");
  Put(one, ComponentKind::kControllerManager, "service-account-private-key-file", "/pki/sa.key",
      key.private_key);
  // Certificates count as the public keys in them; a file may hold several.
  Put(other, ComponentKind::kApiServer, "service-account-key-file", "/pki/sa.pub",
      old.certificate + key.certificate);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  other.files().Add("/pki/sa.pub", old.certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  other.files().Break("/pki/sa.pub", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

// ---- keys

TEST(SharedKeys, OneKeyOnTwoNodes) {
  constexpr const char* kRule = "cluster-keys-not-shared";
  const TestPair ca = IssueCa("etcd-ca");
  const TestPair peer = IssueLeaf(ca, "peer");
  TestCluster all = Several(ComponentKind::kEtcd, 2);
  for (size_t i = 0; i < 2; ++i)
    Put(all[i], ComponentKind::kEtcd, "peer-cert-file", "/pki/peer.crt",
        IssueLeaf(ca, "peer").certificate);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  // Another certificate of the same key, too.
  all[0].files().Add("/pki/peer.crt", peer.certificate);
  all[1].files().Add("/pki/peer.crt", Issue({}, &ca, peer.key).certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  EXPECT_NE(all.last.reason.find("cp-0, cp-1"), std::string::npos) << all.last.reason;
  all[0].files().Add("/pki/peer.crt", IssueLeaf(ca, "peer").certificate);
  all[1].files().Break("/pki/peer.crt", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(SharedKeys, ACasKeyOnAWorker) {
  constexpr const char* kRule = "cluster-signing-keys-stay";
  const TestPair ca = IssueCa("kubernetes");
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  Put(cp, ComponentKind::kApiServer, "client-ca-file", "/etc/kubernetes/pki/ca.crt",
      ca.certificate);
  cp.files().Add("/etc/kubernetes/pki/ca.key", ca.private_key);
  TestNode& worker = all.Add("w-0");
  worker.Add(ComponentKind::kKubelet);
  worker.files().Add("/etc/kubernetes/pki/mine.key", Issue({}).private_key);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  worker.files().Add("/etc/kubernetes/pki/mine.key", ca.private_key);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  EXPECT_EQ(all.last.evidence.at(0).node, "w-0");
  EXPECT_EQ(all.last.evidence.at(0).place.file, "/etc/kubernetes/pki/mine.key");
  worker.files().Break("/etc/kubernetes/pki/mine.key", ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

// ---- etcd

void SetMember(TestNode& node, const std::string& name, const std::string& list,
               const std::string& state = "new") {
  cluster::Component& etcd = Of(node, ComponentKind::kEtcd);
  TestNode::Set(etcd, "name", name);
  TestNode::Set(etcd, "initial-cluster", list);
  TestNode::Set(etcd, "initial-cluster-state", state);
}

TEST(Members, MeanTheSameCluster) {
  constexpr const char* kRule = "cluster-etcd-members-agree";
  constexpr const char* kBoth = "a=https://192.0.2.1:2380,b=https://192.0.2.2:2380";
  TestCluster all = Several(ComponentKind::kEtcd, 2);
  SetMember(all[0], "a", kBoth);
  SetMember(all[1], "b", "b=https://192.0.2.2:2380,a=https://192.0.2.1:2380");
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  SetMember(all[1], "b", "b=https://192.0.2.2:2380,a=https://192.0.2.99:2380");
  EXPECT_EQ(all.Verdict(kRule), "fail") << "another place for a";
  SetMember(all[1], "b", "b=https://192.0.2.2:2380,c=https://192.0.2.1:2380");
  EXPECT_EQ(all.Verdict(kRule), "fail") << "another name for a";
  SetMember(all[1], "c", kBoth);
  EXPECT_EQ(all.Verdict(kRule), "fail") << "not in its own list";
  SetMember(all[1], "b", "b=https://192.0.2.2:2380");
  EXPECT_EQ(all.Verdict(kRule), "fail") << "each begins a cluster of its own";
  // kubeadm's first member knows only itself; those that joined know those before them.
  SetMember(all[0], "a", "a=https://192.0.2.1:2380");
  SetMember(all[1], "b", kBoth, "existing");
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  TestNode::Set(Of(all[1], ComponentKind::kEtcd), "initial-cluster-token", "other");
  EXPECT_EQ(all.Verdict(kRule), "fail");
  TestNode::Hide(Of(all[1], ComponentKind::kEtcd), "initial-cluster-token");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

TEST(Members, HaveOneMinorVersion) {
  constexpr const char* kRule = "cluster-etcd-versions-match";
  TestCluster all = Several(ComponentKind::kEtcd, 2);
  Of(all[0], ComponentKind::kEtcd).version->patch = 4;
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  Of(all[1], ComponentKind::kEtcd).version->minor = 5;
  EXPECT_EQ(all.Verdict(kRule), "fail");
  Of(all[1], ComponentKind::kEtcd).version.reset();
  EXPECT_EQ(all.Verdict(kRule), "unknown");
}

TEST(Members, AreWhoIsAsked) {
  constexpr const char* kRule = "cluster-etcd-endpoints-are-members";
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  TestNode& etcd = all.Add("etcd-0");
  const auto asks = [&](const std::string& urls) {
    TestNode::Set(Of(cp, ComponentKind::kApiServer), "etcd-servers", urls);
    return all.Verdict(kRule);
  };
  EXPECT_EQ(asks("https://192.0.2.1:2379"), "unknown") << "no etcd was given";
  SetMember(etcd, "a", "a=https://192.0.2.1:2380,b=https://192.0.2.2:2380");
  TestNode::Set(Of(etcd, ComponentKind::kEtcd), "advertise-client-urls", "https://192.0.2.1:2379");
  TestNode::Set(Of(etcd, ComponentKind::kEtcd), "listen-client-urls", "https://192.0.2.1:2379");
  EXPECT_EQ(asks("https://192.0.2.1:2379"), "pass") << all.last.reason;
  EXPECT_EQ(asks("https://192.0.2.1:2379,https://192.0.2.2:2379"), "unknown") << all.last.reason;
  EXPECT_EQ(asks("https://192.0.2.1:2379,https://192.0.2.77:2379"), "fail");
  EXPECT_EQ(asks("https://etcd.example:2379"), "unknown");
  // Its own certificate says whose name that is.
  const TestPair ca = IssueCa("etcd-ca");
  x509::testing::TestSubject named;
  named.names = "DNS:etcd.example";
  Put(etcd, ComponentKind::kEtcd, "cert-file", "/pki/server.crt", Issue(named, &ca).certificate);
  EXPECT_EQ(asks("https://etcd.example:2379"), "pass") << all.last.reason;
  EXPECT_EQ(asks("https://127.0.0.1:2379"), "fail") << "its own etcd, and it has none";
  TestNode::Set(Of(cp, ComponentKind::kEtcd), "listen-client-urls", "https://127.0.0.1:2379");
  EXPECT_EQ(asks("https://127.0.0.1:2379"), "pass") << all.last.reason;
}

TEST(Members, StandApart) {
  constexpr const char* kRule = "cluster-etcd-apart";
  TestCluster all;
  TestNode& cp = all.Add("cp-0");
  cp.Add(ComponentKind::kApiServer);
  TestNode& etcd = all.Add("etcd-0");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << "nobody gave it";
  etcd.Add(ComponentKind::kEtcd);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  cp.Add(ComponentKind::kEtcd);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  EXPECT_EQ(all.last.evidence.at(0).node, "cp-0");
}

// ---- nodes

TEST(Nodes, VersionsAreWithinThePolicy) {
  constexpr const char* kRule = "cluster-versions-fit";
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  all.Add("w-0").Add(ComponentKind::kKubelet);
  all[0].Add(ComponentKind::kControllerManager);
  const auto with = [&](int first, int second, int kubelet, int manager) {
    Of(all[0], ComponentKind::kApiServer).version->minor = first;
    Of(all[1], ComponentKind::kApiServer).version->minor = second;
    Of(all[2], ComponentKind::kKubelet).version->minor = kubelet;
    Of(all[0], ComponentKind::kControllerManager).version->minor = manager;
    return all.Verdict(kRule);
  };
  EXPECT_EQ(with(37, 37, 37, 37), "pass") << all.last.reason;
  EXPECT_EQ(with(37, 36, 36, 36), "pass") << all.last.reason;
  EXPECT_EQ(with(37, 35, 35, 35), "fail") << "API servers two apart";
  EXPECT_EQ(with(37, 36, 37, 36), "fail") << "newer than the oldest API server";
  EXPECT_EQ(with(37, 37, 34, 37), "pass") << all.last.reason;
  EXPECT_EQ(with(37, 37, 33, 37), "fail");
  EXPECT_EQ(with(27, 27, 25, 27), "pass") << all.last.reason;
  EXPECT_EQ(with(27, 27, 24, 27), "fail") << "before 1.25 two at most";
  EXPECT_EQ(with(37, 37, 37, 35), "fail") << "a controller manager two behind";
  EXPECT_EQ(with(37, 37, 37, 38), "fail");
  with(37, 37, 37, 37);
  Of(all[2], ComponentKind::kKubelet).version.reset();
  EXPECT_EQ(all.Verdict(kRule), "unknown");
}

TEST(Nodes, WhoIsMissing) {
  constexpr const char* kRule = "cluster-nodes-complete";
  TestCluster all = Several(ComponentKind::kEtcd, 2);
  SetMember(all[0], "a", "a=https://192.0.2.1:2380,b=https://192.0.2.2:2380");
  SetMember(all[1], "b", "a=https://192.0.2.1:2380,b=https://192.0.2.2:2380");
  EXPECT_EQ(all.Verdict(kRule), "unknown");
  EXPECT_TRUE(all.Ask(kRule).manual) << "only the API would know";
  all.listed = {"cp-0", "CP-1"};
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  all.listed = {"cp-0", "cp-1", "w-0"};
  EXPECT_EQ(all.Verdict(kRule), "unknown");
  EXPECT_FALSE(all.Ask(kRule).manual);
  EXPECT_NE(all.last.reason.find("w-0"), std::string::npos) << all.last.reason;
  all.listed.reset();
  SetMember(all[1], "b", "a=https://192.0.2.1:2380,b=https://192.0.2.2:2380,c=https://192.0.2.3:1");
  EXPECT_FALSE(all.Ask(kRule).manual) << "etcd knows one more";
}

TEST(Whole, OneNodeIsNothingToCompare) {
  TestCluster all = Several(ComponentKind::kEtcd, 1);
  for (const Rule& rule : AllRules()) {
    if (rule.check_whole == nullptr) continue;
    EXPECT_EQ(all.Verdict(rule.id), "not-applicable") << rule.id;
  }
}

TEST(Whole, WhatCouldNotBeReadGivesNoPass) {
  Cluster cluster;
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  for (size_t i = 0; i < 2; ++i) cluster.Add(FactsOf(all[i].node, Inventory(all[i].node)));
  cluster.AddUnread("cp-2", {ErrorCode::kNotFound, "read", "/backup/cp-2", "it is not there", ""});
  for (const Finding& finding : cluster.Judge({})) {
    EXPECT_NE(finding.outcome.verdict, Verdict::kPass)
        << finding.rule->id << ": " << finding.outcome.reason;
  }
}

}  // namespace
}  // namespace seawall::rules::whole
