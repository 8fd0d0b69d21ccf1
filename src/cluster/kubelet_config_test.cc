#include "cluster/kubelet_config.h"

#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;
using Kind = Problem::Kind;

constexpr const char* kHead =
    "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

Subject Kubelet(std::vector<std::string> arguments, const std::string& config = "",
                const std::vector<std::pair<std::string, std::string>>& drop_ins = {}) {
  arguments.insert(arguments.begin(), "--kubeconfig=/k");
  Subject subject(ComponentKind::kKubelet, std::move(arguments));
  if (!config.empty()) subject.File("/var/lib/kubelet/config.yaml", config);
  for (const auto& [name, text] : drop_ins) subject.File("/etc/kubelet.d/" + name, kHead + text);
  subject.Read();
  return subject;
}

const std::string kConfig = "--config=/var/lib/kubelet/config.yaml";
const std::string kConfigDir = "--config-dir=/etc/kubelet.d";

TEST(Kubelet, WithoutAFileTheOldDefaultsHold) {
  const Subject subject = Kubelet({});
  EXPECT_EQ(subject.Shown("authentication.anonymous.enabled"), "default:true");
  EXPECT_EQ(subject.Shown("authentication.webhook.enabled"), "default:false");
  EXPECT_EQ(subject.Shown("authorization.mode"), "default:AlwaysAllow");
  EXPECT_EQ(subject.Shown("readOnlyPort"), "default:10255");
  EXPECT_EQ(subject.Shown("anonymous-auth"), "default:true") << "asked for by the flag's name";
  EXPECT_EQ(subject.Shown("streamingConnectionIdleTimeout"), "default:4h0m0s");
  EXPECT_EQ(subject.Shown("enableProfilingHandler"), "default:true") << "no flag";
}

TEST(Kubelet, WithAFileItsDefaultsHold) {
  const Subject subject = Kubelet({kConfig}, kHead);
  EXPECT_EQ(subject.Shown("authentication.anonymous.enabled"), "default:false");
  EXPECT_EQ(subject.Shown("authentication.webhook.enabled"), "default:true");
  EXPECT_EQ(subject.Shown("authorization.mode"), "default:Webhook");
  EXPECT_EQ(subject.Shown("readOnlyPort"), "default:0");
  EXPECT_EQ(subject.Shown("featureGates"), "default:");
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Kubelet, FileWithPlaces) {
  const Subject subject =
      Kubelet({kConfig}, std::string(kHead) +
                             "authentication:\n  anonymous:\n    enabled: true\n  x509:\n"
                             "    clientCAFile: pki/ca.crt\nclusterDNS: [192.0.2.10, 192.0.2.11]\n"
                             "featureGates:\n  NodeSwap: true\n");
  const Setting anonymous = subject.Get("authentication.anonymous.enabled");
  EXPECT_EQ(anonymous.text, "true");
  EXPECT_EQ(anonymous.origin.kind, OriginKind::kFile);
  EXPECT_EQ(anonymous.origin.place.file, "/var/lib/kubelet/config.yaml");
  EXPECT_EQ(anonymous.origin.place.line, 5U);
  EXPECT_EQ(anonymous.origin.place.column, 14U);
  EXPECT_EQ(subject.Shown("authentication.x509.clientCAFile"), "set:/var/lib/kubelet/pki/ca.crt")
      << "relative to the file's folder";
  const Setting dns = subject.Get("clusterDNS");
  ASSERT_EQ(dns.items.size(), 2U);
  EXPECT_EQ(dns.items[1].place.column, 26U);
  EXPECT_EQ(subject.Shown("featureGates.NodeSwap"), "set:true");
  EXPECT_EQ(subject.Shown("featureGates"), "set:NodeSwap=true");
}

