#include <set>

#include "rules/machine_rules.h"
#include "rules/test_node.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::OriginKind;

struct Case {
  const char* rule;
  const char* setting;
  const char* value;
  const char* verdict;
};

// For each rule what passes, what fails, and what the default of 1.37 gives (value nullptr).
constexpr Case kCases[] = {
    {"kubelet-anonymous-auth", "authentication.anonymous.enabled", "false", "pass"},
    {"kubelet-anonymous-auth", "authentication.anonymous.enabled", "true", "fail"},
    {"kubelet-anonymous-auth", nullptr, nullptr, "pass"},
    {"kubelet-authorization-mode", "authorization.mode", "Webhook", "pass"},
    {"kubelet-authorization-mode", "authorization.mode", "AlwaysAllow", "fail"},
    {"kubelet-authorization-mode", nullptr, nullptr, "pass"},
    {"kubelet-webhook-authentication", "authentication.webhook.enabled", "false", "fail"},
    {"kubelet-webhook-authentication", nullptr, nullptr, "pass"},
    {"kubelet-authorization-cache", "authorization.webhook.cacheAuthorizedTTL", "1h0m0s", "fail"},
    {"kubelet-authorization-cache", "authorization.webhook.cacheAuthorizedTTL", "1m0s", "pass"},
    {"kubelet-read-only-port", "readOnlyPort", "10255", "fail"},
    {"kubelet-read-only-port", nullptr, nullptr, "pass"},
    {"kubelet-streaming-timeout", "streamingConnectionIdleTimeout", "0s", "fail"},
    {"kubelet-streaming-timeout", "streamingConnectionIdleTimeout", "5m0s", "pass"},
    {"kubelet-streaming-timeout", nullptr, nullptr, "pass"},
    {"kubelet-healthz-local", "healthzBindAddress", "0.0.0.0", "fail"},
    {"kubelet-healthz-local", "healthzBindAddress", "::1", "pass"},
    {"kubelet-healthz-local", "healthzPort", "0", "pass"},
    {"kubelet-healthz-local", nullptr, nullptr, "pass"},
    {"kubelet-debugging-handlers", "enableDebuggingHandlers", "false", "pass"},
    {"kubelet-debugging-handlers", nullptr, nullptr, "unknown"},
    {"kubelet-profiling-off", "enableProfilingHandler", "false", "pass"},
    {"kubelet-profiling-off", nullptr, nullptr, "fail"},
    {"kubelet-debug-flags-off", "enableDebugFlagsHandler", "false", "pass"},
    {"kubelet-debug-flags-off", nullptr, nullptr, "fail"},
    {"kubelet-system-logs-off", "enableSystemLogHandler", "false", "pass"},
    {"kubelet-system-logs-off", nullptr, nullptr, "fail"},
    {"kubelet-log-query-off", "enableSystemLogQuery", "true", "fail"},
    {"kubelet-log-query-off", nullptr, nullptr, "pass"},
    {"kubelet-serving-certificate", "serverTLSBootstrap", "true", "pass"},
    {"kubelet-serving-certificate", nullptr, nullptr, "fail"},
    {"kubelet-serving-certificate", "tlsCertFile", "/x.crt", "fail"},  // without its key
    {"kubelet-rotates-certificates", "rotateCertificates", "true", "pass"},
    {"kubelet-rotates-certificates", nullptr, nullptr, "fail"},
    {"kubelet-rotate-server-certificate-gate", "featureGates",
     "RotateKubeletServerCertificate=false", "fail"},
    {"kubelet-rotate-server-certificate-gate", "featureGates", "RotateKubeletServerCertificate=F",
     "fail"},
    {"kubelet-rotate-server-certificate-gate", "featureGates", "AllBeta=false", "fail"},
    {"kubelet-rotate-server-certificate-gate", "featureGates",
     "AllBeta=false,RotateKubeletServerCertificate=true", "pass"},
    {"kubelet-rotate-server-certificate-gate", nullptr, nullptr, "pass"},
    {"kubelet-server-tls-bootstrap", "serverTLSBootstrap", "true", "pass"},
    {"kubelet-server-tls-bootstrap", nullptr, nullptr, "fail"},
    {"kubelet-removed-rotation-gate", "featureGates", "RotateKubeletClientCertificate=true",
     "fail"},
    {"kubelet-removed-rotation-gate", nullptr, nullptr, "pass"},
    {"kubelet-cipher-suites", nullptr, nullptr, "fail"},
    {"kubelet-cipher-suites", "tlsCipherSuites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "pass"},
    {"kubelet-cipher-suites", "tlsCipherSuites",
     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_AES_128_GCM_SHA256", "pass"},
    {"kubelet-cipher-suites", "tlsCipherSuites",
     "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_GCM_SHA256", "fail"},
    {"kubelet-cipher-suites", "tlsCipherSuites", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "fail"},
    {"kubelet-cipher-suites", "tlsMinVersion", "VersionTLS13", "pass"},
    {"kubelet-tls-min-version", "tlsMinVersion", "VersionTLS11", "fail"},
    {"kubelet-tls-min-version", nullptr, nullptr, "pass"},
    {"kubelet-post-quantum", "tlsCurvePreferences", "29,23", "fail"},
    {"kubelet-post-quantum", "tlsCurvePreferences", "4588,29", "pass"},
    {"kubelet-post-quantum", nullptr, nullptr, "pass"},
    {"kubelet-no-alpha-gates", "featureGates", "AllAlpha=true", "fail"},
    {"kubelet-no-alpha-gates", "featureGates", "AllAlpha=false", "pass"},
    {"kubelet-iptables-chains", "makeIPTablesUtilChains", "false", "fail"},
    {"kubelet-iptables-chains", nullptr, nullptr, "pass"},
    {"kubelet-hostname-override", "hostname-override", "a", "fail"},
    {"kubelet-hostname-override", nullptr, nullptr, "pass"},
    {"kubelet-event-rate", "eventRecordQPS", "0", "fail"},
    {"kubelet-event-rate", "eventRecordQPS", "5", "pass"},
    {"kubelet-event-rate", nullptr, nullptr, "pass"},
    {"kubelet-pids-limit", nullptr, nullptr, "fail"},
    {"kubelet-pids-limit", "podPidsLimit", "0", "fail"},
    {"kubelet-pids-limit", "podPidsLimit", "4096", "pass"},
    {"kubelet-seccomp-default", nullptr, nullptr, "fail"},
    {"kubelet-seccomp-default", "seccompDefault", "true", "pass"},
    {"kubelet-protect-kernel-defaults", nullptr, nullptr, "fail"},
    {"kubelet-protect-kernel-defaults", "protectKernelDefaults", "true", "pass"},
    {"kubelet-no-unsafe-sysctls", "allowedUnsafeSysctls", "net.core.somaxconn", "fail"},
    {"kubelet-no-unsafe-sysctls", nullptr, nullptr, "pass"},
    {"kubelet-static-pods-over-https", "staticPodURL", "http://192.0.2.1/pod.yaml", "fail"},
    {"kubelet-static-pods-over-https", "staticPodURL", "https://192.0.2.1/pod.yaml", "pass"},
    {"kubelet-static-pods-over-https", nullptr, nullptr, "pass"},
    {"kubelet-runtime-endpoint-local", "containerRuntimeEndpoint", "tcp://192.0.2.1:2375", "fail"},
    {"kubelet-runtime-endpoint-local", "containerRuntimeEndpoint", "unix:///run/x.sock", "pass"},
    {"kubelet-has-config", nullptr, nullptr, "fail"},
    {"kubelet-has-config", "config", "/var/lib/kubelet/config.yaml", "pass"},
};

TEST(Kubelet, EachSettingGivesItsVerdict) {
  for (const Case& c : kCases) {
    TestNode node;
    Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
    if (c.setting != nullptr) TestNode::Set(kubelet, c.setting, c.value);
    EXPECT_EQ(node.Verdict(c.rule), c.verdict)
        << c.rule << " " << (c.value ? c.value : "(default)") << ": " << node.last.reason;
  }
}

TEST(Kubelet, WhatCannotBeKnownNeverPasses) {
  std::set<std::string> rules;
  for (const Case& c : kCases) rules.insert(c.rule);
  for (const std::string& rule : rules) {
    TestNode node;
    Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
    kubelet.unknown = "a shell one-liner starts it";
    kubelet.how = "look at /proc";
    EXPECT_EQ(node.Verdict(rule.c_str()), "unknown") << rule;
    EXPECT_NE(node.last.reason.find("/proc"), std::string::npos)
        << rule << ": " << node.last.reason;
  }
}

TEST(Kubelet, TheDefaultOfAnUnknownVersionNeverPasses) {
  for (const Case& c : kCases) {
    TestNode node;
    Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
    kubelet.version.reset();
    if (c.setting != nullptr) continue;
    EXPECT_EQ(node.Verdict(c.rule), "unknown") << c.rule << ": " << node.last.reason;
  }
}

TEST(Kubelet, EveryRuleOfTheseFilesHasACase) {
  std::set<std::string> tested = {"kubelet-client-ca", "kubelet-config-known-fields",
                                  "kubelet-config-keys-once", "kubelet-dropins-read"};  // below
  for (const Case& c : kCases) tested.insert(c.rule);
  for (auto rules :
       {KubeletAccessRules(), KubeletTlsRules(), KubeletHostRules(), KubeletConfigRules()}) {
    for (const Rule& rule : rules) EXPECT_TRUE(tested.contains(rule.id)) << rule.id;
  }
}

TEST(Kubelet, AZeroTimeoutInAFileIsTheDefault) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet);
  TestNode::Set(kubelet, "streamingConnectionIdleTimeout", "0s", OriginKind::kFile);
  EXPECT_EQ(node.Verdict("kubelet-streaming-timeout"), "pass");
}

