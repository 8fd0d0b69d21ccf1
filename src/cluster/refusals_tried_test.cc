// Settings that were tried on the genuine components of 1.37.2 (etcd 3.7.0): refused, or taken.
#include <gtest/gtest.h>

#include "cluster/refusals.h"
#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Words = std::vector<std::string>;

struct Row {
  Words words;
  const char* setting;  ///< that is refused; nullptr: it starts
};

constexpr const char* kWeak = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";

/// The setting that is refused first, "" when nothing is.
std::string Refused(const Subject& subject) {
  for (const Problem& problem : subject.component().problems) {
    if (problem.fatal) return problem.setting;
  }
  return "";
}

template <size_t kCount>
void Try(const Row (&rows)[kCount], Subject (*make)(Words)) {
  for (const Row& row : rows) {
    const Subject subject = make(row.words);
    std::string shown;
    for (const std::string& word : row.words) shown += word + " ";
    EXPECT_EQ(Refused(subject), row.setting == nullptr ? "" : row.setting) << shown << "\n"
                                                                           << subject.FatalTexts();
  }
}

Subject MakeApiServer(Words words) {
  for (const char* word :
       {"--etcd-servers=https://127.0.0.1:2379", "--service-account-issuer=https://i",
        "--service-account-signing-key-file=/sa.key", "--service-account-key-file=/sa.pub"}) {
    words.emplace_back(word);
  }
  Subject subject(ComponentKind::kApiServer, std::move(words));
  subject.File("/sa.key", testing::kKeyText).File("/sa.pub", testing::kCertificateText);
  subject.File("/text", "hello").File("/ca", testing::kCertificateText);
  subject.File("/two", "tok,user\n").File("/three", "tok,user,uid\n");
  subject.File("/abac", "{\"user\":\"b\"}\n").File("/abac-text", "not json\n").Read();
  return subject;
}

