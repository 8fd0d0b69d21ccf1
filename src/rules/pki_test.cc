#include "rules/machine_rules.h"
#include "rules/test_node.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::RunBy;

constexpr int64_t kNow = 1800000000;
constexpr int64_t kDay = 86400;

/// A node whose etcd names one certificate; what is in it is each test's.
struct OneCertificate {
  TestNode node;
  TestPair ca = IssueCa("ca");

  OneCertificate() {
    Component& etcd = node.Add(ComponentKind::kEtcd);
    TestNode::Set(etcd, "cert-file", "/pki/s.crt");
    TestNode::Set(etcd, "key-file", "/pki/s.key");
    TestNode::Set(etcd, "trusted-ca-file", "/pki/ca.crt");
    node.files().Add("/pki/ca.crt", ca.certificate, 0644);
    Put(TestSubject());
  }
  void Put(const TestSubject& subject) {
    TestPair pair = Issue(subject, &ca);
    node.files().Add("/pki/s.crt", pair.certificate, 0644);
    node.files().Add("/pki/s.key", pair.private_key);
  }
  void PutCa(const TestPair& other) {
    ca = other;
    node.files().Add("/pki/ca.crt", ca.certificate, 0644);
  }
};

constexpr const char* kOfCertificates[] = {
    "certificates-not-expired",      "certificates-not-near-end",   "ca-certificates-not-near-end",
    "certificates-already-valid",    "certificate-keys-strong",     "certificate-signatures-modern",
    "certificate-lifetimes-short",   "ca-files-hold-cas",           "client-ca-not-public",
    "certificate-keys-match",        "serving-certificates-usable", "private-keys-not-shared",
    "no-system-masters-certificates"};

TEST(Certificates, GoodOnesPass) {
  for (const char* rule : kOfCertificates) {
    OneCertificate one;
    EXPECT_EQ(one.node.Verdict(rule), "pass") << rule << ": " << one.node.last.reason;
  }
}

TEST(Certificates, MissingUnreadableAndMalformedAreUnknown) {
  for (const char* rule : kOfCertificates) {
    // This one looks at nothing but the CAs of clients.
    const char* path = rule == std::string("client-ca-not-public") ? "/pki/ca.crt" : "/pki/s.crt";
    OneCertificate missing;
    missing.node.files().Remove(path);
    EXPECT_EQ(missing.node.Verdict(rule), "unknown") << rule << ": " << missing.node.last.reason;
    OneCertificate unreadable;
    unreadable.node.files().Break(path, ErrorCode::kPermission);
    EXPECT_EQ(unreadable.node.Verdict(rule), "unknown") << rule;
    OneCertificate malformed;
    malformed.node.files().Add(path,
                               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    EXPECT_EQ(malformed.node.Verdict(rule), "unknown") << rule;
    OneCertificate configuration;
    configuration.node.node.is_machine = false;
    EXPECT_EQ(configuration.node.Verdict(rule), "not-applicable") << rule;
  }
}

TEST(Certificates, Expired) {
  OneCertificate one;
  TestSubject subject;
  subject.not_after = kNow - 1;
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("certificates-not-expired"), "fail");
  ASSERT_EQ(one.node.last.evidence.size(), 1u);
  EXPECT_EQ(one.node.last.evidence[0].setting, "not after");
  EXPECT_EQ(one.node.last.evidence[0].value, "2027-01-15T07:59:59Z");
  EXPECT_EQ(one.node.last.evidence[0].place.file, "/pki/s.crt");
  EXPECT_EQ(one.node.last.evidence[0].place.line, 1u);
  EXPECT_EQ(one.node.Verdict("certificates-not-near-end"), "fail")
      << "nor is it valid for 30 days more";
}

TEST(Certificates, NearTheirEnd) {
  for (auto [days, verdict] : {std::pair(29, "fail"), std::pair(31, "pass")}) {
    OneCertificate one;
    TestSubject subject;
    subject.not_after = kNow + days * kDay;
    one.Put(subject);
    EXPECT_EQ(one.node.Verdict("certificates-not-near-end"), verdict) << days;
    EXPECT_EQ(one.node.Verdict("certificates-not-expired"), "pass") << days;
  }
  for (auto [days, verdict] : {std::pair(179, "fail"), std::pair(181, "pass")}) {
    OneCertificate one;
    TestSubject subject;
    subject.ca = true;
    subject.not_after = kNow + days * kDay;
    one.PutCa(Issue(subject));
    EXPECT_EQ(one.node.Verdict("ca-certificates-not-near-end"), verdict) << days;
    EXPECT_EQ(one.node.Verdict("certificates-not-near-end"), "pass") << days;
  }
}

