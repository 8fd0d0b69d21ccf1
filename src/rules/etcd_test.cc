#include "rules/addresses.h"
#include "rules/control_plane_rules.h"
#include "rules/test_cases.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

const Pairs kHttps = {{"listen-client-urls", "https://127.0.0.1:2379"}};
Pairs And(Pairs pairs, const char* name, const char* value) {
  pairs.emplace_back(name, value);
  return pairs;
}

TEST(Addresses, LoopbackAndAny) {
  for (const char* local :
       {"127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopbackAddress(local)) << local;
  }
  for (const char* other :
       {"", "0.0.0.0", "::", "127.0.0.1.example", "128.0.0.1", "localhost.example", "1"}) {
    EXPECT_FALSE(IsLoopbackAddress(other)) << other;
  }
  for (const char* any : {"", "0.0.0.0", "::", "[::]"}) EXPECT_TRUE(IsAnyAddress(any)) << any;
  EXPECT_FALSE(IsAnyAddress("192.0.2.1"));
  EXPECT_EQ(SplitUrl("HTTPS://user@[2001:db8::1]:2379/x").host, "2001:db8::1");
  EXPECT_EQ(SplitUrl("HTTPS://user@[2001:db8::1]:2379/x").scheme, "https");
  EXPECT_EQ(SplitUrl("http://:2379").host, "");
  EXPECT_EQ(SplitUrl("http://[").host, "");
  EXPECT_EQ(SplitUrl("junk").scheme, "");
}

TEST(EtcdClient, EachRuleSaysWhatIsTrue) {
  const TestPair issued = IssueCa("etcd");
  const std::string& pem = issued.certificate;
  const Pairs pair = {{"cert-file", "/a.crt"}, {"key-file", "/a.key"}};
  const Pairs ca = {{"trusted-ca-file", "/ca"}};
  std::vector<RuleCase> cases = {
      {"etcd-serving-certificate", {}, "fail"},
      {"etcd-serving-certificate", pair, "pass", {{"/a.crt", pem}, {"/a.key", issued.private_key}}},
      {"etcd-serving-certificate", pair, "unknown", {{"/a.crt", pem}}},
      {"etcd-client-cert-auth", {}, "fail"},
      {"etcd-client-cert-auth", And(kHttps, "client-cert-auth", "true"), "pass"},
      {"etcd-client-cert-auth", And(kHttps, "trusted-ca-file", "/ca"), "pass", {{"/ca", pem}}},
      {"etcd-client-cert-auth", And(kHttps, "trusted-ca-file", "/ca"), "unknown"},
      {"etcd-client-cert-auth", kHttps, "fail"},
      {"etcd-client-cert-auth",
       {{"client-cert-auth", "true"},
        {"listen-client-urls", "https://192.0.2.1:2379,http://127.0.0.1:2379"}},
       "fail"},
      {"etcd-no-auto-tls", {}, "pass"},
      {"etcd-no-auto-tls", {{"auto-tls", "true"}}, "fail"},
      {"etcd-client-ca", {}, "fail"},
      {"etcd-client-ca", ca, "pass", {{"/ca", pem}}},
      {"etcd-client-ca", ca, "unknown", {{"/ca", "junk"}}},
      {"etcd-own-ca", {}, "fail"},
      {"etcd-own-ca", ca, "unknown", {{"/ca", pem}}},
      {"etcd-client-urls-https", kHttps, "fail"},  // advertise-client-urls is http by default
      {"etcd-client-urls-https", And(kHttps, "advertise-client-urls", "https://192.0.2.1:2379"),
       "pass"},
      {"etcd-client-urls-https",
       {{"listen-client-urls", "?"}, {"advertise-client-urls", "https://a"}},
       "unknown"},
      {"etcd-client-urls-narrow", kHttps, "pass"},
      {"etcd-client-urls-narrow", {{"listen-client-urls", "https://0.0.0.0:2379"}}, "fail"},
      {"etcd-client-urls-narrow", {{"listen-client-urls", "https://:2379"}}, "fail"},
      {"etcd-tls-floor", {}, "pass"},
      {"etcd-tls-floor", {{"tls-min-version", "TLS1.1"}}, "fail"},
      {"etcd-strong-ciphers", {}, "fail"},
      {"etcd-strong-ciphers", {{"tls-min-version", "TLS1.3"}}, "pass"},
      {"etcd-strong-ciphers", {{"cipher-suites", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}}, "pass"},
      {"etcd-metrics-local", {}, "pass"},
      {"etcd-metrics-local", {{"listen-metrics-urls", "http://127.0.0.1:2381"}}, "pass"},
      {"etcd-metrics-local", {{"listen-metrics-urls", "http://0.0.0.0:2381"}}, "fail"},
      {"etcd-pprof-off", {}, "pass"},
      {"etcd-pprof-off", {{"enable-pprof", "true"}}, "fail"},
      {"etcd-no-v2", {}, "pass"},
      {"etcd-no-v2", {{"enable-v2", "true"}}, "fail"},
      {"etcd-fsync", {}, "pass"},
      {"etcd-fsync", {{"unsafe-no-fsync", "true"}}, "fail"},
      {"etcd-on-its-own-node", {}, "pass"},
  };
  for (const char* id : {"etcd-cors", "etcd-host-whitelist", "etcd-auth-token"}) {
    cases.push_back({id, {}, "fail"});
    cases.push_back({id, And(kHttps, "client-cert-auth", "true"), "pass"});
  }
  for (const Rule& rule : EtcdClientRules()) {
    if (std::string(rule.id) != "etcd-on-its-own-node")
      cases.push_back({rule.id, {}, "unknown", {}, 0});
  }
  // These fail whatever the version is, for what was written says enough.
  std::vector<Rule> alone;
  for (const Rule& rule : EtcdClientRules()) {
    if (std::string(rule.id) != "etcd-own-ca" && std::string(rule.id) != "etcd-on-its-own-node")
      alone.push_back(rule);
  }
  RunCases(ComponentKind::kEtcd, cases);
  ExpectAllVerdicts(alone, cases);
}

TEST(EtcdClient, ItsCaIsNotTheClusters) {
  const TestPair cluster = IssueCa("kubernetes");
  const TestPair own = IssueCa("etcd");
  TestNode test;
  test.Add(ComponentKind::kApiServer);
  test.Add(ComponentKind::kEtcd);
  TestNode::Set(test.node.components[0], "client-ca-file", "/ca.crt");
  TestNode::Set(test.node.components[1], "trusted-ca-file", "/etcd.crt");
  test.files().Add("/ca.crt", cluster.certificate);
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "unknown");
  test.files().Add("/etcd.crt", own.certificate);
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "pass");
  test.files().Add("/etcd.crt", own.certificate + cluster.certificate);
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "fail");
  TestNode::Set(test.node.components[1], "trusted-ca-file", "/ca.crt");
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "fail");
  EXPECT_EQ(test.Verdict("etcd-on-its-own-node"), "fail");
}