TEST(Tried, ApiServer) {
  const std::string weak = std::string("--tls-cipher-suites=") + kWeak;
  const Row rows[] = {
      {{"--token-auth-file=/two"}, "token-auth-file"},
      {{"--token-auth-file=/three"}, nullptr},
      {{"--authorization-mode=ABAC", "--authorization-policy-file=/abac"}, nullptr},
      {{"--authorization-mode=ABAC", "--authorization-policy-file=/abac-text"},
       "authorization-policy-file"},
      {{weak}, "tls-cipher-suites"},
      {{weak, "--tls-min-version=VersionTLS13"}, nullptr},
      {{weak, "--disable-http2-serving=true"}, nullptr},
      {{weak + ",TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, nullptr},
      {{"--tls-cipher-suites=TLS_AES_128_GCM_SHA256"}, "tls-cipher-suites"},
      {{"--tls-curve-preferences=23,24"}, nullptr},
      {{"--tls-curve-preferences=99"}, "tls-curve-preferences"},
      {{"--tls-curve-preferences=23,23"}, "tls-curve-preferences"},
      {{"--cors-allowed-origins=example.com"}, "cors-allowed-origins"},
      {{"--cors-allowed-origins=^https://a"}, nullptr},
      {{"--cors-allowed-origins=^(a$"}, "cors-allowed-origins"},
      {{"--strict-transport-security-directives=includeSubdomains"},
       "strict-transport-security-directives"},
      {{"--strict-transport-security-directives=max-age=1,preload"}, nullptr},
      {{"--goaway-chance=0.03"}, "goaway-chance"},
      {{"--goaway-chance=0.02"}, nullptr},
      {{"--apiserver-count=0"}, "apiserver-count"},
      {{"--storage-media-type=text/plain"}, "storage-media-type"},
      {{"--etcd-servers-overrides=/events"}, "etcd-servers-overrides"},
      {{"--etcd-servers-overrides=/events#https://127.0.0.1:2379"}, nullptr},
      {{"--watch-cache-sizes=pods"}, "watch-cache-sizes"},
      {{"--watch-cache-sizes=pods#0"}, nullptr},
      {{"--service-cluster-ip-range=198.51.100.0/33"}, "service-cluster-ip-range"},
      {{"--service-cluster-ip-range=198.51.100.0/30"}, "service-cluster-ip-range"},
      {{"--service-cluster-ip-range=198.51.100.0/29"}, nullptr},
      {{"--service-cluster-ip-range=198.51.100.0/24,10.1.0.0/24"}, "service-cluster-ip-range"},
      {{"--service-cluster-ip-range=198.51.100.0/24,fd00::/112"}, nullptr},
      {{"--service-cluster-ip-range=fd00::/112", "--advertise-address=192.0.2.1"},
       "service-cluster-ip-range"},
      {{"--service-node-port-range=40000-30000"}, "service-node-port-range"},
      {{"--service-node-port-range=30000+10"}, nullptr},
      {{"--kubernetes-service-node-port=20000"}, "kubernetes-service-node-port"},
      {{"--kubernetes-service-node-port=30001"}, nullptr},
      {{"--runtime-config=api/all=false"}, "runtime-config"},
      {{"--runtime-config=foo.example.com/v1=true"}, "runtime-config"},
      {{"--runtime-config=api/ga=false"}, "runtime-config"},
      {{"--runtime-config=api/beta=true,batch/v1,v1=true"}, nullptr},
      {{"--service-account-max-token-expiration=30m"}, "service-account-max-token-expiration"},
      {{"--service-account-jwks-uri=http://x/y"}, "service-account-jwks-uri"},
      {{"--oidc-issuer-url=http://x", "--oidc-client-id=c"}, "oidc-issuer-url"},
      {{"--oidc-issuer-url=https://x?q=1", "--oidc-client-id=c"}, "oidc-issuer-url"},
      {{"--oidc-issuer-url=https://i", "--oidc-client-id=c"}, "oidc-issuer-url"},
      {{"--oidc-issuer-url=https://x", "--oidc-client-id=c", "--oidc-signing-algs=HS256"},
       "oidc-signing-algs"},
      {{"--requestheader-allowed-names=a,,b"}, "requestheader-allowed-names"},
      {{"--requestheader-uid-headers=X-Foo"}, "requestheader-uid-headers"},
      {{"--audit-log-path=-", "--audit-log-mode=batch", "--audit-log-batch-throttle-enable=true"},
       "audit-log-batch-throttle-enable"},
      {{"--audit-log-path=-", "--audit-log-truncate-max-event-size=0"},
       "audit-log-truncate-max-event-size"},
      {{"--feature-gates=AllAlpha=true"}, "feature-gates"},
      {{"--feature-gates=AllAlpha=true,AllBeta=true"}, nullptr},
      {{"--feature-gates=AllBeta=true"}, nullptr},
      {{"--feature-gates=GracefulNodeShutdown=false"}, "feature-gates"},
      {{"--client-ca-file=/text"}, "client-ca-file"},
      {{"--service-account-signing-key-file=/text"}, nullptr},  // the later one wins
      {{"--tls-sni-cert-key=/a"}, "tls-sni-cert-key"},
      {{"--coordinated-leadership-lease-duration=1s"}, "coordinated-leadership-lease-duration"},
      {{"--show-hidden-metrics-for-version=1.30"}, "show-hidden-metrics-for-version"},
      {{"--emulation-forward-compatible=true"}, "emulation-forward-compatible"},
      {{"--logging-format=xml"}, "logging-format"},
      {{"--allow-metric-labels=a,b=c"}, nullptr},
  };
  Try(rows, MakeApiServer);
}

TEST(Tried, NeedsOfGatesAreOldersNot) {
  Subject subject(ComponentKind::kScheduler, {"--kubeconfig=/k", "--feature-gates=AllAlpha=true"});
  subject.OfVersion(1, 34).Read();
  EXPECT_EQ(subject.FatalTexts(), "") << "since 1.35";
  Subject emulating(ComponentKind::kScheduler, {"--kubeconfig=/k", "--emulated-version=1.34",
                                                "--feature-gates=AllAlpha=true"});
  emulating.Read();
  EXPECT_EQ(emulating.FatalTexts(), "") << "its gates are those of 1.34";
}

Subject MakeManager(Words words) {
  words.emplace_back("--kubeconfig=/k");
  Subject subject(ComponentKind::kControllerManager, std::move(words));
  subject.File("/text", "hello").Read();
  return subject;
}

TEST(Tried, ControllerManager) {
  const std::string weak = std::string("--tls-cipher-suites=") + kWeak;
  const std::string pods = "--cluster-cidr=10.244.0.0/16";
  const std::string allocate = "--allocate-node-cidrs=true";
  const Row rows[] = {
      {{"--controllers=*,nosuch"}, "controllers"},
      {{"--controllers=*,-service"}, "controllers"},
      {{"--controllers=*, -ttl"}, "controllers"},
      {{"--controllers=*,-csrsigning,bootstrapsigner,-node-lifecycle-controller"}, nullptr},
      {{"--concurrent-job-syncs=0"}, "concurrent-job-syncs"},
      {{"--concurrent-gc-syncs=0"}, nullptr},
      {{"--concurrent-service-endpoint-syncs=51"}, "concurrent-service-endpoint-syncs"},
      {{"--attach-detach-reconcile-sync-period=500ms"}, "attach-detach-reconcile-sync-period"},
      {{allocate}, "allocate-node-cidrs"},
      {{allocate, pods}, nullptr},
      {{allocate, "--cluster-cidr=foo"}, "cluster-cidr"},
      {{"--cluster-cidr=foo"}, nullptr},
      {{allocate, pods + ",10.245.0.0/16"}, "cluster-cidr"},
      {{allocate, pods, "--node-cidr-mask-size=12"}, "node-cidr-mask-size"},
      {{allocate, pods, "--node-cidr-mask-size-ipv6=64"}, "node-cidr-mask-size-ipv6"},
      {{"--cidr-allocator-type=CloudAllocator"}, "cidr-allocator-type"},
      {{"--cloud-provider=aws"}, "cloud-provider"},
      {{"--leader-elect-lease-duration=5s"}, "leader-elect-lease-duration"},
      {{"--leader-elect=false", "--leader-elect-lease-duration=5s"}, nullptr},
      {{"--leader-elect-resource-lock=endpointsleases"}, "leader-elect-resource-lock"},
      {{weak}, "tls-cipher-suites"},
      {{weak, "--secure-port=0"}, nullptr},
      {{"--root-ca-file=/text"}, "root-ca-file"},
      {{"--kube-api-burst=-1"}, "kube-api-burst"},
      {{"--authorization-always-allow-paths=/a*b"}, "authorization-always-allow-paths"},
      {{"--authorization-always-allow-paths=/*"}, nullptr},
      {{"--feature-gates=AllAlpha=true"}, "feature-gates"},
  };
  Try(rows, MakeManager);
  Subject bare(ComponentKind::kControllerManager, {});
  EXPECT_EQ(Refused(bare.Read()), "kubeconfig");
  Subject older(ComponentKind::kControllerManager, {"--kubeconfig=/k", "--controllers=*,-service"});
  EXPECT_EQ(Refused(older.OfVersion(1, 36).Read()), "") << "1.36 still has it";
}

Subject MakeEtcd(Words words) {
  words.emplace_back("--advertise-client-urls=https://192.0.2.1:2379");
  Subject subject(ComponentKind::kEtcd, std::move(words));
  subject.File("/crt", testing::kCertificateText).File("/key", testing::kKeyText).Read();
  return subject;
}

TEST(Tried, Etcd) {
  const std::string weak = std::string("--cipher-suites=") + kWeak;
  const std::string listen = "--listen-client-urls=https://127.0.0.1:2379";
  const Row rows[] = {
      {{weak, listen, "--auto-tls"}, "cipher-suites"},
      {{weak, "--listen-client-urls=http://127.0.0.1:2379"}, nullptr},
      {{"--cipher-suites="}, "cipher-suites"},
      {{"--heartbeat-interval=0"}, "heartbeat-interval"},
      {{"--heartbeat-interval=300"}, "heartbeat-interval"},
      {{"--heartbeat-interval=200"}, nullptr},
      {{"--election-timeout=100"}, "election-timeout"},
      {{"--election-timeout=60000"}, "election-timeout"},
      {{"--election-timeout=50000"}, nullptr},
      {{"--auto-compaction-retention=foo"}, "auto-compaction-retention"},
      {{"--auto-compaction-retention=1h"}, nullptr},
      {{"--compact-hash-check-time=0s"}, "compact-hash-check-time"},
      {{"--feature-gates=LeaseCheckpointPersist=true"}, "feature-gates"},
      {{"--feature-gates=LeaseCheckpointPersist=true,LeaseCheckpoint=true"}, nullptr},
      {{"--feature-gates=AllAlpha=true"}, nullptr},
      {{"--initial-advertise-peer-urls=https://127.0.0.1"}, "initial-advertise-peer-urls"},
      {{"--listen-metrics-urls=http://foo:2381"}, "listen-metrics-urls"},
      {{"--listen-metrics-urls=http://localhost:2381"}, nullptr},
      {{"--initial-cluster=a=http://a:1", "--discovery-srv=example.com"}, "discovery-srv"},
      {{"--discovery-token=a"}, "discovery-token"},
      {{"--discovery-fallback=proxy"}, "discovery-fallback"},
      {{"--v2-deprecation=not-yet"}, "v2-deprecation"},
      {{"--cors=foo"}, "cors"},
      {{"--cors=*"}, nullptr},
      {{"--log-level=foo"}, "log-level"},
      {{"--logger=capnslog"}, "logger"},
      {{"--log-format=foo"}, "log-format"},
      {{"--log-outputs=default,stderr"}, "log-outputs"},
      {{"--auth-token=simple"}, nullptr},
      {{"--metrics=foo", "--bcrypt-cost=99", "--quota-backend-bytes=-1"}, nullptr},
  };
  Try(rows, MakeEtcd);
  Subject empty(ComponentKind::kEtcd,
                {"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls="});
  EXPECT_EQ(Refused(empty.Read()), "") << "etcd asks only whether it is given";
}

/// A kubelet with these lines in its configuration.
std::string RefusedKubelet(const std::string& lines, Words words = {}) {
  words.emplace_back("--config=/k.yaml");
  words.emplace_back("--kubeconfig=/kubeconfig");
  Subject subject(ComponentKind::kKubelet, std::move(words));
  subject
      .File("/k.yaml",
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n" + lines)
      .File("/text", "hello")
      .Read();
  return Refused(subject);
}

TEST(Tried, KubeletStarts) {
  for (const char* lines : {"",
                            "logging: {flushFrequency: 0}",
                            "logging: {flushFrequency: 0s}",
                            "logging: {flushFrequency: 5000000000}",
                            "tlsCurvePreferences: [23]",
                            "enforceNodeAllocatable: [none]\ncgroupsPerQOS: false",
                            "enforceNodeAllocatable: []\ncgroupsPerQOS: false",
                            "reservedSystemCPUs: 0-1,3",
                            "maxParallelImagePulls: 5",
                            "imageMaximumGCAge: 1h",
                            "nodeLeaseDurationSeconds: 0",
                            "nodeStatusMaxImages: -1",
                            "cpuManagerPolicy: static\nreservedSystemCPUs: '0'",
                            "shutdownGracePeriod: 10s\nshutdownGracePeriodCriticalPods: 5s",
                            "memorySwap: {swapBehavior: NoSwap}",
                            "containerLogMonitorInterval: 3s",
                            "containerLogMaxFiles: 2",
                            "userNamespaces: {idsPerPod: 131072}",
                            "evictionHard: {memory.available: 100Mi, nodefs.available: 10%}",
                            "kubeReserved: {cpu: 100m, memory: 100Mi, pid: '100'}",
                            "tlsCertFile: /text",
                            "allowedUnsafeSysctls: ['kernel.msg*']",
                            "enableSystemLogQuery: true",
                            "featureGates: {AllBeta: true}"}) {
    EXPECT_EQ(RefusedKubelet(lines), "") << lines;
  }
  for (const char* labels :
       {"kubernetes.io/os=linux", "node.kubernetes.io/x=a", "foo.node.kubernetes.io/x=a", "a=b",
        "a", "", "a_.b=c", "node.cluster.x-k8s.io/x=1", "topology.kubernetes.io/zone=a"}) {
    EXPECT_EQ(RefusedKubelet("", {std::string("--node-labels=") + labels}), "") << labels;
  }
}

TEST(Tried, KubeletIsRefused) {
  const struct {
    const char* lines;
    const char* setting;
  } rows[] = {
      {"tlsCipherSuites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]", "tlsCipherSuites"},
      {"logging: {flushFrequency: -1}", "logging.flushFrequency"},
      {"logging: {format: xml}", "logging.format"},
      {"enforceNodeAllocatable: [pods]\ncgroupsPerQOS: false", "enforceNodeAllocatable"},
      {"cgroupsPerQOS: false", "cgroupsPerQOS"},
      {"enforceNodeAllocatable: [pods, pods]", "enforceNodeAllocatable"},
      {"enforceNodeAllocatable: [none, pods]", "enforceNodeAllocatable"},
      {"enforceNodeAllocatable: [pods, kube-reserved]", "enforceNodeAllocatable"},
      {"systemCgroups: /x", "systemCgroups"},
      {"reservedSystemCPUs: 0-x", "reservedSystemCPUs"},
      {"reservedSystemCPUs: '0'\nkubeReservedCgroup: /x", "reservedSystemCPUs"},
      {"cpuCFSQuotaPeriod: 2s", "cpuCFSQuotaPeriod"},
      {"maxParallelImagePulls: 0", "maxParallelImagePulls"},
      {"imageMaximumGCAge: 1m", "imageMaximumGCAge"},
      {"imageGCHighThresholdPercent: 80\nimageGCLowThresholdPercent: 80",
       "imageGCLowThresholdPercent"},
      {"nodeLeaseDurationSeconds: -1", "nodeLeaseDurationSeconds"},
      {"cpuManagerPolicy: static", "cpuManagerPolicy"},
      {"cpuManagerPolicyOptions: {full-pcpus-only: 'true'}", "cpuManagerPolicyOptions"},
      {"memoryManagerPolicy: Static", "memoryManagerPolicy"},
      {"configMapAndSecretChangeDetectionStrategy: foo",
       "configMapAndSecretChangeDetectionStrategy"},
      {"shutdownGracePeriodCriticalPods: 5s", "shutdownGracePeriodCriticalPods"},
      {"shutdownGracePeriod: 500ms", "shutdownGracePeriod"},
      {"memorySwap: {swapBehavior: UnlimitedSwap}", "memorySwap.swapBehavior"},
      {"crashLoopBackOff: {maxContainerRestartPeriod: 400s}",
       "crashLoopBackOff.maxContainerRestartPeriod"},
      {"memoryThrottlingFactor: 2.0", "memoryThrottlingFactor"},
      {"enableSystemLogQuery: true\nenableSystemLogHandler: false", "enableSystemLogQuery"},
      {"containerLogMaxFiles: 1", "containerLogMaxFiles"},
      {"containerLogMonitorInterval: 1s", "containerLogMonitorInterval"},
      {"podLogsDir: /var/log/pods/", "podLogsDir"},
      {"userNamespaces: {idsPerPod: 1000}", "userNamespaces.idsPerPod"},
      {"showHiddenMetricsForVersion: '1.20'", "showHiddenMetricsForVersion"},
      {"defaultPodSysctls: {kernel.shm_rmid_forced: '1'}", "defaultPodSysctls"},
      {"evictionHard: {foo: 10%}", "evictionHard"},
      {"evictionHard: {memory.available: 110%}", "evictionHard"},
      {"evictionSoft: {memory.available: 10%}", "evictionSoft"},
      {"systemReserved: {foo: '1'}", "systemReserved"},
      {"allowedUnsafeSysctls: ['vm.*']", "allowedUnsafeSysctls"},
      {"address: foo", "address"},
      {"authentication: {x509: {clientCAFile: /text}}", "authentication.x509.clientCAFile"},
      {"featureGates: {AllAlpha: true}", "featureGates"},
      {"featureGates: {GracefulNodeShutdown: false}", "featureGates"},
  };
  for (const auto& row : rows) EXPECT_EQ(RefusedKubelet(row.lines), row.setting) << row.lines;
  for (const char* labels :
       {"node-role.kubernetes.io/master=", "kubernetes.io/foo=a", "k8s.io/x=1", "a=b c", "a b=c",
        "a/b/c=1", "EXAMPLE.com/a=b", "a=-b", "node-restriction.kubernetes.io/a=1"}) {
    EXPECT_EQ(RefusedKubelet("", {std::string("--node-labels=") + labels}), "node-labels")
        << labels;
  }
  EXPECT_EQ(RefusedKubelet("", {"--cloud-provider=aws"}), "cloud-provider");
  EXPECT_EQ(RefusedKubelet("", {"--exit-on-lock-contention=true"}), "exit-on-lock-contention");
}

}  // namespace
}  // namespace seawall::cluster
