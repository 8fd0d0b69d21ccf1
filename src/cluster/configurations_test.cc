// `audit -f`: what becomes of configuration that is kept in Git.
#include "cluster/configurations.h"

#include <gtest/gtest.h>

#include "cluster/admission.h"
#include "cluster/kinds/load.h"

namespace seawall::cluster {
namespace {

std::vector<Node> Read(const std::vector<ConfigurationSource>& sources,
                       const ReadOptions& options = {}) {
  auto nodes = ReadConfigurations(sources, options);
  EXPECT_TRUE(nodes.has_value()) << nodes.error().ToString();
  if (!nodes) return {};
  return std::move(*nodes);
}

const Component& Only(const Node& node, ComponentKind kind) {
  const auto found = node.Of(kind);
  static const Component kNone;
  EXPECT_EQ(found.size(), 1u) << ToString(kind);
  return found.empty() ? kNone : *found.front();
}

ReadOptions KubeletAt137() {
  ReadOptions options;
  options.versions[ComponentKind::kKubelet] = Version{1, 37, 2, "", {}};
  return options;
}

constexpr auto kServer = ComponentKind::kApiServer;
constexpr auto kKubelet = ComponentKind::kKubelet;

const char* const kKubeadm = R"(apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
apiServer:
  extraArgs:
  - name: profiling
    value: "false"
  - name: audit-log-path
    value: ${AUDIT_LOG}
  extraVolumes:
  - {name: enc, hostPath: /etc/kubernetes/enc, mountPath: /enc, readOnly: true}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.11}
nodeRegistration:
  kubeletExtraArgs:
  - {name: event-qps, value: "0"}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: false
readOnlyPort: 10255
)";

TEST(Kubeadm, ExtraArgumentsStandWhereTheyAreWritten) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_FALSE(nodes[0].is_machine);
  const Component& server = Only(nodes[0], kServer);
  ASSERT_TRUE(server.version.has_value());
  EXPECT_EQ(server.version->ToString(), "1.37.2");
  const Setting profiling = server.Get("profiling");
  EXPECT_EQ(profiling.text, "false");
  EXPECT_EQ(profiling.origin.kind, OriginKind::kFlag);
  EXPECT_EQ(profiling.origin.place.file, "cluster.yaml");
  EXPECT_EQ(profiling.origin.place.line, 7u);
  EXPECT_EQ(profiling.origin.place.column, 13u);  // behind the quote
}

TEST(Kubeadm, WhatKubeadmWritesIsItsOwnDefault) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}});
  const Component& server = Only(nodes[0], kServer);
  const Setting modes = server.Get("authorization-mode");
  EXPECT_EQ(modes.text, "Node,RBAC");
  EXPECT_EQ(modes.origin.kind, OriginKind::kDefault);
  EXPECT_EQ(modes.origin.note, "kubeadm writes it");
  EXPECT_EQ(server.Get("advertise-address").text, "192.0.2.11");
  EXPECT_EQ(server.Get("etcd-cafile").text, "/etc/kubernetes/pki/etcd/ca.crt");
  EXPECT_EQ(Only(nodes[0], ComponentKind::kEtcd).Get("client-cert-auth").text, "true");
  EXPECT_EQ(Only(nodes[0], ComponentKind::kEtcd).version->minor, 7);
  EXPECT_EQ(Only(nodes[0], ComponentKind::kScheduler).Get("bind-address").text, "127.0.0.1");
}

TEST(Kubeadm, AnAddressThatIsNotKnownYetIsNoMistake) {
  const auto nodes = Read({{"cluster.yaml",
                            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
                            "kubernetesVersion: v1.37.2\n"}});
  ASSERT_EQ(nodes.size(), 1u);
  for (const Component& component : nodes[0].components) {
    for (const Problem& problem : component.problems) EXPECT_FALSE(problem.fatal) << problem.text;
  }
}

TEST(Kubeadm, PluginsThatKubeadmEnablesAreOn) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}});
  const PluginUse use = AdmissionPlugin(Only(nodes[0], kServer), "NodeRestriction");
  EXPECT_EQ(use.state, PluginState::kOn);
}