TEST(EtcdClient, AWorkersKubeletShowsTheClustersCaToo) {
  const TestPair cluster = IssueCa("kubernetes");
  TestNode test;
  test.Add(ComponentKind::kKubelet);
  test.Add(ComponentKind::kEtcd);
  TestNode::Set(test.node.components[0], "authentication.x509.clientCAFile", "/ca.crt");
  TestNode::Set(test.node.components[1], "trusted-ca-file", "/etcd.crt");
  test.files().Add("/ca.crt", cluster.certificate);
  test.files().Add("/etcd.crt", IssueCa("etcd").certificate);
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "pass");
  test.files().Add("/etcd.crt", cluster.certificate);
  EXPECT_EQ(test.Verdict("etcd-own-ca"), "fail");
}

TEST(EtcdClient, AKubeApiServerThatMayBeHiddenIsUnknown) {
  TestNode test;
  test.Add(ComponentKind::kEtcd);
  test.node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "list", "/m", "denied", "run as root"},
       {ComponentKind::kApiServer}});
  EXPECT_EQ(test.Verdict("etcd-on-its-own-node"), "unknown");
}

TEST(EtcdPeer, EachRuleSaysWhatIsTrue) {
  const TestPair first = IssueCa("one");
  const std::string& one = first.certificate;
  const std::string other = IssueCa("other").certificate;
  const Pairs pair = {{"peer-cert-file", "/a.crt"}, {"peer-key-file", "/a.key"}};
  const Pairs cas = {{"peer-trusted-ca-file", "/p"}, {"trusted-ca-file", "/c"}};
  const Pairs https = {{"listen-peer-urls", "https://192.0.2.1:2380"}};
  std::vector<RuleCase> cases = {
      {"etcd-peer-certificate", {}, "fail"},
      {"etcd-peer-certificate", pair, "pass", {{"/a.crt", one}, {"/a.key", first.private_key}}},
      {"etcd-peer-client-cert-auth", {}, "fail"},
      {"etcd-peer-client-cert-auth", And(https, "peer-client-cert-auth", "true"), "pass"},
      {"etcd-no-peer-auto-tls", {}, "pass"},
      {"etcd-no-peer-auto-tls", {{"peer-auto-tls", "true"}}, "fail"},
      {"etcd-peer-ca", {}, "fail"},
      {"etcd-peer-ca", {{"peer-trusted-ca-file", "/p"}}, "pass", {{"/p", one}}},
      {"etcd-peer-urls-https", https, "fail"},  // initial-advertise-peer-urls is http by default
      {"etcd-peer-urls-https", And(https, "initial-advertise-peer-urls", "https://192.0.2.1:2380"),
       "pass"},
      {"etcd-peer-urls-narrow", https, "pass"},
      {"etcd-peer-urls-narrow", {{"listen-peer-urls", "https://[::]:2380"}}, "fail"},
      {"etcd-clients-are-no-peers", {}, "fail"},
      {"etcd-clients-are-no-peers", {{"peer-cert-allowed-cn", "member"}}, "pass"},
      {"etcd-clients-are-no-peers", cas, "pass", {{"/p", one}, {"/c", other}}},
      {"etcd-clients-are-no-peers", cas, "fail", {{"/p", one}, {"/c", one}}},
      {"etcd-clients-are-no-peers", cas, "unknown", {{"/p", one}}},
      {"etcd-peer-san-verified", {}, "pass"},
      {"etcd-peer-san-verified",
       {{"experimental-peer-skip-client-san-verification", "true"}},
       "fail"},
      {"etcd-peer-san-verified", {{"peer-skip-client-san-verification", "true"}}, "fail"},
      {"etcd-strict-reconfig", {}, "pass"},
      {"etcd-strict-reconfig", {{"strict-reconfig-check", "false"}}, "fail"},
  };
  for (const Rule& rule : EtcdPeerRules()) cases.push_back({rule.id, {}, "unknown", {}, 0});
  RunCases(ComponentKind::kEtcd, cases);
  ExpectAllVerdicts(EtcdPeerRules(), cases);
}

}  // namespace
}  // namespace seawall::rules