TEST(Kubelet, AClientCaMustBeACertificate) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("kubelet-client-ca"), "fail");
  TestNode::Set(node.node.components[0], "authentication.x509.clientCAFile", "/ca.crt");
  EXPECT_EQ(node.Verdict("kubelet-client-ca"), "unknown") << "it is not there";
  node.files().Add("/ca.crt", "no certificate");
  EXPECT_EQ(node.Verdict("kubelet-client-ca"), "unknown") << "it is not a certificate";
  static_cast<void>(kubelet);
}

TEST(Kubelet, ProblemsOfItsConfigurationFail) {
  using Kind = cluster::Problem::Kind;
  for (auto [kind, rule] : {std::pair(Kind::kUnknownField, "kubelet-config-known-fields"),
                            std::pair(Kind::kDuplicateKey, "kubelet-config-keys-once")}) {
    TestNode node;
    node.Add(ComponentKind::kKubelet);
    EXPECT_EQ(node.Verdict(rule), "pass");
    node.node.components[0].gaps.push_back({true, "the file cannot be read", "run as root"});
    EXPECT_EQ(node.Verdict(rule), "unknown");
    node.node.components[0].problems.push_back(
        {kind, false, "readonlyPort", "no such field", {"/k.yaml", 3, 1, {}}});
    EXPECT_EQ(node.Verdict(rule), "fail");
    EXPECT_EQ(node.last.evidence.at(0).place.line, 3u);
  }
}