TEST(Kubelet, FlagsWinOverTheFile) {
  const Subject subject =
      Kubelet({kConfig, "--anonymous-auth=true", "--feature-gates=NodeSwap=false"},
              std::string(kHead) +
                  "authentication: {anonymous: {enabled: false}}\n"
                  "featureGates: {NodeSwap: true, AllAlpha: false}\n");
  const Setting anonymous = subject.Get("authentication.anonymous.enabled");
  EXPECT_EQ(anonymous.text, "true");
  EXPECT_EQ(anonymous.origin.kind, OriginKind::kFlag);
  ASSERT_EQ(anonymous.overrode.size(), 1U);
  EXPECT_EQ(anonymous.overrode[0].text, "false");
  EXPECT_EQ(anonymous.overrode[0].origin.kind, OriginKind::kFile);
  EXPECT_EQ(subject.Shown("featureGates"), "set:NodeSwap=false,AllAlpha=false") << "gates merge";
  EXPECT_EQ(subject.Shown("featureGates.NodeSwap"), "set:false");
  EXPECT_EQ(subject.Shown("featureGates.AllAlpha"), "set:false");
}

TEST(Kubelet, SeccompDefaultIsOred) {
  EXPECT_EQ(
      Kubelet({kConfig, "--seccomp-default=false"}, std::string(kHead) + "seccompDefault: true\n")
          .Shown("seccompDefault"),
      "set:true");
  EXPECT_EQ(Kubelet({kConfig, "--seccomp-default"}, std::string(kHead) + "seccompDefault: false\n")
                .Shown("seccompDefault"),
            "set:true");
  EXPECT_EQ(Kubelet({kConfig}, kHead).Shown("seccompDefault"), "default:false");
}

TEST(Kubelet, ZeroOftenMeansTheDefault) {
  const Subject subject = Kubelet(
      {kConfig}, std::string(kHead) +
                     "streamingConnectionIdleTimeout: 0s\neventRecordQPS: 0\nreadOnlyPort: 0\n"
                     "podPidsLimit: -7\nauthorization: {mode: ''}\n");
  EXPECT_EQ(subject.Shown("streamingConnectionIdleTimeout"), "default:4h0m0s");
  EXPECT_EQ(subject.Get("streamingConnectionIdleTimeout").overrode[0].text, "0s");
  EXPECT_EQ(subject.Shown("eventRecordQPS"), "set:0");
  EXPECT_EQ(subject.Shown("readOnlyPort"), "set:0");
  EXPECT_EQ(subject.Shown("podPidsLimit"), "set:-1");
  EXPECT_EQ(subject.Shown("authorization.mode"), "default:Webhook");
  EXPECT_EQ(
      Kubelet({"--streaming-connection-idle-timeout=0"}).Shown("streamingConnectionIdleTimeout"),
      "set:0s")
      << "by flag it is zero indeed";
}

TEST(Kubelet, UnknownFieldsAreIgnoredWithAWord) {
  const Subject subject =
      Kubelet({kConfig}, std::string(kHead) + "authentication:\n  anonymouss: {enabled: true}\n");
  ASSERT_NE(subject.Find(Kind::kUnknownField, "authentication.anonymouss"), nullptr);
  EXPECT_FALSE(subject.Find(Kind::kUnknownField)->fatal);
  EXPECT_EQ(subject.Shown("authentication.anonymous.enabled"), "default:false");
  EXPECT_EQ(subject.FatalTexts(), "");
}

TEST(Kubelet, WrongTypesAreFatal) {
  for (const char* bad :
       {"readOnlyPort: 'x'\n", "authentication: true\n", "clusterDNS: 192.0.2.1\n",
        "streamingConnectionIdleTimeout: 4\n", "authentication: {anonymous: {enabled: 'true'}}\n",
        "featureGates: {A: 1}\n", "tlsCipherSuites: [1]\n"}) {
    EXPECT_TRUE(Kubelet({kConfig}, std::string(kHead) + bad).Fatal(Kind::kMalformedFile)) << bad;
  }
  EXPECT_EQ(Kubelet({kConfig}, std::string(kHead) + "readOnlyPort: 'x'\n").Shown("readOnlyPort"),
            "unknown");
}