TEST(Kubeadm, TemplatesAreUnknown) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}});
  const Setting path = Only(nodes[0], kServer).Get("audit-log-path");
  EXPECT_EQ(path.state, SettingState::kUnknown);
  EXPECT_NE(path.why.find("${AUDIT_LOG}"), std::string::npos) << path.why;
}

TEST(Kubeadm, WhatItPassesByItselfIsNoProblem) {
  const auto nodes = Read({{"c.yaml",
                            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: "
                            "ClusterConfiguration\nkubernetesVersion: v1.37.2\n"}});
  for (const Component& component : nodes[0].components) {
    for (const Problem& problem : component.problems)
      EXPECT_FALSE(problem.fatal) << ToString(component.kind) << ": " << problem.text;
  }
}

TEST(Kubeadm, RefusesExtraArgumentsOfAnotherForm) {
  const auto first = [](const std::string& version, const std::string& arguments) {
    return Read({{"c.yaml", "apiVersion: kubeadm.k8s.io/" + version +
                                "\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n"
                                "apiServer:\n  extraArgs:\n" +
                                arguments}});
  };
  for (const auto& [version, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"v1beta4", "    profiling: \"false\"\n"},
           {"v1beta3", "  - {name: profiling, value: \"false\"}\n"},
           {"v1beta3", "    profiling: false\n"},
           {"v1beta4", "  - {name: profiling, value: false}\n"}}) {
    const auto nodes = first(version, arguments);
    const Component& server = Only(nodes[0], kServer);
    EXPECT_EQ(server.Get("profiling").state, SettingState::kUnknown) << version << arguments;
    ASSERT_FALSE(server.problems.empty());
    EXPECT_TRUE(server.problems.front().fatal);
  }
  const auto nameless = first("v1beta4", "  - {name: {{ x }}, value: \"1\"}\n");
  EXPECT_EQ(Only(nameless[0], kServer).Get("audit-log-path").state, SettingState::kUnknown)
      << "it may be any flag";
}

TEST(Kubeadm, KubeletIsWhatKubeadmMakesOfIt) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}});
  const Component& kubelet = Only(nodes[0], kKubelet);
  const Setting port = kubelet.Get("readOnlyPort");
  EXPECT_EQ(port.text, "10255");
  EXPECT_EQ(port.origin.place.file, "cluster.yaml");
  EXPECT_EQ(port.origin.place.line, 23u);
  const Setting rotate = kubelet.Get("rotateCertificates");
  EXPECT_EQ(rotate.text, "true");  // kubeadm forces it
  ASSERT_EQ(rotate.overrode.size(), 1u);
  EXPECT_EQ(rotate.overrode[0].origin.place.line, 22u);
  EXPECT_EQ(kubelet.Get("authentication.x509.clientCAFile").text, "/etc/kubernetes/pki/ca.crt");
  EXPECT_EQ(kubelet.Get("authentication.anonymous.enabled").text, "false");
  EXPECT_EQ(kubelet.Get("eventRecordQPS").text, "0");
  EXPECT_EQ(kubelet.Get("eventRecordQPS").origin.place.line, 18u);
}

