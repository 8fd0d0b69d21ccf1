// From a flag to the file behind it, and where the way ends.
#include "cluster/kinds/load.h"

#include <gtest/gtest.h>

#include "cluster/settings.h"

namespace seawall::cluster::kinds {
namespace {

const char* const kIdentity =
    "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
    "- resources: [secrets]\n  providers:\n  - identity: {}\n";

struct Bench {
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Node node;
  Component server;

  explicit Bench(std::vector<std::string> arguments) {
    server.kind = ComponentKind::kApiServer;
    server.version = Version{1, 37, 2, "test", {}};
    for (std::string& text : arguments) {
      Argument argument;
      argument.text = std::move(text);
      server.command.arguments.push_back(std::move(argument));
    }
  }
  void Read() {
    node.files = files;
    ReadSettings(node, server);
  }
};

TEST(Load, SaysWhyThereIsNoFile) {
  Bench unset({});
  unset.Read();
  EXPECT_EQ(LoadEncryption(unset.node, unset.server).state, LoadState::kNotSet);

  Bench missing({"--encryption-provider-config=/e.yaml"});
  missing.Read();
  EXPECT_EQ(LoadEncryption(missing.node, missing.server).state, LoadState::kMissing);

  Bench broken({"--encryption-provider-config=/e.yaml"});
  broken.files->Add("/e.yaml", kIdentity);
  broken.files->Break("/e.yaml", ErrorCode::kPermission);
  broken.Read();
  const auto loaded = LoadEncryption(broken.node, broken.server);
  EXPECT_EQ(loaded.state, LoadState::kUnreadable);
  EXPECT_NE(loaded.why, "");
  EXPECT_NE(loaded.how, "");

  Bench torn({"--encryption-provider-config=/e.yaml"});
  torn.files->Add("/e.yaml", "a: [");
  torn.Read();
  EXPECT_EQ(LoadEncryption(torn.node, torn.server).state, LoadState::kMalformed);
}

TEST(Load, FollowsMountsAndNothingElse) {
  Bench bench({"--encryption-provider-config=/enc/e.yaml"});
  bench.server.in_container = true;
  Mount mount;
  mount.container_path = "/enc";
  mount.host_path = "/etc/kubernetes/enc";
  mount.kind = "hostPath";
  bench.server.mounts.push_back(mount);
  bench.files->Add("/etc/kubernetes/enc/e.yaml", kIdentity);
  bench.Read();
  const auto loaded = LoadEncryption(bench.node, bench.server);
  ASSERT_TRUE(loaded) << loaded.why;
  EXPECT_EQ(loaded.host_path, "/etc/kubernetes/enc/e.yaml");

  Bench outside({"--encryption-provider-config=/other/e.yaml"});
  outside.server.in_container = true;
  outside.files->Add("/other/e.yaml", kIdentity);
  outside.Read();
  EXPECT_EQ(LoadEncryption(outside.node, outside.server).state, LoadState::kNotMounted);
}

TEST(Load, RefusesWhatOtherSettingsForbid) {
  Bench bench({"--encryption-provider-config=/e.yaml"});
  bench.files->Add(
      "/e.yaml",
      "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
      "- resources: [secrets]\n  providers:\n  - kms: {name: a, endpoint: 'unix:///x'}\n");
  bench.Read();
  EXPECT_EQ(LoadEncryption(bench.node, bench.server).state, LoadState::kRefused);

  Bench issuer(
      {"--authentication-config=/a.yaml", "--service-account-issuer=https://i.example.org"});
  issuer.files->Add(
      "/a.yaml",
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
      "- issuer: {url: 'https://i.example.org', audiences: [a]}\n"
      "  claimMappings: {username: {claim: sub, prefix: ''}}\n");
  issuer.Read();
  EXPECT_EQ(LoadAuthentication(issuer.node, issuer.server).state, LoadState::kRefused);

  Bench hook({"--authorization-config=/z.yaml"});
  hook.files->Add(
      "/z.yaml",
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n"
      "- type: Webhook\n  name: h\n  webhook: {timeout: 3s, subjectAccessReviewVersion: v1,"
      " failurePolicy: Deny, connectionInfo: {type: KubeConfigFile, kubeConfigFile: /h.conf}}\n");
  hook.Read();
  EXPECT_EQ(LoadAuthorization(hook.node, hook.server).state, LoadState::kRefused);
}

TEST(Load, PluginsComeInlineOrFromAFileBeside) {
  Bench bench({"--admission-control-config-file=/etc/adm/a.yaml"});
  bench.files->Add(
      "/etc/adm/a.yaml",
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
      "- {name: EventRateLimit, path: e.yaml}\n");
  bench.files->Add("/etc/adm/e.yaml",
                   "apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\n"
                   "limits: [{type: Server, qps: 50, burst: 100}]\n");
  bench.Read();
  const auto limits = LoadEventRateLimit(bench.node, bench.server);
  ASSERT_TRUE(limits) << limits.why;
  EXPECT_EQ(*limits->limits.at(0).qps, 50);
  EXPECT_EQ(limits->limits[0].place.file, "/etc/adm/e.yaml");
  EXPECT_EQ(LoadPodSecurity(bench.node, bench.server).state, LoadState::kNotSet);
}

// Each as the genuine kube-apiserver 1.37.2 does.
TEST(Load, OnlyPluginsThatRunAreRead) {
  const auto faults = [](std::vector<std::string> flags, const char* plugin) {
    flags.emplace_back("--admission-control-config-file=/a.yaml");
    Bench bench(std::move(flags));
    bench.files->Add("/a.yaml", std::string("apiVersion: apiserver.config.k8s.io/v1\n"
                                            "kind: AdmissionConfiguration\nplugins:\n- ") +
                                    plugin);
    bench.Read();
    std::string settings;
    for (const Problem& p : ProblemsBehind(bench.node, bench.server)) {
      if (p.fatal) settings += p.setting + " ";
    }
    return settings;
  };
  const std::string on = "--enable-admission-plugins=EventRateLimit";
  const char* missing = "{name: EventRateLimit, path: /none.yaml}\n";
  const char* empty =
      "{name: EventRateLimit, configuration: {kind: Configuration,"
      " apiVersion: eventratelimit.admission.k8s.io/v1alpha1}}\n";
  EXPECT_EQ(faults({}, missing), "");
  EXPECT_EQ(faults({}, empty), "");
  EXPECT_EQ(faults({on}, missing), "admission-control-config-file ");
  EXPECT_EQ(faults({on}, empty), "admission-control-config-file ");
  EXPECT_EQ(faults({on}, "{name: PodSecurity}\n"), "enable-admission-plugins ");
  EXPECT_EQ(faults({"--enable-admission-plugins=ImagePolicyWebhook"}, "{name: PodSecurity}\n"),
            "enable-admission-plugins ");
}

TEST(Load, EveryProblemBehindTheSettingsIsTold) {
  Bench bench({"--encryption-provider-config=/none.yaml", "--audit-policy-file=/p.yaml"});
  bench.files->Add("/p.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n");
  bench.Read();
  const auto problems = ProblemsBehind(bench.node, bench.server);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].setting, "encryption-provider-config");
  EXPECT_EQ(problems[0].kind, Problem::Kind::kMissingFile);
  EXPECT_EQ(problems[1].setting, "audit-policy-file");
  EXPECT_TRUE(problems[1].fatal);
}

