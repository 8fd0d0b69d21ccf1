#include "cluster/settings.h"

#include <gtest/gtest.h>

#include "cluster/proxy_config.h"
#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Kind = Problem::Kind;

constexpr const char* kProxyHead =
    "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
constexpr const char* kSchedulerHead =
    "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

TEST(Proxy, FlagsAloneAreFields) {
  Subject subject(ComponentKind::kProxy, {"--metrics-bind-address=0.0.0.0:10249", "--profiling"});
  subject.Read();
  EXPECT_EQ(subject.Shown("metricsBindAddress"), "set:0.0.0.0:10249");
  EXPECT_EQ(subject.Shown("enableProfiling"), "set:true");
  EXPECT_EQ(subject.Shown("healthz-bind-address"), subject.Shown("healthzBindAddress"));
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Proxy, AFileTakesTheFlagsPlace) {
  Subject subject(ComponentKind::kProxy,
                  {"--config=/p.yaml", "--profiling", "--hostname-override=Node-1",
                   "--metrics-bind-address=0.0.0.0:1"});
  subject
      .File("/p.yaml", std::string(kProxyHead) +
                           "metricsBindAddress: 127.0.0.1:10249\nhostnameOverride: other\n")
      .Read();
  EXPECT_EQ(subject.Shown("metricsBindAddress"), "set:127.0.0.1:10249");
  EXPECT_EQ(subject.Shown("enableProfiling"), "default:false");
  EXPECT_EQ(subject.Shown("hostnameOverride"), "set:Node-1") << "the one flag that still wins";
  EXPECT_NE(subject.Find(Kind::kIgnored, "profiling"), nullptr);
  EXPECT_NE(subject.Find(Kind::kIgnored, "metrics-bind-address"), nullptr);
  EXPECT_EQ(subject.Find(Kind::kIgnored, "hostname-override"), nullptr);
}

TEST(Proxy, BadFiles) {
  Subject missing(ComponentKind::kProxy, {"--config=/p.yaml"});
  missing.Read();
  EXPECT_TRUE(missing.Fatal(Kind::kMissingFile));
  EXPECT_EQ(missing.Shown("metricsBindAddress"), "unknown");
  Subject unknown(ComponentKind::kProxy, {"--config=$(X)", "--profiling=false"});
  unknown.Unknown(0).Read();
  EXPECT_EQ(unknown.Shown("enableProfiling"), "unknown") << "the file would take the flag's place";
  Subject odd(ComponentKind::kProxy, {"--config=/p.yaml"});
  odd.File("/p.yaml", std::string(kProxyHead) + "metricsBindAdress: x\nmode: userspace\n").Read();
  EXPECT_NE(odd.Find(Kind::kUnknownField), nullptr);
  EXPECT_TRUE(odd.Fatal(Kind::kBadValue, "mode"));
}

TEST(Proxy, DefaultsFollowTheFamilyOfTheAddress) {
  Subject subject(ComponentKind::kProxy, {"--config=/p.yaml"});
  subject.File("/p.yaml", std::string(kProxyHead) + "bindAddress: '::'\n").Read();
  EXPECT_EQ(subject.Shown("metricsBindAddress"), "default:[::1]:10249");
  EXPECT_EQ(subject.Shown("healthzBindAddress"), "default:[::]:10256");
}

TEST(Proxy, DocumentsAmongOthers) {
  const auto stream = yaml::Parse("f", std::string(kProxyHead) + "enableProfiling: true\n");
  ASSERT_TRUE(stream);
  Subject subject(ComponentKind::kProxy);
  ReadProxyDocument(stream->root(), subject.component());
  EXPECT_EQ(subject.Shown("enableProfiling"), "set:true");
}

TEST(Scheduler, FlagsAlone) {
  Subject subject(ComponentKind::kScheduler, {"--profiling=false", "--bind-address=127.0.0.1"});
  subject.Read();
  EXPECT_EQ(subject.Shown("profiling"), "set:false");
  EXPECT_EQ(subject.Shown("bind-address"), "set:127.0.0.1");
  EXPECT_EQ(subject.Shown("secure-port"), "default:10259");
}