TEST(Kubeadm, ReadsTheMapOfV1beta3AndExternalEtcd) {
  const auto nodes = Read({{"c.yaml", R"(apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: 1.30.2
certificatesDir: /pki
etcd: {external: {endpoints: ["https://192.0.2.1:2379"], caFile: /e/ca, certFile: /e/c, keyFile: /e/k}}
apiServer:
  extraArgs:
    anonymous-auth: "true"
    authorization-mode: AlwaysAllow
controllerManager: {extraArgs: {profiling: "false"}}
)"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Component& server = Only(nodes[0], kServer);
  EXPECT_EQ(server.Get("authorization-mode").text, "AlwaysAllow");
  EXPECT_EQ(server.Get("authorization-mode").origin.place.line, 9u);
  EXPECT_EQ(server.Get("client-ca-file").text, "/pki/ca.crt");
  EXPECT_EQ(server.Get("etcd-cafile").text, "/e/ca");
  EXPECT_EQ(server.Get("advertise-address").state, SettingState::kUnknown);
  EXPECT_TRUE(nodes[0].Of(ComponentKind::kEtcd).empty());
  EXPECT_EQ(Only(nodes[0], ComponentKind::kControllerManager).Get("profiling").text, "false");
}

TEST(Kubeadm, JoinAloneIsAWorkerWithoutTheClustersKubelet) {
  const auto nodes = Read({{"join.yaml", R"(apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration: {kubeletExtraArgs: [{name: read-only-port, value: "10255"}]}
)"}},
                          KubeletAt137());
  ASSERT_EQ(nodes.size(), 1u);
  const Component& kubelet = Only(nodes[0], kKubelet);
  EXPECT_EQ(kubelet.Get("readOnlyPort").text, "10255");
  EXPECT_EQ(kubelet.Get("authentication.anonymous.enabled").state, SettingState::kUnknown);
  EXPECT_TRUE(nodes[0].Of(kServer).empty());
}

TEST(Kubeadm, HowAJoiningNodeTrustsTheCluster) {
  const auto found = [](const std::string& discovery) {
    const auto nodes =
        Read({{"join.yaml",
               "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n" + discovery}},
             KubeletAt137());
    return *Only(nodes.at(0), kKubelet).discovery;
  };
  const std::string token = "discovery:\n  bootstrapToken:\n    token: a.b\n    ";
  EXPECT_TRUE(found(token + "unsafeSkipCAVerification: true\n").skips_ca);
  EXPECT_EQ(found(token + "unsafeSkipCAVerification: true\n").place.line, 6u);
  EXPECT_FALSE(found(token + "unsafeSkipCAVerification: false\n").skips_ca);
  EXPECT_TRUE(found(token + "caCertHashes: [\"sha256:00\"]\n").has_hashes);
  EXPECT_FALSE(found(token + "caCertHashes: [\"\"]\n").has_hashes);
  EXPECT_NE(found(token + "unsafeSkipCAVerification: \"{{ skip }}\"\n").unknown, "");
  EXPECT_NE(found(token + "unsafeSkipCAVerification: maybe\n").unknown, "");
  EXPECT_NE(found(token + "caCertHashes: [\"{{ hash }}\"]\n").unknown, "");
  EXPECT_EQ(found("discovery: {file: {kubeConfigPath: /d.conf}}\n").file, "/d.conf");
  EXPECT_EQ(found("").unknown, "");
  EXPECT_FALSE(Only(Read({{"c.yaml", kKubeadm}}).at(0), kKubelet).discovery.has_value());
}

TEST(Kubeadm, PatchesChangeWhatTheyName) {
  const auto nodes =
      Read({{"k/cluster.yaml", kKubeadm},
            {"k/patches/kube-apiserver0+json.yaml",
             "- op: add\n  path: /spec/containers/0/command/-\n  value: --anonymous-auth=true\n"},
            {"k/patches/kube-scheduler+strategic.yaml",
             "spec:\n  containers:\n  - name: kube-scheduler\n    command: [kube-scheduler, "
             "--profiling=true]\n"},
            {"k/patches/kubeletconfiguration.yaml", "protectKernelDefaults: true\n"},
            {"k/patches/etcd+merge.yaml", "spec: {containers: [{name: etcd, image: x}]}\n"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Setting anonymous = Only(nodes[0], kServer).Get("anonymous-auth");
  EXPECT_EQ(anonymous.text, "true");
  EXPECT_EQ(anonymous.origin.place.file, "k/patches/kube-apiserver0+json.yaml");
  EXPECT_EQ(anonymous.origin.place.line, 3u);
  EXPECT_EQ(Only(nodes[0], ComponentKind::kScheduler).Get("profiling").text, "true");
  EXPECT_EQ(Only(nodes[0], ComponentKind::kScheduler).Get("bind-address").text, "0.0.0.0");
  EXPECT_EQ(Only(nodes[0], kKubelet).Get("protectKernelDefaults").text, "true");
  EXPECT_EQ(Only(nodes[0], ComponentKind::kEtcd).Get("cert-file").state, SettingState::kUnknown);
}

TEST(Kubeadm, StructuredFilesOfTheSameFolderAreBound) {
  const std::string cluster = R"(apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
apiServer:
  extraArgs:
  - {name: encryption-provider-config, value: /enc/config.yaml}
  - {name: audit-policy-file, value: /not/mounted.yaml}
  extraVolumes: [{name: enc, hostPath: /etc/kubernetes/enc, mountPath: /enc}]
)";
  const std::string encryption =
      "# two documents\n---\napiVersion: apiserver.config.k8s.io/v1\nkind: "
      "EncryptionConfiguration\n"
      "resources:\n- resources: [secrets]\n  providers:\n  - identity: {}\n";
  const auto nodes = Read({{"a/cluster.yaml", cluster}, {"a/enc.yaml", encryption}});
  ASSERT_EQ(nodes.size(), 1u);
  const Component& server = Only(nodes[0], kServer);
  const auto loaded = kinds::LoadEncryption(nodes[0], server);
  ASSERT_TRUE(loaded) << loaded.why;
  EXPECT_EQ(loaded->resources[0].providers[0].place.file, "a/enc.yaml");
  EXPECT_EQ(loaded->resources[0].providers[0].place.line, 8u);
  EXPECT_EQ(kinds::LoadAuditPolicy(nodes[0], server).state, kinds::LoadState::kNotMounted);
}

const char* const kControlPlane = R"(apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  version: v1.31.4
  kubeadmConfigSpec:
    clusterConfiguration:
      apiServer:
        extraArgs:
          audit-policy-file: /etc/kubernetes/audit.yaml
          enable-admission-plugins: ${PLUGINS}
        extraVolumes:
        - {name: audit, hostPath: /etc/kubernetes/audit.yaml, mountPath: /etc/kubernetes/audit.yaml}
    initConfiguration:
      nodeRegistration:
        kubeletExtraArgs: {anonymous-auth: "true"}
    files:
    - path: /etc/kubernetes/audit.yaml
      content: |
        apiVersion: audit.k8s.io/v1
        kind: Policy
        rules:
        - level: Metadata
    - path: /etc/secret
      contentFrom: {secret: {name: x, key: y}}
)";

TEST(ClusterApi, FilesInsideAreReadWithTheirPlaces) {
  const auto nodes = Read({{"kcp.yaml", kControlPlane}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].name, "cp");
  const Component& server = Only(nodes[0], kServer);
  EXPECT_EQ(server.version->ToString(), "1.31.4");
  EXPECT_EQ(server.Get("audit-policy-file").origin.place.line, 10u);
  EXPECT_EQ(server.Get("enable-admission-plugins").state, SettingState::kUnknown);
  const auto policy = kinds::LoadAuditPolicy(nodes[0], server);
  ASSERT_TRUE(policy) << policy.why;
  EXPECT_EQ(policy->rules[0].level.place.file, "kcp.yaml");
  EXPECT_EQ(policy->rules[0].level.place.line, 23u);
  EXPECT_EQ(policy->rules[0].level.place.column, 18u);
  EXPECT_EQ(Only(nodes[0], kKubelet).Get("authentication.anonymous.enabled").text, "true");
}

TEST(ClusterApi, EncodedFilesAndPatchesOfTheClass) {
  const std::string pattern =
      "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlaneTemplate\n"
      "metadata: {name: t}\nspec: {template: {spec: {kubeadmConfigSpec: {files: [{path: /a.yaml, "
      "encoding: base64, content: eDogMQo=}], clusterConfiguration: {apiServer: {extraArgs: "
      "{profiling: \"false\"}}}}}}}\n";
  const auto alone = Read({{"t.yaml", pattern}});
  EXPECT_EQ(Only(alone[0], kServer).Get("profiling").text, "false");
  const auto file = alone[0].files->Read("/a.yaml");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(*file, "x: 1\n");
  const auto patched = Read(
      {{"t.yaml",
        pattern +
            "---\napiVersion: cluster.x-k8s.io/v1beta1\nkind: ClusterClass\nmetadata: {name: q}\n"
            "spec: {patches: [{name: p, definitions: [{selector: {kind: "
            "KubeadmControlPlaneTemplate}, jsonPatches: [{op: add, path: "
            "/spec/template/spec/kubeadmConfigSpec/clusterConfiguration/apiServer/extraArgs, "
            "value: {profiling: \"true\"}}]}]}]}\n"}});
  const Setting profiling = Only(patched[0], kServer).Get("profiling");
  EXPECT_EQ(profiling.state, SettingState::kUnknown);
  EXPECT_NE(profiling.why.find("ClusterClass q"), std::string::npos) << profiling.why;
  EXPECT_TRUE(Only(patched[0], ComponentKind::kScheduler).Get("bind-address").known());
}

TEST(ClusterApi, WorkersAreTheirKubelet) {
  const auto nodes = Read({{"t.yaml", R"(apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfigTemplate
metadata: {name: md-0}
spec: {template: {spec: {joinConfiguration: {nodeRegistration: {kubeletExtraArgs: [{name: event-qps, value: "0"}]}}}}}
)"}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_TRUE(nodes[0].Of(kServer).empty());
  EXPECT_EQ(Only(nodes[0], kKubelet).Get("event-qps").origin.place.line, 4u);
  EXPECT_EQ(nodes[0].roles, std::set<Role>{Role::kWorker});
}

TEST(Kops, FieldsAreFlagsAndTheRestIsKopsAffair) {
  const auto nodes = Read({{"kops.yaml", R"(apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: k.example.org}
spec:
  kubernetesVersion: 1.33.1
  authorization: {rbac: {}}
  kubeAPIServer:
    anonymousAuth: true
    auditLogMaxAge: 7
    etcdCAFile: /x
    enableAdmissionPlugins: [NodeRestriction, PodSecurity]
    featureGates: {A: "true"}
  kubelet: {anonymousAuth: false}
  masterKubelet: {readOnlyPort: 10255}
  etcdClusters:
  - {name: main, version: 3.5.9, manager: {env: [{name: ETCD_AUTO_TLS, value: "true"}]}}
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: {name: nodes, labels: {kops.k8s.io/cluster: k.example.org}}
spec: {role: Node, kubelet: {anonymousAuth: true}}
)"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Component& server = Only(nodes[0], kServer);
  EXPECT_EQ(server.Get("anonymous-auth").text, "true");
  EXPECT_EQ(server.Get("anonymous-auth").origin.place.line, 8u);
  EXPECT_EQ(server.Get("audit-log-maxage").text, "7");
  EXPECT_EQ(server.Get("etcd-cafile").text, "/x");
  EXPECT_TRUE(server.Get("enable-admission-plugins").Contains("PodSecurity"));
  EXPECT_EQ(server.Get("authorization-mode").text, "Node,RBAC");
  EXPECT_EQ(server.Get("profiling").state, SettingState::kUnknown);
  EXPECT_EQ(nodes[0].Of(kKubelet).size(), 3u);
  EXPECT_EQ(Only(nodes[0], ComponentKind::kEtcd).Get("auto-tls").text, "true");
}

TEST(Kops, FilesThatItLaysOnItsNodesAreThere) {
  const auto nodes = Read({{"kops.yaml", R"(apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: k.example.org}
spec:
  kubernetesVersion: 1.33.1
  fileAssets:
  - name: audit
    path: /srv/audit.yaml
    roles: [ControlPlane]
    content: |
      apiVersion: audit.k8s.io/v1
      kind: Policy
  - {name: b, path: /srv/b.yaml, isBase64: true, content: YTogMQo=}
  - {name: c, content: "c: 1"}
  - {name: d, path: /srv/d.yaml, isBase64: true, content: "?"}
  - {name: e, path: relative, content: x}
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: {name: m, labels: {kops.k8s.io/cluster: k.example.org}}
spec: {fileAssets: [{name: g, path: /srv/g.yaml, content: "g: 1"}]}
)"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Files& files = *nodes[0].files;
  const auto& audit = nodes[0].Yaml("/srv/audit.yaml");
  ASSERT_TRUE(audit.has_value());
  EXPECT_EQ(audit->root()["kind"].text(), "Policy");
  EXPECT_EQ(audit->root()["kind"].place().line, 12u);
  EXPECT_EQ(files.Read("/srv/b.yaml").value_or(""), "a: 1\n");
  EXPECT_EQ(files.Read("/srv/kubernetes/assets/c").value_or(""), "c: 1");
  EXPECT_FALSE(files.Read("/srv/d.yaml"));
  EXPECT_EQ(files.Read("/srv/g.yaml").value_or(""), "g: 1");
}

TEST(Distributions, AreKnownByTheirKeys) {
  const auto nodes = Read({{"rke2.yaml",
                            "profile: cis\nkube-apiserver-arg:\n- anonymous-auth=true\n"
                            "kubelet-arg: [read-only-port=10255]\n"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Setting anonymous = Only(nodes[0], kServer).Get("anonymous-auth");
  EXPECT_EQ(anonymous.text, "true");
  EXPECT_EQ(anonymous.origin.place.file, "rke2.yaml");
  EXPECT_EQ(anonymous.origin.place.line, 3u);
  EXPECT_EQ(Only(nodes[0], kServer).owner_hint, "rke2");
}

TEST(Fragments, SpeakOfTheirOwnFileOnly) {
  const auto nodes =
      Read({{"enc.yaml",
             "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
             "resources:\n- resources: [secrets]\n  providers:\n  - identity: {}\n"}});
  ASSERT_EQ(nodes.size(), 1u);
  const Component& server = Only(nodes[0], kServer);
  EXPECT_TRUE(server.fragment);
  EXPECT_TRUE(server.Speaks("encryption-provider-config"));
  EXPECT_FALSE(server.Speaks("profiling"));
  EXPECT_EQ(server.Get("profiling").state, SettingState::kUnknown);
  const auto loaded = kinds::LoadEncryption(nodes[0], server);
  ASSERT_TRUE(loaded) << loaded.why;
  EXPECT_EQ(loaded->resources[0].place.file, "enc.yaml");
}

TEST(Fragments, AuthenticationSpeaksOfAnonymousRequestsWhereItSaysSo) {
  const std::string head =
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";
  const auto silent = Read({{"a.yaml", head + "jwt: []\n"}});
  EXPECT_FALSE(Only(silent[0], kServer).Speaks("anonymous-auth"));
  const auto open = Read({{"a.yaml", head + "anonymous: {enabled: true}\n"}});
  EXPECT_TRUE(Only(open[0], kServer).Speaks("anonymous-auth"));
}

TEST(Configurations, MoreThanOneRunDescribesIsRefused) {
  std::string kubelets;
  for (int i = 0; i <= 150; ++i)
    kubelets += "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
  const auto nodes = ReadConfigurations({{"k.yaml", kubelets}}, {});
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().code, ErrorCode::kLimit);
}

TEST(Fragments, KubeletSpeaksOfItsFields) {
  const auto nodes =
      Read({{"k.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
             "authentication: {anonymous: {enabled: true}}\n"}},
           KubeletAt137());
  const Component& kubelet = Only(nodes[0], kKubelet);
  EXPECT_EQ(kubelet.Get("authentication.anonymous.enabled").text, "true");
  EXPECT_EQ(kubelet.Get("authentication.anonymous.enabled").origin.place.line, 3u);
  EXPECT_EQ(kubelet.Get("authorization.mode").text, "Webhook");
  EXPECT_FALSE(kubelet.Speaks("kubeconfig"));
  EXPECT_TRUE(kubelet.Speaks("anonymous-auth"));
}

TEST(Manifests, StaticPodsAndEtcdFilesStandAlone) {
  const auto nodes =
      Read({{"m/api.yaml",
             "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
             "  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.37.2\n"
             "    command: [kube-apiserver, --anonymous-auth=true]\n"},
            {"etcd.conf.yaml", "listen-client-urls: http://0.0.0.0:2379\ndata-dir: /d\n"},
            {"d.yaml", "apiVersion: apps/v1\nkind: Deployment\n"}});
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(Only(nodes[0], kServer).Get("anonymous-auth").text, "true");
  const Setting urls = Only(nodes[1], ComponentKind::kEtcd).Get("listen-client-urls");
  EXPECT_EQ(urls.text, "http://0.0.0.0:2379");
  EXPECT_EQ(urls.origin.place.file, "etcd.conf.yaml");
}

TEST(Configurations, ListsAndJsonAreTheSame) {
  const auto nodes =
      Read({{"l.json",
             R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"kubeadm.k8s.io/v1beta4",
"kind":"ClusterConfiguration","kubernetesVersion":"v1.37.2","apiServer":{"extraArgs":[{"name":"profiling","value":"false"}]}}]})"}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(Only(nodes[0], kServer).Get("profiling").text, "false");
}

TEST(Configurations, NothingKnownIsAnError) {
  for (const char* text : {"", "apiVersion: apps/v1\nkind: Deployment\n", "- a\n", "x", "a: b\n"}) {
    const auto nodes = ReadConfigurations({{"dir", text}}, {});
    ASSERT_FALSE(nodes.has_value()) << text;
    EXPECT_NE(nodes.error().ToString().find("no configuration that seawall knows"),
              std::string::npos);
  }
  EXPECT_FALSE(ReadConfigurations({}, {}).has_value());
}

TEST(Configurations, FilesThatDoNotParseAreBlindSpotsBesideOthers) {
  const auto nodes = Read({{"cluster.yaml", kKubeadm}, {"chart.yaml", "a: {{ .Values.x }}: }\n"}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].blind_spots.size(), 1u);
  EXPECT_FALSE(ReadConfigurations({{"chart.yaml", "a: {{ .Values.x }}: }\n"}}, {}).has_value());
}

TEST(Configurations, TwoClustersAreTwoNodesWithNamesOfTheirOwn) {
  const auto nodes = Read({{"a/c.yaml", kKubeadm}, {"b/c.yaml", kKubeadm}});
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_NE(nodes[0].name, nodes[1].name);
}

TEST(Configurations, SurviveEveryPrefix) {
  for (const std::string& whole : {std::string(kKubeadm), std::string(kControlPlane)}) {
    for (size_t n = 0; n < whole.size(); n += 7)
      (void)ReadConfigurations({{"x.yaml", whole.substr(0, n)}}, {});
  }
}

/// What the genuine kubeadm 1.37.2 wrote into its manifests for kGenuine.
const char* const kGenuine = R"(apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
apiServer:
  extraArgs:
  - name: profiling
    value: "false"
  - name: audit-log-path
    value: /var/log/audit.log
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.11}
nodeRegistration: {name: cp-0}
)";
const char* const kGenuineServer[] = {
    "--advertise-address=192.0.2.11",
    "--allow-privileged=true",
    "--authorization-mode=Node,RBAC",
    "--client-ca-file=/etc/kubernetes/pki/ca.crt",
    "--enable-admission-plugins=NodeRestriction",
    "--enable-bootstrap-token-auth=true",
    "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
    "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
    "--etcd-servers=https://127.0.0.1:2379",
    "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
    "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    "--secure-port=6443",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
    "--service-cluster-ip-range=10.96.0.0/12",
    "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
    "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
    "--profiling=false",
    "--audit-log-path=/var/log/audit.log",
};
const char* const kGenuineEtcd[] = {
    "--advertise-client-urls=https://192.0.2.11:2379",
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "--client-cert-auth=true",
    "--data-dir=/var/lib/etcd",
    "--feature-gates=InitialCorruptCheck=true",
    "--initial-advertise-peer-urls=https://192.0.2.11:2380",
    "--initial-cluster=cp-0=https://192.0.2.11:2380",
    "--key-file=/etc/kubernetes/pki/etcd/server.key",
    "--listen-client-urls=https://127.0.0.1:2379,https://192.0.2.11:2379",
    "--listen-metrics-urls=http://127.0.0.1:2381",
    "--listen-peer-urls=https://192.0.2.11:2380",
    "--name=cp-0",
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "--peer-client-cert-auth=true",
    "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
    "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--snapshot-count=10000",
    "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--watch-progress-notify-interval=5s",
};

std::vector<std::string> Arguments(const Component& component) {
  std::vector<std::string> texts;
  for (const Argument& argument : component.command.arguments) texts.push_back(argument.text);
  return texts;
}

TEST(Kubeadm, CommandLinesAreThoseOfTheGenuineProgram) {
  const auto nodes = Read({{"c.yaml", kGenuine}});
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(Arguments(Only(nodes[0], kServer)),
            std::vector<std::string>(std::begin(kGenuineServer), std::end(kGenuineServer)));
  EXPECT_EQ(Arguments(Only(nodes[0], ComponentKind::kEtcd)),
            std::vector<std::string>(std::begin(kGenuineEtcd), std::end(kGenuineEtcd)));
}

}  // namespace
}  // namespace seawall::cluster
