// kube-apiserver's transport and exposure, and the controllers: CIS 1.2 to 1.4.
#include "rules/control_plane_rules.h"
#include "rules/origins.h"
#include "rules/test_cases.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

const std::string& Key() {
  static const std::string key = IssueCa("key").private_key;
  return key;
}

const std::string& Pem() {
  static const std::string pem = IssueCa("ca").certificate;
  return pem;
}

constexpr const char* kGoodSuites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256";

std::string WebhookText(const std::string& cluster) { return KubeconfigText(cluster, "token: x"); }

std::string Egress(const std::string& connection) {
  return "apiVersion: apiserver.k8s.io/v1beta1\nkind: "
         "EgressSelectorConfiguration\negressSelections:\n"
         "- name: cluster\n  connection: " +
         connection + "\n";
}

/// A certificate's and a key's setting.
void AddPairCases(std::vector<RuleCase>& cases, const char* rule, const char* certificate,
                  const char* key) {
  cases.push_back({rule, {}, "fail"});
  cases.push_back({rule, {{certificate, "/a.crt"}}, "fail"});
  cases.push_back({rule,
                   {{certificate, "/a.crt"}, {key, "/a.key"}},
                   "pass",
                   {{"/a.crt", Pem()}, {"/a.key", Key()}}});
  cases.push_back({rule,
                   {{certificate, "/a.crt"}, {key, "/a.key"}},
                   "unknown",
                   {{"/a.crt", Pem()}, {"/a.key", "no key"}}});
  cases.push_back(
      {rule, {{certificate, "/a.crt"}, {key, "/a.key"}}, "unknown", {{"/a.crt", Pem()}}});
  cases.push_back({rule,
                   {{certificate, "/a.crt"}, {key, "/a.key"}},
                   "unknown",
                   {{"/a.crt", "junk"}, {"/a.key", Key()}}});
  cases.push_back({rule, {{certificate, "?"}, {key, "/a.key"}}, "unknown"});
}

void AddCaCases(std::vector<RuleCase>& cases, const char* rule, const char* setting) {
  cases.push_back({rule, {}, "fail"});
  cases.push_back({rule, {{setting, "/ca.crt"}}, "pass", {{"/ca.crt", Pem()}}});
  cases.push_back({rule, {{setting, "/ca.crt"}}, "unknown"});
  cases.push_back({rule, {{setting, "/ca.crt"}}, "unknown", {{"/ca.crt", ""}}});
  cases.push_back({rule, {}, "unknown", {}, 0});
}