TEST(Certificates, AnOldCaBesideANewOneIsARotation) {
  OneCertificate one;
  TestSubject old;
  old.ca = true;
  old.common_name = "old";
  old.not_after = kNow - 1;
  one.node.files().Add("/pki/ca.crt", Issue(old).certificate + one.ca.certificate, 0644);
  EXPECT_EQ(one.node.Verdict("certificates-not-expired"), "pass") << one.node.last.reason;
  one.node.files().Add("/pki/ca.crt", Issue(old).certificate, 0644);
  EXPECT_EQ(one.node.Verdict("certificates-not-expired"), "fail");
}

TEST(Certificates, ALeafThatCallsItselfACaIsALeaf) {
  OneCertificate one;
  TestSubject subject;
  subject.ca = true;
  subject.not_after = kNow + 29 * kDay;
  one.node.files().Add("/pki/s.crt", Issue(subject).certificate);
  EXPECT_EQ(one.node.Verdict("certificates-not-near-end"), "fail");
  EXPECT_EQ(one.node.Verdict("ca-certificates-not-near-end"), "pass");
}

TEST(Certificates, NotYetValid) {
  OneCertificate one;
  TestSubject subject;
  subject.not_before = kNow + 1;
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("certificates-already-valid"), "fail");
}

TEST(Certificates, WeakKeysAndSignatures) {
  OneCertificate one;
  TestPair weak = Issue(TestSubject(), &one.ca, TestRsaKey(1024));
  one.node.files().Add("/pki/s.crt", weak.certificate);
  EXPECT_EQ(one.node.Verdict("certificate-keys-strong"), "fail");
  EXPECT_EQ(one.node.last.evidence.at(0).value, "RSA 1024");
  TestPair curve = Issue(TestSubject(), &one.ca, TestKey("P-224"));
  one.node.files().Add("/pki/s.crt", curve.certificate);
  EXPECT_EQ(one.node.Verdict("certificate-keys-strong"), "fail");
  TestSubject sha1;
  sha1.sha1 = true;
  one.Put(sha1);
  EXPECT_EQ(one.node.Verdict("certificate-signatures-modern"), "fail");
}

TEST(Certificates, LongLives) {
  OneCertificate one;
  TestSubject subject;
  subject.not_after = subject.not_before + 400 * kDay;
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("certificate-lifetimes-short"), "fail");
}

TEST(Certificates, CaFilesThatAreNoCas) {
  OneCertificate one;
  one.node.files().Add("/pki/ca.crt", IssueLeaf(one.ca, "x").certificate);
  EXPECT_EQ(one.node.Verdict("ca-files-hold-cas"), "fail");
}

TEST(Certificates, APublicTrustStoreVerifiesNobody) {
  OneCertificate one;
  std::string many;
  for (int i = 0; i < 21; ++i) many += one.ca.certificate;
  one.node.files().Add("/pki/ca.crt", many);
  EXPECT_EQ(one.node.Verdict("client-ca-not-public"), "fail");
}

TEST(Certificates, AKeyOfAnother) {
  OneCertificate one;
  one.node.files().Add("/pki/s.key", KeyPem(TestKey().get()));
  EXPECT_EQ(one.node.Verdict("certificate-keys-match"), "fail");
  one.node.files().Add("/pki/s.key", "no key");
  EXPECT_EQ(one.node.Verdict("certificate-keys-match"), "unknown");
}

TEST(Certificates, ServingWithoutNamesOrUsage) {
  OneCertificate one;
  TestSubject subject;
  subject.names = "";
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("serving-certificates-usable"), "fail");
  subject = TestSubject();
  subject.usage = "clientAuth";
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("serving-certificates-usable"), "fail");
  subject.usage = "";
  one.Put(subject);
  EXPECT_EQ(one.node.Verdict("serving-certificates-usable"), "pass")
      << "no extension: for everything";
}

TEST(Certificates, SharedKeys) {
  OneCertificate one;
  auto key = TestKey();
  TestSubject first, second;
  second.common_name = "another";
  one.node.files().Add("/pki/s.crt", Issue(first, &one.ca, key).certificate);
  TestNode::Set(one.node.node.components[0], "peer-cert-file", "/pki/p.crt");
  one.node.files().Add("/pki/p.crt", Issue(second, &one.ca, key).certificate);
  EXPECT_EQ(one.node.Verdict("private-keys-not-shared"), "fail");
  one.node.files().Add("/pki/p.crt", Issue(first, &one.ca, key).certificate);
  EXPECT_EQ(one.node.Verdict("private-keys-not-shared"), "pass") << "a renewal may keep its key";
}