TEST(Kubelet, FieldsBelowAWrongTypeAreUnknown) {
  const Subject cut =
      Kubelet({kConfig}, std::string(kHead) + "authentication:\n  anonymous:\n    enab");
  EXPECT_EQ(cut.Get("authentication.anonymous.enabled").state, SettingState::kUnknown);
  EXPECT_EQ(cut.Get("authentication.webhook.enabled").state, SettingState::kDefault);
  const Subject gates =
      Kubelet({kConfig}, std::string(kHead) + "featureGates: {AllAlpha: \"no\"}\n");
  EXPECT_EQ(gates.Get("featureGates").state, SettingState::kUnknown);
}

TEST(Kubelet, DuplicateKeysAreSaid) {
  const Subject subject =
      Kubelet({kConfig}, std::string(kHead) + "readOnlyPort: 10255\nreadOnlyPort: 0\n");
  EXPECT_NE(subject.Find(Kind::kDuplicateKey), nullptr);
}

TEST(Kubelet, AFileThatCannotBeReadMakesFieldsUnknown) {
  const Subject missing = Kubelet({kConfig, "--anonymous-auth=false", "--cert-dir=/x"});
  EXPECT_TRUE(missing.Fatal(Kind::kMissingFile, "config"));
  EXPECT_EQ(missing.Shown("readOnlyPort"), "unknown");
  EXPECT_EQ(missing.Shown("authentication.anonymous.enabled"), "set:false")
      << "the flag wins whatever the file says";
  EXPECT_EQ(missing.Shown("bootstrap-kubeconfig"), "default:") << "no file can say this";
  for (const char* bad :
       {"a: [", "", "[]", "kind: KubeletConfiguration\n",
        "apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\nreadOnlyPort: 0\n"}) {
    const std::string text = bad;
    Subject subject(ComponentKind::kKubelet, {kConfig});
    subject.File("/var/lib/kubelet/config.yaml", text).Read();
    EXPECT_EQ(subject.Shown("readOnlyPort"), "unknown") << bad;
    EXPECT_TRUE(subject.Fatal(Kind::kMalformedFile)) << bad;
  }
  Subject forbidden(ComponentKind::kKubelet, {kConfig});
  forbidden.File("/var/lib/kubelet/config.yaml", kHead);
  forbidden.files().Break("/var/lib/kubelet/config.yaml", ErrorCode::kPermission);
  forbidden.Read();
  EXPECT_EQ(forbidden.Shown("readOnlyPort"), "unknown");
  EXPECT_EQ(forbidden.Find(Kind::kMissingFile), nullptr);
}

TEST(Kubelet, AnUnknownConfigFlagMakesFieldsUnknown) {
  Subject subject(ComponentKind::kKubelet, {"--config=$(X)"});
  subject.Unknown(0).Read();
  EXPECT_EQ(subject.Shown("readOnlyPort"), "unknown");
  Subject hidden(ComponentKind::kKubelet, {kConfig, "$KUBELET_EXTRA_ARGS"});
  hidden.File("/var/lib/kubelet/config.yaml", std::string(kHead) + "readOnlyPort: 0\n")
      .Unknown(1)
      .Read();
  EXPECT_EQ(hidden.Shown("readOnlyPort"), "unknown") << "the variable may hold --read-only-port";
}

