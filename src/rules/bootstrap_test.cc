#include "rules/machine_rules.h"
#include "rules/test_node.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::RunBy;

TEST(Bootstrap, TokensAndNotATokenFile) {
  TestNode node;
  Component& apiserver = node.Add(ComponentKind::kApiServer);
  EXPECT_EQ(node.Verdict("bootstrap-token-auth"), "fail") << "off by default";
  TestNode::Set(apiserver, "enable-bootstrap-token-auth", "true");
  EXPECT_EQ(node.Verdict("bootstrap-token-auth"), "pass");
  TestNode::Set(apiserver, "token-auth-file", "/tokens.csv");
  EXPECT_EQ(node.Verdict("bootstrap-token-auth"), "fail");
  TestNode::Hide(apiserver, "token-auth-file");
  EXPECT_EQ(node.Verdict("bootstrap-token-auth"), "unknown");
}

TEST(Bootstrap, TheApiServerAcceptsWhatTheManagerSigns) {
  TestPair ca = IssueCa("ca"), other = IssueCa("other");
  TestNode node;
  node.Add(ComponentKind::kApiServer);
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "fail");
  TestNode::Set(node.node.components[0], "client-ca-file", "/ca.crt");
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "unknown");
  node.files().Add("/ca.crt", ca.certificate);
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "unknown") << "no controller manager here";
  Component& manager = node.Add(ComponentKind::kControllerManager);
  TestNode::Set(manager, "cluster-signing-cert-file", "/sign.crt");
  node.files().Add("/sign.crt", ca.certificate);
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "pass") << node.last.reason;
  node.files().Add("/sign.crt", other.certificate);
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "fail");
  node.files().Add("/ca.crt", ca.certificate + other.certificate);
  EXPECT_EQ(node.Verdict("bootstrap-client-ca"), "pass") << "a bundle";
}

TEST(Bootstrap, TheManagerSigns) {
  TestPair ca = IssueCa("ca");
  TestNode node;
  Component& manager = node.Add(ComponentKind::kControllerManager);
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "fail");
  TestNode::Set(manager, "cluster-signing-cert-file", "/ca.crt");
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "fail") << "without its key";
  TestNode::Set(manager, "cluster-signing-key-file", "/ca.key");
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "unknown") << "neither is there";
  node.files().Add("/ca.crt", ca.certificate);
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "unknown") << "the key is not there";
  node.files().Add("/ca.key", ca.private_key);
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "pass") << node.last.reason;
  node.files().Add("/ca.crt", ca.certificate + IssueCa("b").certificate);
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "fail") << "the signer takes one certificate";
  node.files().Add("/ca.crt", IssueLeaf(ca, "x").certificate);
  EXPECT_EQ(node.Verdict("cluster-signing-pair"), "fail") << "it is no CA";
  TestNode kubelets;
  Component& own = kubelets.Add(ComponentKind::kControllerManager);
  TestNode::Set(own, "cluster-signing-kubelet-client-cert-file", "/ca.crt");
  TestNode::Set(own, "cluster-signing-kubelet-client-key-file", "/ca.key");
  kubelets.files().Add("/ca.crt", ca.certificate);
  kubelets.files().Add("/ca.key", ca.private_key);
  EXPECT_EQ(kubelets.Verdict("cluster-signing-pair"), "pass") << kubelets.last.reason;
}

struct Case {
  const char* rule;
  const char* setting;
  const char* value;
  const char* verdict;
};