/// A control plane whose certificates all fit together.
struct ControlPlane {
  TestNode node;
  TestPair ca = IssueCa("kubernetes"), etcd_ca = IssueCa("etcd"), front_ca = IssueCa("front");

  ControlPlane() {
    Component& etcd = node.Add(ComponentKind::kEtcd);
    TestNode::Set(etcd, "cert-file", "/pki/etcd/server.crt");
    TestNode::Set(etcd, "peer-cert-file", "/pki/etcd/peer.crt");
    TestNode::Set(etcd, "trusted-ca-file", "/pki/etcd/ca.crt");
    TestNode::Set(etcd, "peer-trusted-ca-file", "/pki/etcd/ca.crt");
    Component& apiserver = node.Add(ComponentKind::kApiServer);
    TestNode::Set(apiserver, "etcd-servers", "https://127.0.0.1:2379");
    TestNode::Set(apiserver, "etcd-cafile", "/pki/etcd/ca.crt");
    TestNode::Set(apiserver, "etcd-certfile", "/pki/etcd-client.crt");
    TestNode::Set(apiserver, "client-ca-file", "/pki/ca.crt");
    TestNode::Set(apiserver, "tls-cert-file", "/pki/apiserver.crt");
    TestNode::Set(apiserver, "requestheader-client-ca-file", "/pki/front-ca.crt");
    TestNode::Set(apiserver, "proxy-client-cert-file", "/pki/front.crt");
    Component& scheduler = node.Add(ComponentKind::kScheduler);
    TestNode::Set(scheduler, "kubeconfig", "/s.conf");
    node.files().Add("/pki/etcd/ca.crt", etcd_ca.certificate);
    node.files().Add("/pki/etcd/server.crt", IssueLeaf(etcd_ca, "server").certificate);
    node.files().Add("/pki/etcd/peer.crt", IssueLeaf(etcd_ca, "peer").certificate);
    node.files().Add("/pki/etcd-client.crt", IssueLeaf(etcd_ca, "client").certificate);
    node.files().Add("/pki/ca.crt", ca.certificate);
    node.files().Add("/pki/apiserver.crt", IssueLeaf(ca, "kube-apiserver").certificate);
    node.files().Add("/pki/front-ca.crt", front_ca.certificate);
    node.files().Add("/pki/front.crt", IssueLeaf(front_ca, "front").certificate);
    node.files().Add("/s.conf",
                     KubeconfigText(ClusterOf(ca), UserOf(IssueLeaf(ca, "system:kube-scheduler"))));
  }
};

TEST(Chains, WhatFitsTogetherPasses) {
  ControlPlane cp;
  EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "pass") << cp.node.last.reason;
  EXPECT_EQ(cp.node.Verdict("client-certificates-usable"), "pass") << cp.node.last.reason;
  EXPECT_EQ(cp.node.Verdict("certificate-keys-match"), "pass") << cp.node.last.reason;
}

TEST(Chains, EachCertificateOfAnotherCaFails) {
  TestPair stranger = IssueCa("stranger");
  for (const char* path : {"/pki/etcd/server.crt", "/pki/etcd/peer.crt", "/pki/etcd-client.crt",
                           "/pki/apiserver.crt", "/pki/front.crt"}) {
    ControlPlane cp;
    cp.node.files().Add(path, IssueLeaf(stranger, "x").certificate);
    EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "fail") << path;
    EXPECT_EQ(cp.node.last.evidence.at(0).place.file, path);
    cp.node.files().Remove(path);
    EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "unknown") << path;
  }
  ControlPlane cp;
  cp.node.files().Add(
      "/s.conf",
      KubeconfigText(ClusterOf(cp.ca), UserOf(IssueLeaf(stranger, "system:kube-scheduler"))));
  EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "fail");
}

TEST(Chains, AnIntermediateInTheFileLeadsToTheCa) {
  ControlPlane cp;
  TestSubject subject;
  subject.ca = true;
  subject.common_name = "between";
  TestPair between = Issue(subject, &cp.ca);
  TestPair leaf = IssueLeaf(between, "kube-apiserver");
  cp.node.files().Add("/pki/apiserver.crt", leaf.certificate + between.certificate);
  EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "pass") << cp.node.last.reason;
  cp.node.files().Add("/pki/apiserver.crt", leaf.certificate);
  EXPECT_EQ(cp.node.Verdict("certificates-signed-by-configured-ca"), "fail");
}