TEST(Scheduler, TheFileDecidesWhatItCan) {
  Subject subject(ComponentKind::kScheduler,
                  {"--config=/s.yaml", "--profiling=false", "--leader-elect=false",
                   "--kubeconfig=/k", "--bind-address=127.0.0.1"});
  subject.File("/s.yaml", std::string(kSchedulerHead) +
                              "enableProfiling: true\nleaderElection: {leaderElect: "
                              "true}\nclientConnection: {kubeconfig: /f}\n");
  subject.Read();
  EXPECT_EQ(subject.Shown("profiling"), "set:true");
  EXPECT_EQ(subject.Get("profiling").origin.kind, OriginKind::kFile);
  EXPECT_EQ(subject.Shown("enableProfiling"), "set:true") << "by its name in the file, too";
  EXPECT_EQ(subject.Shown("leaderElection.leaderElect"), "set:false");
  EXPECT_EQ(subject.Shown("kubeconfig"), "set:/f");
  EXPECT_EQ(subject.Shown("leader-elect"), "set:false");
  ASSERT_EQ(subject.Get("leader-elect").overrode.size(), 1U);
  EXPECT_EQ(subject.Shown("bind-address"), "set:127.0.0.1");
  EXPECT_NE(subject.Find(Kind::kIgnored, "profiling"), nullptr);
  EXPECT_NE(subject.Find(Kind::kIgnored, "kubeconfig"), nullptr);
  Subject silent(ComponentKind::kScheduler, {"--config=/s.yaml", "--profiling=false"});
  silent.File("/s.yaml", kSchedulerHead).Read();
  EXPECT_EQ(silent.Shown("profiling"), "default:true");
}

TEST(Scheduler, DecodingIsStrict) {
  Subject subject(ComponentKind::kScheduler, {"--config=/s.yaml"});
  subject.File("/s.yaml", std::string(kSchedulerHead) + "enableProfilling: false\n").Read();
  EXPECT_TRUE(subject.Fatal(Kind::kUnknownField));
  Subject twice(ComponentKind::kScheduler, {"--config=/s.yaml"});
  twice
      .File("/s.yaml",
            std::string(kSchedulerHead) + "enableProfiling: false\nenableProfiling: false\n")
      .Read();
  EXPECT_TRUE(twice.Fatal(Kind::kDuplicateKey));
  Subject old(ComponentKind::kScheduler, {"--config=/s.yaml", "--bind-address=127.0.0.1"});
  old.File("/s.yaml",
           "apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration\n")
      .Read();
  EXPECT_TRUE(old.Fatal(Kind::kMalformedFile));
  EXPECT_EQ(old.Shown("profiling"), "unknown");
  EXPECT_EQ(old.Shown("bind-address"), "set:127.0.0.1");
  EXPECT_EQ(old.Shown("secure-port"), "default:10259") << "only flags decide this";
}