constexpr Case kManagerCases[] = {
    {"cluster-signing-duration", nullptr, nullptr, "pass"},
    {"cluster-signing-duration", "cluster-signing-duration", "8760h0m0s", "pass"},
    {"cluster-signing-duration", "cluster-signing-duration", "8761h0m0s", "fail"},
    {"csr-controllers-on", nullptr, nullptr, "pass"},
    {"csr-controllers-on", "controllers", "*,-csrsigning", "fail"},
    {"csr-controllers-on", "controllers", "*,-certificatesigningrequest-approving-controller",
     "fail"},
    {"csr-controllers-on", "controllers", "-csrsigning,*", "fail"},
    {"csr-controllers-on", "controllers", "csrsigning,csrapproving", "pass"},
    {"csr-controllers-on", "controllers", "csrsigning", "fail"},
    {"bootstrap-tokens-cleaned", "controllers", "*,bootstrapsigner,tokencleaner", "pass"},
    {"bootstrap-tokens-cleaned", "controllers",
     "*,bootstrap-signer-controller,token-cleaner-controller", "pass"},
    {"bootstrap-tokens-cleaned", nullptr, nullptr, "unknown"},  // no API server to ask
};

TEST(Bootstrap, TheManagersSettings) {
  for (const Case& c : kManagerCases) {
    TestNode node;
    Component& manager = node.Add(ComponentKind::kControllerManager);
    if (c.setting != nullptr) TestNode::Set(manager, c.setting, c.value);
    EXPECT_EQ(node.Verdict(c.rule), c.verdict)
        << c.rule << " " << (c.value ? c.value : "(default)") << ": " << node.last.reason;
    if (c.setting == nullptr) continue;
    TestNode::Hide(node.node.components[0], c.setting);
    EXPECT_EQ(node.Verdict(c.rule), "unknown") << c.rule;
  }
}

TEST(Bootstrap, TokensAreCleanedWhereTheyAreOn) {
  TestNode node;
  Component& apiserver = node.Add(ComponentKind::kApiServer);
  TestNode::Set(apiserver, "enable-bootstrap-token-auth", "true");
  node.Add(ComponentKind::kControllerManager);
  EXPECT_EQ(node.Verdict("bootstrap-tokens-cleaned"), "fail");
  TestNode::Set(node.node.components[0], "enable-bootstrap-token-auth", "false");
  EXPECT_EQ(node.Verdict("bootstrap-tokens-cleaned"), "not-applicable");
}

TEST(Bootstrap, TheKubeletCanBeginByItself) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("kubelet-bootstraps"), "fail");
  TestNode::Set(kubelet, "kubeconfig", "/k.conf");
  EXPECT_EQ(node.Verdict("kubelet-bootstraps"), "fail");
  TestNode::Set(kubelet, "bootstrap-kubeconfig", "/b.conf");
  EXPECT_EQ(node.Verdict("kubelet-bootstraps"), "pass");
  TestNode::Hide(kubelet, "kubeconfig");
  EXPECT_EQ(node.Verdict("kubelet-bootstraps"), "unknown");
}

/// A kubelet that has joined.
struct Joined {
  TestNode node;
  TestPair ca = IssueCa("kubernetes");
  TestPair own = IssueLeaf(ca, "system:node:n", "system:nodes");

  Joined() {
    Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
    TestNode::Set(kubelet, "kubeconfig", "/etc/kubernetes/kubelet.conf");
    TestNode::Set(kubelet, "bootstrap-kubeconfig", "/etc/kubernetes/bootstrap-kubelet.conf");
    const std::string folder = "/var/lib/kubelet/pki/";
    node.files().Add(folder + "kubelet-client-2027-01-01-00-00-00.pem",
                     own.certificate + own.private_key);
    node.files().AddLink(folder + "kubelet-client-current.pem",
                         folder + "kubelet-client-2027-01-01-00-00-00.pem");
    Put("client-certificate: " + folder + "kubelet-client-current.pem, client-key: " + folder +
        "kubelet-client-current.pem");
  }
  void Put(const std::string& user) {
    node.files().Add("/etc/kubernetes/kubelet.conf", KubeconfigText(ClusterOf(ca), user));
  }
};

