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

TEST(Settings, ANodeOfConfigurationHasNoFiles) {
  Subject subject(ComponentKind::kKubelet, {"--config=/c.yaml"});
  subject.node().is_machine = false;
  subject.Read();
  EXPECT_EQ(subject.Shown("readOnlyPort"), "unknown");
  EXPECT_EQ(subject.FatalTexts(), "");
}

}  // namespace
}  // namespace seawall::cluster