/// What kubeadm 1.37 writes: nothing of it is refused.
TEST(Settings, KubeadmsOwnFlagsAreTaken) {
  const std::string pki = "/etc/kubernetes/pki/";
  const auto check = [&](ComponentKind kind, std::vector<std::string> flags,
                         const std::vector<std::string>& files) {
    Subject subject(kind, std::move(flags));
    for (const std::string& file : files) subject.File(pki + file, testing::PemFor(file));
    subject.Read();
    EXPECT_EQ(subject.FatalTexts(), "") << ToString(kind);
    for (const Problem& problem : subject.component().problems)
      ADD_FAILURE() << problem.setting << ": " << problem.text;
  };
  check(ComponentKind::kApiServer,
        {"--advertise-address=192.0.2.2",
         "--allow-privileged=true",
         "--authorization-mode=Node,RBAC",
         "--client-ca-file=" + pki + "ca.crt",
         "--enable-admission-plugins=NodeRestriction",
         "--enable-bootstrap-token-auth=true",
         "--etcd-cafile=" + pki + "etcd/ca.crt",
         "--etcd-certfile=" + pki + "apiserver-etcd-client.crt",
         "--etcd-keyfile=" + pki + "apiserver-etcd-client.key",
         "--etcd-servers=https://127.0.0.1:2379",
         "--kubelet-client-certificate=" + pki + "apiserver-kubelet-client.crt",
         "--kubelet-client-key=" + pki + "apiserver-kubelet-client.key",
         "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
         "--proxy-client-cert-file=" + pki + "front-proxy-client.crt",
         "--proxy-client-key-file=" + pki + "front-proxy-client.key",
         "--requestheader-allowed-names=front-proxy-client",
         "--requestheader-client-ca-file=" + pki + "front-proxy-ca.crt",
         "--requestheader-extra-headers-prefix=X-Remote-Extra-",
         "--requestheader-group-headers=X-Remote-Group",
         "--requestheader-username-headers=X-Remote-User",
         "--secure-port=6443",
         "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
         "--service-account-key-file=" + pki + "sa.pub",
         "--service-account-signing-key-file=" + pki + "sa.key",
         "--service-cluster-ip-range=198.51.100.0/24",
         "--tls-cert-file=" + pki + "apiserver.crt",
         "--tls-private-key-file=" + pki + "apiserver.key"},
        {"ca.crt", "etcd/ca.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key",
         "apiserver-kubelet-client.crt", "apiserver-kubelet-client.key", "front-proxy-client.crt",
         "front-proxy-client.key", "front-proxy-ca.crt", "sa.pub", "sa.key", "apiserver.crt",
         "apiserver.key"});
  check(ComponentKind::kControllerManager,
        {"--allocate-node-cidrs=true", "--authentication-kubeconfig=/c",
         "--authorization-kubeconfig=/c", "--bind-address=127.0.0.1",
         "--client-ca-file=" + pki + "ca.crt", "--cluster-cidr=203.0.113.0/24",
         "--cluster-name=kubernetes", "--cluster-signing-cert-file=" + pki + "ca.crt",
         "--cluster-signing-key-file=" + pki + "ca.key",
         "--controllers=*,bootstrapsigner,tokencleaner", "--kubeconfig=/c", "--leader-elect=true",
         "--requestheader-client-ca-file=" + pki + "ca.crt", "--root-ca-file=" + pki + "ca.crt",
         "--service-account-private-key-file=" + pki + "sa.key",
         "--service-cluster-ip-range=198.51.100.0/24", "--use-service-account-credentials=true"},
        {"ca.crt", "ca.key", "sa.key"});
  check(ComponentKind::kScheduler,
        {"--authentication-kubeconfig=/s", "--authorization-kubeconfig=/s",
         "--bind-address=127.0.0.1", "--kubeconfig=/s", "--leader-elect=true"},
        {});
  const std::string etcd = pki + "etcd/";
  check(ComponentKind::kEtcd,
        {"--advertise-client-urls=https://192.0.2.2:2379", "--cert-file=" + etcd + "server.crt",
         "--client-cert-auth=true", "--data-dir=/var/lib/etcd",
         "--feature-gates=InitialCorruptCheck=true",
         "--initial-advertise-peer-urls=https://192.0.2.2:2380",
         "--initial-cluster=cp=https://192.0.2.2:2380", "--key-file=" + etcd + "server.key",
         "--listen-client-urls=https://127.0.0.1:2379,https://192.0.2.2:2379",
         "--listen-metrics-urls=http://127.0.0.1:2381", "--listen-peer-urls=https://192.0.2.2:2380",
         "--name=cp", "--peer-cert-file=" + etcd + "peer.crt", "--peer-client-cert-auth=true",
         "--peer-key-file=" + etcd + "peer.key", "--peer-trusted-ca-file=" + etcd + "ca.crt",
         "--snapshot-count=10000", "--trusted-ca-file=" + etcd + "ca.crt",
         "--watch-progress-notify-interval=5s"},
        {"etcd/server.crt", "etcd/server.key", "etcd/peer.crt", "etcd/peer.key", "etcd/ca.crt"});
}

TEST(Settings, LongCommandLinesTakeNoLongTime) {
  std::vector<std::string> arguments;
  for (int i = 0; i < 5000; ++i) {
    arguments.push_back("--profiling=" + std::string(i % 2 == 0 ? "true" : "false"));
    arguments.push_back("--no-such-flag-" + std::to_string(i) + "=1");
    arguments.push_back("--enable-admission-plugins=NodeRestriction");
  }
  Subject subject(ComponentKind::kApiServer, std::move(arguments));
  subject.Read();
  EXPECT_EQ(subject.Shown("profiling"), "set:false");
  EXPECT_EQ(subject.Get("profiling").overrode.size(), 4999U);
}

TEST(Settings, ANodeOfConfigurationHasNoFiles) {
  Subject subject(ComponentKind::kKubelet, {"--config=/c.yaml"});
  subject.node().is_machine = false;
  subject.Read();
  EXPECT_EQ(subject.Shown("readOnlyPort"), "unknown");
  EXPECT_EQ(subject.FatalTexts(), "");
}

}  // namespace
}  // namespace seawall::cluster