TEST(Bootstrap, TheBootstrapKubeconfigGoes) {
  Joined joined;
  EXPECT_EQ(joined.node.Verdict("kubelet-bootstrap-kubeconfig-removed"), "pass")
      << joined.node.last.reason;
  joined.node.files().Add("/etc/kubernetes/bootstrap-kubelet.conf",
                          KubeconfigText(ClusterOf(joined.ca), "token: abcdef.0123456789abcdef"));
  EXPECT_EQ(joined.node.Verdict("kubelet-bootstrap-kubeconfig-removed"), "fail");
  EXPECT_EQ(joined.node.last.reason.find("0123456789abcdef"), std::string::npos);
  joined.node.files().Break("/etc/kubernetes/bootstrap-kubelet.conf", ErrorCode::kPermission);
  EXPECT_EQ(joined.node.Verdict("kubelet-bootstrap-kubeconfig-removed"), "unknown");
  Joined joining;
  joining.node.files().Remove("/etc/kubernetes/kubelet.conf");
  joining.node.files().Add("/etc/kubernetes/bootstrap-kubelet.conf",
                           KubeconfigText(ClusterOf(joining.ca), "token: abcdef.0123456789abcdef"));
  EXPECT_EQ(joining.node.Verdict("kubelet-bootstrap-kubeconfig-removed"), "not-applicable");
}

TEST(Bootstrap, ANodeThatJoinsVerifiesTheCa) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet);
  constexpr const char* kRule = "kubelet-join-verifies-api-server";
  EXPECT_EQ(node.Verdict(kRule), "not-applicable");
  cluster::JoinDiscovery& discovery = kubelet.discovery.emplace();
  EXPECT_EQ(node.Verdict(kRule), "unknown");
  discovery.tool_hashes = true;
  EXPECT_EQ(node.Verdict(kRule), "pass");
  discovery = {};
  discovery.has_hashes = true;
  EXPECT_EQ(node.Verdict(kRule), "pass");
  discovery.skips_ca = true;
  EXPECT_EQ(node.Verdict(kRule), "fail");
  discovery = {};
  discovery.file = "/discovery.conf";
  EXPECT_EQ(node.Verdict(kRule), "unknown");
  discovery = {};
  discovery.has_hashes = true;
  discovery.unknown = "a template";
  EXPECT_EQ(node.Verdict(kRule), "unknown");
}

TEST(Bootstrap, TheKubeletUsesTheFileThatItRenews) {
  Joined joined;
  EXPECT_EQ(joined.node.Verdict("kubelet-uses-rotating-certificate"), "pass")
      << joined.node.last.reason;
  joined.Put(UserOf(joined.own));
  EXPECT_EQ(joined.node.Verdict("kubelet-uses-rotating-certificate"), "fail") << "a copy";
  joined.Put("client-certificate: /k.crt, client-key: /k.key");
  EXPECT_EQ(joined.node.Verdict("kubelet-uses-rotating-certificate"), "unknown")
      << "it is not there";
  joined.node.files().Add("/k.crt", joined.own.certificate);
  EXPECT_EQ(joined.node.Verdict("kubelet-uses-rotating-certificate"), "fail") << "made by hand";
  joined.node.files().Add("/etc/kubernetes/kubelet.conf", "a: [");
  EXPECT_EQ(joined.node.Verdict("kubelet-uses-rotating-certificate"), "unknown");
}

TEST(Identity, TheKubeletLogsInAsItsNode) {
  Joined joined;
  EXPECT_EQ(joined.node.Verdict("kubelet-own-identity"), "pass") << joined.node.last.reason;
  for (auto [name, group] :
       {std::pair("kubernetes-admin", "system:masters"),
        std::pair("system:node:n", "system:masters"), std::pair("system:node:", "system:nodes"),
        std::pair("n", "system:nodes")}) {
    joined.Put(UserOf(IssueLeaf(joined.ca, name, group)));
    EXPECT_EQ(joined.node.Verdict("kubelet-own-identity"), "fail") << name << " " << group;
  }
  joined.Put("tokenFile: /t");
  EXPECT_EQ(joined.node.Verdict("kubelet-own-identity"), "unknown");
  joined.node.files().Remove("/etc/kubernetes/kubelet.conf");
  EXPECT_EQ(joined.node.Verdict("kubelet-own-identity"), "unknown");
}