TEST(Kubelet, DropInsThatItDoesNotReadAreNamed) {
  constexpr const char* kGood =
      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 0\n";
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "not-applicable");
  TestNode::Set(kubelet, "config-dir", "/etc/kubelet.d");
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "unknown") << "it is named and not there";
  node.files().Add("/etc/kubelet.d/10-a.conf", kGood);
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "pass");
  node.files().Add("/etc/kubelet.d/20-b.yaml", kGood);
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.file, "/etc/kubelet.d/20-b.yaml");
  node.files().Remove("/etc/kubelet.d/20-b.yaml");
  node.files().Add("/etc/kubelet.d/30-c.conf", "readOnlyPort: 0\n");
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "fail") << "it lacks its kind";
  node.files().Add("/etc/kubelet.d/30-c.conf", "a: [\n");
  EXPECT_EQ(node.Verdict("kubelet-dropins-read"), "unknown") << "it cannot be parsed";
}

struct ProxyCase {
  const char* rule;
  const char* setting;
  const char* value;
  const char* verdict;
};
constexpr ProxyCase kProxyCases[] = {
    {"proxy-metrics-local", nullptr, nullptr, "pass"},
    {"proxy-metrics-local", "metricsBindAddress", "", "pass"},
    {"proxy-metrics-local", "metricsBindAddress", "127.0.0.1:10249", "pass"},
    {"proxy-metrics-local", "metricsBindAddress", "[::1]:10249", "pass"},
    {"proxy-metrics-local", "metricsBindAddress", "0.0.0.0:10249", "fail"},
    {"proxy-metrics-local", "metricsBindAddress", "[::]:10249", "fail"},
    {"proxy-metrics-local", "metricsBindAddress", "192.0.2.1:10249", "fail"},
    {"proxy-profiling-off", nullptr, nullptr, "pass"},
    {"proxy-profiling-off", "enableProfiling", "true", "fail"},
    {"proxy-healthz-local", nullptr, nullptr, "unknown"},
    {"proxy-healthz-local", "healthzBindAddress", "127.0.0.1:10256", "pass"},
};

TEST(Proxy, EachSettingGivesItsVerdict) {
  for (const ProxyCase& c : kProxyCases) {
    TestNode node;
    Component& proxy = node.Add(ComponentKind::kProxy, cluster::RunBy::kSystemd);
    if (c.setting != nullptr) TestNode::Set(proxy, c.setting, c.value);
    EXPECT_EQ(node.Verdict(c.rule), c.verdict)
        << c.rule << " " << (c.value ? c.value : "(default)") << ": " << node.last.reason;
    if (c.setting == nullptr) continue;
    TestNode::Hide(node.node.components[0], c.setting);
    EXPECT_EQ(node.Verdict(c.rule), "unknown") << c.rule;
  }
}

/// Go's own switch for the hybrid groups, in a component's environment.
TEST(PostQuantum, GoSwitchesItOff) {
  struct GoCase {
    const char* value;
    const char* unknown;
    const char* verdict;
  };
  for (const GoCase& c : {GoCase{"tlsmlkem=0", "", "fail"}, GoCase{"a=1,tlsmlkem=0", "", "fail"},
                          GoCase{"tlsmlkem=0,tlsmlkem=1", "", "pass"}, GoCase{"x=0", "", "pass"},
                          GoCase{"", "it comes from a ConfigMap", "unknown"}}) {
    TestNode node;
    Component& kubelet = node.Add(ComponentKind::kKubelet, cluster::RunBy::kSystemd);
    kubelet.command.environment.push_back({"GODEBUG", c.value, {"/e", 3, 9, {}}, c.unknown});
    EXPECT_EQ(node.Verdict("kubelet-post-quantum"), c.verdict) << c.value;
  }
}

}  // namespace
}  // namespace seawall::rules