TEST(ApiServerTransport, EachRuleSaysWhatIsTrue) {
  std::vector<RuleCase> cases = {
      {"apiserver-etcd-https", {{"etcd-servers", "https://127.0.0.1:2379"}}, "pass"},
      {"apiserver-etcd-https", {{"etcd-servers", "unix:///run/kine.sock"}}, "pass"},
      {"apiserver-etcd-https", {{"etcd-servers", "https://a:2379,http://b:2379"}}, "fail"},
      {"apiserver-etcd-https",
       {{"etcd-servers", "https://a"}, {"etcd-servers-overrides", "/events#https://b;http://c"}},
       "fail"},
      {"apiserver-etcd-https", {}, "fail"},
      {"apiserver-etcd-https", {{"etcd-servers", "?"}}, "unknown"},
      {"apiserver-tls-floor", {}, "pass"},
      {"apiserver-tls-floor", {}, "unknown", {}, 0},
      {"apiserver-tls-floor", {{"tls-min-version", "VersionTLS13"}}, "pass"},
      {"apiserver-tls-floor", {{"tls-min-version", "VersionTLS11"}}, "fail"},
      {"apiserver-strong-ciphers", {}, "fail"},
      {"apiserver-strong-ciphers", {}, "unknown", {}, 0},
      {"apiserver-strong-ciphers", {{"tls-cipher-suites", kGoodSuites}}, "pass"},
      {"apiserver-strong-ciphers",
       {{"tls-cipher-suites", "TLS_RSA_WITH_AES_128_GCM_SHA256"}},
       "fail"},
      {"apiserver-strong-ciphers",
       {{"tls-cipher-suites", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"}},
       "fail"},
      {"apiserver-strong-ciphers", {{"tls-min-version", "VersionTLS13"}}, "pass"},
      {"apiserver-post-quantum", {}, "pass"},
      {"apiserver-post-quantum", {}, "not-applicable", {}, 32},
      {"apiserver-post-quantum", {}, "unknown", {}, 0},
      {"apiserver-post-quantum", {{"tls-curve-preferences", "4588,29"}}, "pass"},
      {"apiserver-post-quantum", {{"tls-curve-preferences", "23,29"}}, "fail"},
      {"apiserver-egress-tls", {}, "not-applicable"},
      {"apiserver-egress-tls", {{"egress-selector-config-file", "/e"}}, "unknown"},
      {"apiserver-egress-tls",
       {{"egress-selector-config-file", "/e"}},
       "pass",
       {{"/e", Egress("{proxyProtocol: GRPC, transport: {uds: {udsName: /run/k.sock}}}")}}},
      {"apiserver-egress-tls",
       {{"egress-selector-config-file", "/e"}},
       "fail",
       {{"/e", Egress("{proxyProtocol: HTTPConnect, transport: {tcp: {url: 'http://p:8131'}}}")}}},
      {"apiserver-authentication-webhook-tls", {}, "not-applicable"},
      {"apiserver-authentication-webhook-tls",
       {{"authentication-token-webhook-config-file", "/w"}},
       "unknown"},
      {"apiserver-authentication-webhook-tls",
       {{"authentication-token-webhook-config-file", "/w"}},
       "pass",
       {{"/w", WebhookText("server: 'https://x'")}}},
      {"apiserver-authentication-webhook-tls",
       {{"authentication-token-webhook-config-file", "/w"}},
       "fail",
       {{"/w", WebhookText("server: 'http://x'")}}},
      {"apiserver-authentication-webhook-tls",
       {{"authentication-token-webhook-config-file", "/w"}},
       "fail",
       {{"/w", WebhookText("server: 'https://x', insecure-skip-tls-verify: true")}}},
  };
  AddPairCases(cases, "apiserver-serving-certificate", "tls-cert-file", "tls-private-key-file");
  AddPairCases(cases, "apiserver-kubelet-client-certificate", "kubelet-client-certificate",
               "kubelet-client-key");
  AddPairCases(cases, "apiserver-etcd-client-certificate", "etcd-certfile", "etcd-keyfile");
  AddCaCases(cases, "apiserver-client-ca", "client-ca-file");
  AddCaCases(cases, "apiserver-kubelet-certificate-authority", "kubelet-certificate-authority");
  AddCaCases(cases, "apiserver-etcd-ca", "etcd-cafile");
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(ApiServerTransportRules(), cases);
}

TEST(ApiServerTransport, AFileThatTheContainerDoesNotSeeIsUnknown) {
  TestNode test;
  cluster::Component& server = test.Add(ComponentKind::kApiServer);
  TestNode::Set(server, "client-ca-file", "/pki/ca.crt");
  server.in_container = true;
  test.files().Add("/pki/ca.crt", Pem());
  EXPECT_EQ(test.Verdict("apiserver-client-ca"), "unknown");
  server.mounts.push_back({"/pki", "/host", "hostPath", true, {}});
  test.files().Add("/host/ca.crt", Pem());
  EXPECT_EQ(test.Verdict("apiserver-client-ca"), "pass");
}

TEST(ApiServerExposure, EachRuleSaysWhatIsTrue) {
  const std::vector<RuleCase> cases = {
      {"apiserver-profiling-off", {}, "fail"},
      {"apiserver-profiling-off", {{"profiling", "false"}}, "pass"},
      {"apiserver-profiling-off", {}, "unknown", {}, 0},
      {"apiserver-request-timeout", {}, "pass"},
      {"apiserver-request-timeout", {{"request-timeout", "5m0s"}}, "pass"},
      {"apiserver-request-timeout", {{"request-timeout", "5m1s"}}, "fail"},
      {"apiserver-request-timeout", {{"request-timeout", "0s"}}, "fail"},
      {"apiserver-request-timeout", {}, "unknown", {}, 0},
      {"apiserver-cors-origins", {}, "pass"},
      {"apiserver-cors-origins",
       {{"cors-allowed-origins", "^https://console\\.example\\.com$"}},
       "pass"},
      {"apiserver-cors-origins", {{"cors-allowed-origins", "^https://a\\.example$,.*"}}, "fail"},
      {"apiserver-cors-origins", {{"cors-allowed-origins", "?"}}, "unknown"},
      {"apiserver-logs-handler-off", {}, "pass"},
      {"apiserver-logs-handler-off", {{"enable-logs-handler", "true"}}, "fail"},
      {"apiserver-logs-handler-off", {}, "unknown", {}, 0},
      {"apiserver-contention-profiling-off", {}, "pass"},
      {"apiserver-contention-profiling-off", {{"contention-profiling", "true"}}, "fail"},
      {"apiserver-contention-profiling-off", {}, "unknown", {}, 0},
      {"apiserver-debug-socket-off", {}, "pass"},
      {"apiserver-debug-socket-off", {{"debug-socket-path", "/run/d"}}, "fail"},
      {"apiserver-debug-socket-off", {}, "unknown", {}, 0},
      {"apiserver-insecure-port-off", {}, "pass"},
      {"apiserver-insecure-port-off", {{"insecure-port", "8080"}}, "fail"},
      {"apiserver-insecure-port-off", {{"insecure-port", "0"}}, "pass"},
      {"apiserver-insecure-port-off", {}, "unknown", {}, 0},
      {"apiserver-insecure-address-off", {}, "pass"},
      {"apiserver-insecure-address-off", {{"insecure-bind-address", "0.0.0.0"}}, "fail"},
      {"apiserver-insecure-address-off", {}, "unknown", {}, 0},
      {"apiserver-kubelet-https", {}, "pass"},
      {"apiserver-kubelet-https", {{"kubelet-https", "false"}}, "fail"},
      {"apiserver-kubelet-https", {}, "unknown", {}, 0},
      {"apiserver-no-alpha-features", {}, "pass"},
      {"apiserver-no-alpha-features", {{"feature-gates", "X=true,AllAlpha=T"}}, "fail"},
      {"apiserver-no-alpha-features", {{"feature-gates", "?"}}, "unknown"},
      {"apiserver-priority-and-fairness", {}, "pass"},
      {"apiserver-priority-and-fairness", {{"enable-priority-and-fairness", "false"}}, "fail"},
      {"apiserver-priority-and-fairness", {}, "unknown", {}, 0},
  };
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(ApiServerExposureRules(), cases);
}

TEST(Origins, OnlyThoseThatNameNoHostMatchEverything) {
  for (const char* open : {".*", "", "*", "^.*$", "https?://.*", "^https://", "//", "(?i)//.+",
                           "http://.*:8080$", "[a-z.]+", "^https?://[^/]+$", "example\\.com|.*",
                           "^https://.*(:[0-9]+)?$", "https://\\w+"}) {
    EXPECT_TRUE(MatchesEveryOrigin(open)) << open;
  }
  for (const char* closed : {"^https://a\\.example\\.com$", "//example\\.com(:|$)", "localhost",
                             "https://10\\.0\\.0\\.1:8443", "(?i)//console\\.example(:|\\z)",
                             "^https://(a|b)\\.example$", "[", "^https://.*\\.example$"}) {
    EXPECT_EQ(MatchesEveryOrigin(closed), std::string(closed) == "[") << closed;
  }
}

TEST(Controllers, EachRuleOfTheControllerManagerSaysWhatIsTrue) {
  std::vector<RuleCase> cases = {
      {"controller-manager-pod-gc", {}, "pass"},
      {"controller-manager-pod-gc", {{"terminated-pod-gc-threshold", "0"}}, "fail"},
      {"controller-manager-pod-gc", {}, "unknown", {}, 0},
      {"controller-manager-profiling-off", {}, "fail"},
      {"controller-manager-profiling-off", {{"profiling", "false"}}, "pass"},
      {"controller-manager-own-credentials", {}, "fail"},
      {"controller-manager-own-credentials", {{"use-service-account-credentials", "true"}}, "pass"},
      {"controller-manager-service-account-key", {}, "fail"},
      {"controller-manager-service-account-key",
       {{"service-account-private-key-file", "/sa.key"}},
       "unknown"},
      {"controller-manager-service-account-key",
       {{"service-account-private-key-file", "/sa.key"}},
       "pass",
       {{"/sa.key", Key()}}},
      {"controller-manager-rotates-serving-certificates", {}, "pass"},
      {"controller-manager-rotates-serving-certificates",
       {{"feature-gates", "RotateKubeletServerCertificate=false"}},
       "fail"},
      {"controller-manager-rotates-serving-certificates", {{"feature-gates", "?"}}, "unknown"},
      {"controller-manager-loopback", {}, "fail"},
      {"controller-manager-loopback", {{"bind-address", "127.0.0.1"}}, "pass"},
      {"controller-manager-loopback", {{"bind-address", "::1"}}, "pass"},
      {"controller-manager-loopback", {{"bind-address", "::"}}, "fail"},
      {"controller-manager-open-paths", {}, "pass"},
      {"controller-manager-open-paths",
       {{"authorization-always-allow-paths", "/healthz,/metrics"}},
       "fail"},
      {"controller-manager-open-paths",
       {{"authorization-always-allow-paths", "/healthz,/*"}},
       "fail"},
      {"controller-manager-tls-floor", {{"tls-min-version", "VersionTLS10"}}, "fail"},
      {"controller-manager-tls-floor", {}, "pass"},
      {"controller-manager-strong-ciphers", {}, "fail"},
      {"controller-manager-strong-ciphers", {{"tls-cipher-suites", kGoodSuites}}, "pass"},
      {"controller-manager-insecure-port-off", {}, "pass"},
      {"controller-manager-insecure-port-off", {{"port", "10252"}}, "fail"},
      {"controller-manager-no-alpha-features", {}, "pass"},
      {"controller-manager-no-alpha-features", {{"feature-gates", "AllAlpha=true"}}, "fail"},
  };
  AddCaCases(cases, "controller-manager-root-ca", "root-ca-file");
  for (const Rule& rule : ControllerRules()) {
    if (rule.target == Target::kControllerManager) cases.push_back({rule.id, {}, "unknown", {}, 0});
  }
  RunCases(ComponentKind::kControllerManager, cases);
  std::vector<Rule> own;
  for (const Rule& rule : ControllerRules()) {
    if (rule.target == Target::kControllerManager) own.push_back(rule);
  }
  ExpectAllVerdicts(own, cases);
}

TEST(Controllers, EachRuleOfTheSchedulerSaysWhatIsTrue) {
  std::vector<RuleCase> cases = {
      {"scheduler-profiling-off", {}, "fail"},
      {"scheduler-profiling-off", {{"profiling", "false"}}, "pass"},
      {"scheduler-loopback", {}, "fail"},
      {"scheduler-loopback", {{"bind-address", "127.0.0.1"}}, "pass"},
      {"scheduler-tls-floor", {}, "pass"},
      {"scheduler-tls-floor", {{"tls-min-version", "VersionTLS11"}}, "fail"},
      {"scheduler-strong-ciphers", {}, "fail"},
      {"scheduler-strong-ciphers", {{"tls-min-version", "VersionTLS13"}}, "pass"},
      {"scheduler-open-paths", {}, "pass"},
      {"scheduler-open-paths", {{"authorization-always-allow-paths", "/metrics"}}, "fail"},
      {"scheduler-insecure-port-off", {}, "pass"},
      {"scheduler-insecure-port-off", {{"port", "10251"}}, "fail"},
      {"scheduler-no-alpha-features", {}, "pass"},
      {"scheduler-no-alpha-features", {{"feature-gates", "AllAlpha=true"}}, "fail"},
  };
  std::vector<Rule> own;
  for (const Rule& rule : ControllerRules()) {
    if (rule.target == Target::kScheduler) own.push_back(rule);
  }
  for (const Rule& rule : own) cases.push_back({rule.id, {}, "unknown", {}, 0});
  RunCases(ComponentKind::kScheduler, cases);
  ExpectAllVerdicts(own, cases);
}

}  // namespace
}  // namespace seawall::rules