struct IdentityCase {
  const char* rule;
  ComponentKind kind;
  const char* setting;
  const char* name;
};
constexpr IdentityCase kIdentities[] = {
    {"controller-manager-own-identity", ComponentKind::kControllerManager, "kubeconfig",
     "system:kube-controller-manager"},
    {"scheduler-own-identity", ComponentKind::kScheduler, "kubeconfig", "system:kube-scheduler"},
    {"proxy-own-identity", ComponentKind::kProxy, "clientConnection.kubeconfig",
     "system:kube-proxy"},
};

TEST(Identity, EachComponentLogsInAsItself) {
  TestPair ca = IssueCa("ca");
  for (const IdentityCase& c : kIdentities) {
    TestNode node;
    Component& component = node.Add(c.kind);
    TestNode::Set(component, c.setting, "/k.conf");
    EXPECT_EQ(node.Verdict(c.rule), "unknown") << c.rule;
    node.files().Add("/k.conf", KubeconfigText(ClusterOf(ca), UserOf(IssueLeaf(ca, c.name))));
    EXPECT_EQ(node.Verdict(c.rule), "pass") << c.rule << ": " << node.last.reason;
    node.files().Add("/k.conf",
                     KubeconfigText(ClusterOf(ca), UserOf(IssueLeaf(ca, "kubernetes-admin"))));
    EXPECT_EQ(node.Verdict(c.rule), "fail") << c.rule;
    node.files().Add(
        "/k.conf", KubeconfigText(ClusterOf(ca), UserOf(IssueLeaf(ca, c.name, "system:masters"))));
    EXPECT_EQ(node.Verdict(c.rule), "fail") << c.rule;
  }
}

TEST(Kubeconfigs, WhatTheyHold) {
  TestPair ca = IssueCa("ca"), user = IssueLeaf(ca, "ann");
  constexpr const char* kRules[] = {"kubeconfigs-verify-server", "kubeconfigs-use-https",
                                    "kubeconfigs-name-ca", "kubeconfigs-no-static-logins"};
  TestNode node;
  for (const char* rule : kRules) EXPECT_EQ(node.Verdict(rule), "not-applicable") << rule;
  auto put = [&](const std::string& cluster, const std::string& login) {
    node.files().Add("/etc/kubernetes/admin.conf", KubeconfigText(cluster, login));
  };
  put(ClusterOf(ca), UserOf(user));
  for (const char* rule : kRules)
    EXPECT_EQ(node.Verdict(rule), "pass") << rule << ": " << node.last.reason;
  put("server: 'https://192.0.2.1', insecure-skip-tls-verify: true", UserOf(user));
  EXPECT_EQ(node.Verdict("kubeconfigs-verify-server"), "fail");
  put(ClusterOf(ca) + ", insecure-skip-tls-verify: true", UserOf(user));
  EXPECT_EQ(node.Verdict("kubeconfigs-verify-server"), "fail")
      << "client-go refuses this one, and it is still wrong";
  put("server: 'http://192.0.2.1:8080'", UserOf(user));
  EXPECT_EQ(node.Verdict("kubeconfigs-use-https"), "fail");
  put("server: '192.0.2.1:8080'", UserOf(user));
  EXPECT_EQ(node.Verdict("kubeconfigs-use-https"), "fail");
  put("server: 'https://192.0.2.1'", UserOf(user));
  EXPECT_EQ(node.Verdict("kubeconfigs-name-ca"), "fail");
  for (const char* login : {"token: canary-secret", "username: ann, password: canary-secret"}) {
    put(ClusterOf(ca), login);
    EXPECT_EQ(node.Verdict("kubeconfigs-no-static-logins"), "fail") << login;
    EXPECT_EQ(node.last.reason.find("canary"), std::string::npos);
    EXPECT_EQ(node.last.evidence.at(0).value, "[not shown]");
    EXPECT_EQ(node.last.evidence.at(0).place.line, 9u);
  }
  put(ClusterOf(ca), "tokenFile: /t");
  EXPECT_EQ(node.Verdict("kubeconfigs-no-static-logins"), "pass");
  node.files().Add("/etc/kubernetes/admin.conf", "}{");
  for (const char* rule : kRules) EXPECT_EQ(node.Verdict(rule), "unknown") << rule;
}