TEST(Chains, AClientCertificateForServersFails) {
  ControlPlane cp;
  TestSubject subject;
  subject.usage = "serverAuth";
  cp.node.files().Add("/pki/etcd-client.crt", Issue(subject, &cp.etcd_ca).certificate);
  EXPECT_EQ(cp.node.Verdict("client-certificates-usable"), "fail");
  cp.node.files().Break("/pki/etcd-client.crt", ErrorCode::kPermission);
  EXPECT_EQ(cp.node.Verdict("client-certificates-usable"), "unknown");
}

TEST(Chains, AKubeconfigThatCannotBeReadHidesItsCertificate) {
  for (const char* rule : {"certificates-signed-by-configured-ca", "client-certificates-usable",
                           "certificate-keys-match", "private-keys-not-shared"}) {
    ControlPlane cp;
    EXPECT_EQ(cp.node.Verdict(rule), "pass") << rule << cp.node.last.reason;
    cp.node.files().Add("/s.conf", "hello: [world\n");
    EXPECT_EQ(cp.node.Verdict(rule), "unknown") << rule << cp.node.last.reason;
    cp.node.files().Remove("/s.conf");
    EXPECT_EQ(cp.node.Verdict(rule), "unknown") << rule << cp.node.last.reason;
  }
}

TEST(Pki, SystemMastersInAFileThatNobodyNames) {
  ControlPlane cp;
  cp.node.files().Add("/etc/kubernetes/pki/admin.crt",
                      IssueLeaf(cp.ca, "admin", "system:masters").certificate);
  EXPECT_EQ(cp.node.Verdict("no-system-masters-certificates"), "fail") << cp.node.last.reason;
  EXPECT_EQ(cp.node.last.evidence.at(0).place.file, "/etc/kubernetes/pki/admin.crt");
}

TEST(Chains, AKubeconfigsKeyOfAnotherFails) {
  ControlPlane cp;
  TestPair scheduler = IssueLeaf(cp.ca, "system:kube-scheduler");
  scheduler.private_key = KeyPem(TestKey().get());
  cp.node.files().Add("/s.conf", KubeconfigText(ClusterOf(cp.ca), UserOf(scheduler)));
  EXPECT_EQ(cp.node.Verdict("certificate-keys-match"), "fail");
}

TEST(Pki, SystemMastersLyingAround) {
  ControlPlane cp;
  EXPECT_EQ(cp.node.Verdict("no-system-masters-certificates"), "pass") << cp.node.last.reason;
  cp.node.files().Add(
      "/etc/kubernetes/super-admin.conf",
      KubeconfigText(ClusterOf(cp.ca), UserOf(IssueLeaf(cp.ca, "root", "system:masters"))));
  EXPECT_EQ(cp.node.Verdict("no-system-masters-certificates"), "fail");
  EXPECT_EQ(cp.node.last.evidence.at(0).place.file, "/etc/kubernetes/super-admin.conf");
  EXPECT_GT(cp.node.last.evidence.at(0).place.line, 1u);
}

