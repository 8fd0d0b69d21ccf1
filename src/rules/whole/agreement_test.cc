#include <set>

#include "rules/whole/test_cluster.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

/// What one of two components says otherwise than the other, and which rule tells it.
struct Difference {
  const char* rule;
  ComponentKind kind;
  const char* setting;
  const char* one;
  const char* other;
};

constexpr Difference kDifferences[] = {
    {"cluster-apiservers-same-tls", ComponentKind::kApiServer, "tls-min-version", "VersionTLS12",
     "VersionTLS13"},
    {"cluster-apiservers-same-tls", ComponentKind::kApiServer, "tls-cipher-suites",
     "TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    {"cluster-apiservers-same-authorization", ComponentKind::kApiServer, "authorization-mode",
     "Node,RBAC", "RBAC,Node"},
    {"cluster-apiservers-same-admission", ComponentKind::kApiServer, "enable-admission-plugins",
     "NodeRestriction", "AlwaysPullImages"},
    {"cluster-apiservers-same-audit", ComponentKind::kApiServer, "audit-log-path", "/var/log/a",
     ""},
    {"cluster-apiservers-same-authentication", ComponentKind::kApiServer, "anonymous-auth", "false",
     "true"},
    {"cluster-apiservers-same-authentication", ComponentKind::kApiServer, "oidc-issuer-url",
     "https://a.example", "https://b.example"},
    {"cluster-apiservers-same-tokens", ComponentKind::kApiServer, "service-account-issuer",
     "https://a.example,https://b.example", "https://b.example,https://a.example"},
    {"cluster-apiservers-same-ca", ComponentKind::kApiServer, "requestheader-allowed-names",
     "front-proxy-client", "anybody"},
    {"cluster-etcd-same-tls", ComponentKind::kEtcd, "client-cert-auth", "true", "false"},
    {"cluster-etcd-same-tls", ComponentKind::kEtcd, "peer-auto-tls", "false", "true"},
};

TEST(Agreement, EqualPassesDifferentFailsHiddenIsUnknown) {
  for (const Difference& one : kDifferences) {
    TestCluster all = Several(one.kind, 3);
    for (size_t i = 0; i < 3; ++i) {
      TestNode::Set(all[i].node.components[0], "authorization-mode", "RBAC");
      TestNode::Set(all[i].node.components[0], one.setting, one.one);
    }
    EXPECT_EQ(all.Verdict(one.rule), "pass") << one.setting << ": " << all.last.reason;
    TestNode::Set(all[1].node.components[0], one.setting, one.other);
    EXPECT_EQ(all.Verdict(one.rule), "fail") << one.setting << ": " << all.last.reason;
    ASSERT_EQ(all.last.evidence.size(), 3u) << one.setting;
    EXPECT_EQ(all.last.evidence[0].node, "cp-1") << "the few stand first";
    EXPECT_NE(all.last.reason.find("cp-0, cp-2"), std::string::npos) << all.last.reason;
    EXPECT_NE(all.last.remedy.find("cp-1"), std::string::npos)
        << one.setting << ": " << all.last.remedy;
    TestNode::Hide(all[1].node.components[0], one.setting);
    EXPECT_EQ(all.Verdict(one.rule), "unknown") << one.setting << ": " << all.last.reason;
  }
}

TEST(Agreement, APluginThatIsSwitchedOffIsNamed) {
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  TestNode::Set(all[1].node.components[0], "disable-admission-plugins", "PodSecurity");
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-admission"), "fail");
  EXPECT_NE(all.last.reason.find("without PodSecurity"), std::string::npos) << all.last.reason;
}

TEST(Agreement, OrderMattersOnlyWhereItDoes) {
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  TestNode::Set(all[0].node.components[0], "tls-cipher-suites", "A,B");
  TestNode::Set(all[1].node.components[0], "tls-cipher-suites", "B,A");
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-tls"), "pass");
}

TEST(Agreement, WhatIsWrittenAndTheSameByDefaultIsAlike) {
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  TestNode::Set(all[0].node.components[0], "anonymous-auth", "true");
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-authentication"), "pass") << all.last.reason;
}