TEST(RbacByHand, OnControlPlanesOnly) {
  for (const Rule& rule : RbacManualRules()) {
    TestNode worker;
    worker.Add(ComponentKind::kKubelet);
    EXPECT_EQ(worker.Verdict(rule.id), "not-applicable") << rule.id;
    TestNode control_plane;
    control_plane.Add(ComponentKind::kApiServer);
    Finding finding = control_plane.Ask(rule.id);
    EXPECT_EQ(finding.outcome.verdict, Verdict::kUnknown) << rule.id;
    EXPECT_TRUE(finding.manual) << rule.id;
    EXPECT_NE(finding.outcome.reason.find("to find out"), std::string::npos);
  }
  EXPECT_EQ(RbacManualRules().size(), 13u);
}

TEST(Runtime, WhatItListensOn) {
  TestNode node;
  for (const char* rule :
       {"runtime-api-not-on-tcp", "runtime-streams-local", "runtime-socket-private"}) {
    EXPECT_EQ(node.Verdict(rule), "not-applicable") << rule;
  }
  node.files().Add("/etc/containerd/config.toml",
                   "version = 2\n[grpc]\n  address = \"/run/containerd/containerd.sock\"\n", 0644);
  EXPECT_EQ(node.Verdict("runtime-api-not-on-tcp"), "pass") << node.last.reason;
  EXPECT_EQ(node.Verdict("runtime-streams-local"), "pass") << node.last.reason;
  node.files().Add("/etc/containerd/config.toml",
                   "version = 2\n[grpc]\n  tcp_address = \"0.0.0.0:2375\"\n", 0644);
  EXPECT_EQ(node.Verdict("runtime-api-not-on-tcp"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.line, 3u);
  node.files().Add("/etc/containerd/config.toml",
                   "version = 2\n[metrics]\n  address = \"0.0.0.0:1338\"\n", 0644);
  EXPECT_EQ(node.Verdict("runtime-streams-local"), "fail");
  node.files().Add("/etc/containerd/config.toml",
                   "version = 2\n[metrics]\n  address = \"127.0.0.1:1338\"\n", 0644);
  EXPECT_EQ(node.Verdict("runtime-streams-local"), "pass") << node.last.reason;
  node.files().Add("/etc/docker/daemon.json", "{\"hosts\": [\"tcp://0.0.0.0:2375\"]}", 0644);
  EXPECT_EQ(node.Verdict("runtime-api-not-on-tcp"), "fail");
  node.files().Add("/etc/docker/daemon.json", "{", 0644);
  EXPECT_EQ(node.Verdict("runtime-api-not-on-tcp"), "unknown");
  EXPECT_EQ(node.Verdict("runtime-streams-local"), "unknown");
}

TEST(Runtime, ItsSocket) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  TestNode::Set(kubelet, "containerRuntimeEndpoint", "unix:///run/x.sock");
  EXPECT_EQ(node.Verdict("runtime-socket-private"), "not-applicable");
  node.files().Add("/run/x.sock", "", 0660);
  EXPECT_EQ(node.Verdict("runtime-socket-private"), "pass");
  node.files().Add("/run/x.sock", "", 0666);
  EXPECT_EQ(node.Verdict("runtime-socket-private"), "fail");
  node.files().Break("/run/x.sock", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("runtime-socket-private"), "unknown");
}

}  // namespace
}  // namespace seawall::rules