TEST(Pki, CaKeysLieOnlyWhereSomethingSigns) {
  TestNode node;
  TestPair ca = IssueCa("ca");
  EXPECT_EQ(node.Verdict("ca-keys-only-where-they-sign"), "not-applicable");
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  TestNode::Set(kubelet, "authentication.x509.clientCAFile", "/etc/kubernetes/pki/ca.crt");
  node.files().Add("/etc/kubernetes/pki/ca.crt", ca.certificate);
  node.files().Add("/etc/kubernetes/pki/odd-name.key", ca.private_key);
  EXPECT_EQ(node.Verdict("ca-keys-only-where-they-sign"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.file, "/etc/kubernetes/pki/odd-name.key");
  node.files().Break("/etc/kubernetes/pki/odd-name.key", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("ca-keys-only-where-they-sign"), "unknown");
  node.files().Add("/etc/kubernetes/pki/other.key", ca.private_key);
  EXPECT_EQ(node.Verdict("ca-keys-only-where-they-sign"), "fail");
  TestNode signer;
  signer.files().Add("/etc/kubernetes/pki/ca.crt", ca.certificate);
  signer.files().Add("/etc/kubernetes/pki/ca.key", ca.private_key);
  signer.Add(ComponentKind::kControllerManager);
  EXPECT_EQ(signer.Verdict("ca-keys-only-where-they-sign"), "pass") << signer.last.reason;
}

TEST(Pki, OldRotatedFilesOfTheKubeletDoNotMatter) {
  TestNode node;
  TestPair ca = IssueCa("ca");
  TestSubject old;
  old.not_after = kNow - 1;
  TestPair expired = Issue(old, &ca), current = IssueLeaf(ca, "system:node:n", "system:nodes");
  const std::string folder = "/var/lib/kubelet/pki/";
  node.files().Add(folder + "kubelet-client-2026-01-01-00-00-00.pem",
                   expired.certificate + expired.private_key);
  node.files().Add(folder + "kubelet-client-2027-01-01-00-00-00.pem",
                   current.certificate + current.private_key);
  node.files().AddLink(folder + "kubelet-client-current.pem",
                       folder + "kubelet-client-2027-01-01-00-00-00.pem");
  EXPECT_EQ(node.Verdict("certificates-not-expired"), "pass") << node.last.reason;
  node.files().AddLink(folder + "kubelet-client-current.pem",
                       folder + "kubelet-client-2026-01-01-00-00-00.pem");
  EXPECT_EQ(node.Verdict("certificates-not-expired"), "fail");
}

TEST(Names, TheApiServerIsCalledByThem) {
  ControlPlane cp;
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "fail");
  Component& apiserver = cp.node.node.components[1];
  TestNode::Set(apiserver, "service-cluster-ip-range", "198.51.100.0/24");
  TestNode::Set(apiserver, "advertise-address", "192.0.2.11");
  auto put = [&](const char* names) {
    TestSubject subject;
    subject.names = names;
    cp.node.files().Add("/pki/apiserver.crt", Issue(subject, &cp.ca).certificate);
  };
  put("DNS:kubernetes.default.svc,IP:198.51.100.1,IP:192.0.2.11");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "pass") << cp.node.last.reason;
  put("DNS:kubernetes.default.svc,IP:198.51.100.2,IP:192.0.2.11");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "fail");
  EXPECT_NE(cp.node.last.reason.find("198.51.100.1"), std::string::npos) << cp.node.last.reason;
  // Of two families the first counts.
  TestNode::Set(apiserver, "service-cluster-ip-range", "198.51.100.0/24,2001:db8:1::/112");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "fail") << cp.node.last.reason;
  TestNode::Set(apiserver, "service-cluster-ip-range", "2001:DB8:1:0::/112,198.51.100.0/24");
  TestNode::Set(apiserver, "advertise-address", "2001:DB8:0::11");
  put("DNS:kubernetes.default.svc,IP:198.51.100.1,IP:192.0.2.11");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "fail");
  EXPECT_NE(cp.node.last.reason.find("2001:db8:1::1, 2001:db8::11"), std::string::npos)
      << cp.node.last.reason;
  put("DNS:kubernetes.default.svc,IP:2001:db8:1::1,IP:2001:db8::11");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "pass") << cp.node.last.reason;
  cp.node.files().Remove("/pki/apiserver.crt");
  EXPECT_EQ(cp.node.Verdict("apiserver-certificate-names"), "unknown");
}

TEST(Names, MetricsThatVerifyNobody) {
  TestNode worker;
  worker.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  EXPECT_EQ(worker.Verdict("no-kubelet-insecure-tls"), "not-applicable");
  TestNode node;
  node.Add(ComponentKind::kApiServer);
  EXPECT_EQ(node.Verdict("no-kubelet-insecure-tls"), "unknown");
  node.files().Add("/etc/kubernetes/addons/m.yaml", "args:\n- --kubelet-insecure-tls\n");
  EXPECT_EQ(node.Verdict("no-kubelet-insecure-tls"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.line, 2u);
}

TEST(Pki, EveryRuleOfTheseFilesIsTested) {
  // Those that have tests of their own above.
  std::set<std::string> tested = {"certificates-signed-by-configured-ca",
                                  "client-certificates-usable", "ca-keys-only-where-they-sign"};
  tested.insert(std::begin(kOfCertificates), std::end(kOfCertificates));
  for (auto rules : {CertificateRules(), PkiRules()}) {
    for (const Rule& rule : rules) EXPECT_TRUE(tested.contains(rule.id)) << rule.id;
  }
}

}  // namespace
}  // namespace seawall::rules