TEST(Agreement, OneIsNothingToCompare) {
  TestCluster one = Several(ComponentKind::kApiServer, 1);
  EXPECT_EQ(one.Verdict("cluster-apiservers-same-tls"), "not-applicable");
  one.Add("w-0").Add(ComponentKind::kKubelet);
  EXPECT_EQ(one.Verdict("cluster-apiservers-same-tls"), "not-applicable");
  // A node that may hide another one does not let it rest there.
  one[1].node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "read", "/etc/kubernetes/manifests", "closed", "be root"},
       {ComponentKind::kApiServer}});
  EXPECT_EQ(one.Verdict("cluster-apiservers-same-tls"), "unknown");
  EXPECT_NE(one.last.reason.find("w-0"), std::string::npos) << one.last.reason;
}

TEST(Agreement, AHiddenServerTakesThePassAway) {
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-tls"), "pass");
  all.Add("cp-2").node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "read", "/etc/kubernetes/manifests", "closed", ""},
       {ComponentKind::kApiServer}});
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-tls"), "unknown");
}

constexpr const char* kConfig = "/etc/kubernetes/enc.yaml";

std::string Encryption(const std::string& providers) {
  return "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
         "- resources: [secrets]\n  providers:\n" +
         providers;
}

std::string Provider(const std::string& name, const std::string& secret) {
  return "  - aescbc: {keys: [{name: " + name + ", secret: " + secret + "}]}\n";
}

TEST(Agreement, EncryptionIsComparedWithItsOrderAndItsKeys) {
  constexpr const char* kRule = "cluster-apiservers-same-encryption";
  const std::string first = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
  const std::string second = "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI=";
  const std::string identity = "  - identity: {}\n";
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  for (size_t i = 0; i < 2; ++i)
    TestNode::Set(all[i].node.components[0], "encryption-provider-config", kConfig);
  const auto with = [&](const std::string& a, const std::string& b) {
    all[0].files().Add(kConfig, Encryption(a));
    all[1].files().Add(kConfig, Encryption(b));
    return all.Verdict(kRule);
  };
  EXPECT_EQ(with(Provider("k", first) + identity, "  # said\n" + Provider("k", first) + identity),
            "pass")
      << all.last.reason;
  EXPECT_EQ(with(Provider("k", first) + identity, identity + Provider("k", first)), "fail");
  EXPECT_NE(all.last.reason.find("identity then aescbc(k)"), std::string::npos) << all.last.reason;
  EXPECT_EQ(with(Provider("k", first), Provider("j", first)), "fail");
  // Only the bytes of the key differ: that is said, and they are not.
  EXPECT_EQ(with(Provider("k", first), Provider("k", second)), "fail");
  EXPECT_NE(all.last.reason.find("other content"), std::string::npos) << all.last.reason;
  for (const Evidence& evidence : all.last.evidence) {
    EXPECT_EQ(evidence.value.find(first.substr(0, 8)), std::string::npos);
    EXPECT_EQ(evidence.value.find(second.substr(0, 8)), std::string::npos);
  }
  // A bundle holds replacements: of another key they say nothing.
  all.secrets_key_of["cp-1"] = "other";
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
  EXPECT_EQ(with(Provider("k", first), identity), "fail") << "whatever the keys are";
  all[1].files().Break(kConfig, ErrorCode::kPermission);
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
  TestNode::Set(all[1].node.components[0], "encryption-provider-config", "");
  EXPECT_EQ(all.Verdict(kRule), "fail") << "one of them writes plainly";
}

TEST(Agreement, CasAreComparedByTheirCertificates) {
  constexpr const char* kRule = "cluster-apiservers-same-ca";
  const auto ours = x509::testing::IssueCa("kubernetes");
  const auto other = x509::testing::IssueCa("kubernetes");
  TestCluster all = Several(ComponentKind::kApiServer, 2);
  TestNode::Set(all[0].node.components[0], "client-ca-file", "/pki/ca.crt");
  TestNode::Set(all[1].node.components[0], "client-ca-file", "/srv/ca.crt");
  all[0].files().Add("/pki/ca.crt", ours.certificate + other.certificate);
  all[1].files().Add("/srv/ca.crt", other.certificate + ours.certificate);
  EXPECT_EQ(all.Verdict(kRule), "pass") << all.last.reason;
  all[1].files().Add("/srv/ca.crt", ours.certificate);
  EXPECT_EQ(all.Verdict(kRule), "fail");
  all[1].files().Add("/srv/ca.crt", "no certificate");
  EXPECT_EQ(all.Verdict(kRule), "unknown") << all.last.reason;
}

}  // namespace
}  // namespace seawall::rules::whole