TEST(Kubelet, DropInsMergeInOrder) {
  const Subject subject = Kubelet(
      {kConfig, kConfigDir},
      std::string(kHead) +
          "readOnlyPort: 10255\nclusterDNS: [192.0.2.1]\nevictionHard: {a: '1', b: "
          "'2'}\nfeatureGates: {NodeSwap: true}\n",
      {{"20.conf", "readOnlyPort: 0\nclusterDNS: [192.0.2.2]\n"},
       {"10.conf",
        "readOnlyPort: 10000\nevictionHard: {b: '3', c: '4'}\nfeatureGates: {AllBeta: false}\n"},
       {"15.yaml", "readOnlyPort: 7\n"},
       {"15/a.conf", "maxPods: 5\n"}});
  const Setting port = subject.Get("readOnlyPort");
  EXPECT_EQ(port.text, "0");
  EXPECT_EQ(port.origin.kind, OriginKind::kDropIn);
  EXPECT_EQ(port.origin.place.file, "/etc/kubelet.d/20.conf");
  ASSERT_EQ(port.overrode.size(), 2U);
  EXPECT_EQ(port.overrode[0].text, "10000");
  EXPECT_EQ(port.overrode[1].text, "10255");
  EXPECT_EQ(subject.Shown("clusterDNS"), "set:192.0.2.2") << "lists are replaced";
  EXPECT_EQ(subject.Shown("evictionHard"), "set:a=1,b=3,c=4") << "maps are merged";
  EXPECT_EQ(subject.Shown("featureGates"), "set:NodeSwap=true,AllBeta=false");
  EXPECT_EQ(subject.Shown("maxPods"), "set:5") << "sub-folders count";
}

TEST(Kubelet, FlagsWinOverDropIns) {
  const Subject subject = Kubelet({kConfig, kConfigDir, "--read-only-port=1"}, kHead,
                                  {{"a.conf", "readOnlyPort: 2\n"}});
  EXPECT_EQ(subject.Shown("readOnlyPort"), "set:1");
  EXPECT_EQ(subject.Get("readOnlyPort").overrode[0].origin.kind, OriginKind::kDropIn);
}

TEST(Kubelet, NullInADropInIsTheDefault) {
  const Subject subject = Kubelet(
      {kConfig, kConfigDir},
      std::string(kHead) +
          "authentication: {anonymous: {enabled: true}}\nreadOnlyPort: 10255\n"
          "featureGates: {NodeSwap: false, AllBeta: false}\n",
      {{"a.conf", "authentication: null\nreadOnlyPort: null\nfeatureGates: {NodeSwap: null}\n"}});
  EXPECT_EQ(subject.Shown("authentication.anonymous.enabled"), "default:false");
  EXPECT_EQ(subject.Shown("readOnlyPort"), "default:0");
  EXPECT_EQ(subject.Shown("featureGates"), "set:AllBeta=false");
}

TEST(Kubelet, WithDropInsOnlyTheOldDefaultsSurvive) {
  const Subject subject =
      Kubelet({kConfigDir}, "", {{"a.conf", "authentication: {anonymous: {enabled: false}}\n"}});
  EXPECT_EQ(subject.Shown("authentication.anonymous.enabled"), "set:false");
  EXPECT_EQ(subject.Shown("authorization.mode"), "default:AlwaysAllow");
  EXPECT_EQ(subject.Shown("readOnlyPort"), "default:10255");
  const Subject null = Kubelet({kConfigDir}, "", {{"a.conf", "authorization: null\n"}});
  EXPECT_EQ(null.Shown("authorization.mode"), "default:Webhook")
      << "null is the default of configuration files";
  EXPECT_EQ(null.Shown("authentication.anonymous.enabled"), "default:true");
}

TEST(Kubelet, BadDropIns) {
  Subject kindless(ComponentKind::kKubelet, {kConfig, kConfigDir});
  kindless.File("/var/lib/kubelet/config.yaml", kHead)
      .File("/etc/kubelet.d/a.conf", "readOnlyPort: 0\n")
      .Read();
  EXPECT_TRUE(kindless.Fatal(Kind::kMalformedFile));
  EXPECT_EQ(kindless.Shown("readOnlyPort"), "unknown");
  const Subject none = Kubelet({kConfig, kConfigDir}, kHead);
  EXPECT_TRUE(none.Fatal(Kind::kMissingFile, "config-dir"));
  EXPECT_EQ(none.Shown("readOnlyPort"), "unknown");
  const Subject cased =
      Kubelet({kConfig, kConfigDir}, kHead, {{"a.conf", "ReadOnlyPort: 10255\n"}});
  EXPECT_EQ(cased.Shown("readOnlyPort"), "unknown")
      << "drop-ins are decoded without regard to case";
}