TEST(Kubeconfig, ShowsWhatIsThereAndNoSecret) {
  MemoryFiles files;
  auto stream = yaml::Parse("k.conf", R"(apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: "http://192.0.2.1:8080", insecure-skip-tls-verify: true}
users:
- name: u
  user: {token: CANARY1, client-certificate: pki/c.crt, client-key: pki/c.key}
- name: v
  user: {client-certificate-data: CANARY2, username: a, password: CANARY3}
contexts:
- {name: x, context: {cluster: c, user: u}}
current-context: x
)");
  ASSERT_TRUE(stream.has_value());
  const auto view = ReadKubeconfig(*stream);
  ASSERT_TRUE(view.has_value());
  ASSERT_NE(view->CurrentUser(), nullptr);
  EXPECT_TRUE(view->CurrentUser()->has_token);
  EXPECT_TRUE(view->CurrentUser()->HasClientCertificate());
  EXPECT_EQ(*view->CurrentCluster()->server, "http://192.0.2.1:8080");
  EXPECT_TRUE(*view->CurrentCluster()->insecure_skip_tls_verify);
  EXPECT_TRUE(view->Refused());  // the certificate data of v is none
  for (const Problem& p : view->problems) EXPECT_EQ(p.text.find("CANARY"), std::string::npos);
  EXPECT_EQ(ResolveKubeconfigPath("/etc/kubernetes/k.conf", "pki/c.crt"),
            "/etc/kubernetes/pki/c.crt");
}

TEST(Kubeconfig, WithoutACurrentContextOnlyASingleEntryIsMeant) {
  auto one = yaml::Parse("k", "users: [{name: u, user: {tokenFile: /t}}]\nclusters: []\n");
  const auto view = ReadKubeconfig(*one);
  ASSERT_TRUE(view.has_value());
  EXPECT_NE(view->CurrentUser(), nullptr);
  EXPECT_EQ(view->CurrentCluster(), nullptr);
  EXPECT_FALSE(view->CurrentUser()->Empty());
  auto other = yaml::Parse("k", "kind: Secret\n");
  EXPECT_FALSE(ReadKubeconfig(*other).has_value());
}

}  // namespace
}  // namespace seawall::cluster::kinds