TEST(Kubelet, ALinkedDropInFolderIsNotFollowed) {
  Subject subject(ComponentKind::kKubelet, {kConfig, kConfigDir});
  subject.File("/var/lib/kubelet/config.yaml", kHead)
      .File("/srv/d/a.conf", std::string(kHead) + "readOnlyPort: 1\n");
  subject.files().AddLink("/etc/kubelet.d", "/srv/d");
  subject.Read();
  EXPECT_EQ(subject.Shown("readOnlyPort"), "default:0");
  EXPECT_NE(subject.Find(Kind::kIgnored, "config-dir"), nullptr);
}

TEST(Kubelet, ConfigDirNeededConsentBefore130) {
  Subject subject(ComponentKind::kKubelet, {kConfigDir});
  subject.OfVersion(1, 29).File("/etc/kubelet.d/a.conf", kHead).Read();
  EXPECT_TRUE(subject.Fatal(Kind::kConflict, "config-dir"));
  Subject with(ComponentKind::kKubelet, {kConfigDir});
  with.OfVersion(1, 29)
      .WithVariable("KUBELET_CONFIG_DROPIN_DIR_ALPHA", "1")
      .File("/etc/kubelet.d/a.conf", kHead)
      .Read();
  EXPECT_FALSE(with.Fatal(Kind::kConflict, "config-dir"));
}

TEST(Kubelet, AFileThatThePodDoesNotSee) {
  Subject subject(ComponentKind::kKubelet, {kConfig});
  subject.File("/var/lib/kubelet/config.yaml", kHead);
  subject.component().in_container = true;
  subject.Read();
  EXPECT_TRUE(subject.Fatal(Kind::kMissingFile, "config"));
  EXPECT_EQ(subject.Shown("readOnlyPort"), "unknown");
}

TEST(Kubelet, SecretsOfTheFileAreNotShown) {
  const Subject subject = Kubelet(
      {kConfig},
      std::string(kHead) +
          "staticPodURLHeader: {Authorization: [hunter2]}\nstaticPodURL: https://u:hunter2@x/\n");
  for (const auto& [name, setting] : subject.component().written) {
    EXPECT_EQ(setting.text.find("hunter2"), std::string::npos) << name;
  }
}

TEST(Kubelet, DocumentsAmongOthers) {
  const auto stream = yaml::Parse(
      "kubeadm.yaml", std::string("kind: Other\n---\n") + kHead + "readOnlyPort: 10255\n");
  ASSERT_TRUE(stream);
  Subject subject(ComponentKind::kKubelet);
  ReadKubeletDocument(stream->root(1), subject.component());
  EXPECT_EQ(subject.Shown("readOnlyPort"), "set:10255");
  EXPECT_EQ(subject.Get("readOnlyPort").origin.place.line, 5U);
  EXPECT_EQ(subject.Shown("authorization.mode"), "default:Webhook");
}

TEST(Kubelet, HostileFilesDoNoHarm) {
  std::string deep = std::string(kHead) + "featureGates: ";
  for (int i = 0; i < 100000; ++i) deep += '[';
  for (const std::string& text : {deep, std::string(kHead) + "a: \xff\xfe\n",
                                  std::string("\0\0", 2), std::string(kHead) + "? [a]\n: b\n"}) {
    Subject subject(ComponentKind::kKubelet, {kConfig});
    subject.File("/var/lib/kubelet/config.yaml", text).Read();
    EXPECT_NE(subject.Shown("readOnlyPort"), "set:0");
  }
}

}  // namespace
}  // namespace seawall::cluster
