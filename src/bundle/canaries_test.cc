// No secret in a bundle: one is planted in every place that may hold one, and looked for in all of
// its unpacked bytes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/base64.h"
#include "bundle/collect.h"
#include "bundle/container.h"
#include "x509/test_pki.h"

namespace seawall::bundle {
namespace {

/// A node with canaries. They look like words, so that nothing is found by its form alone.
class Planted {
 public:
  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  std::vector<std::string> canaries;

  std::string New() {
    const char letter = static_cast<char>('a' + canaries.size() % 26);
    const char other = static_cast<char>('a' + canaries.size() / 26);
    canaries.push_back(fmt::format("canary{}{}hunter", other, letter));
    return canaries.back();
  }
  std::string Encoded(size_t size) {
    std::string key = New();
    while (key.size() < size) key += static_cast<char>(key.size() * 37);
    canaries.push_back(EncodeBase64(key).substr(0, 20));
    return EncodeBase64(key);
  }

  Planted() {
    Manifests();
    Kubeconfigs();
    Units();
    Others();
    Processes();
  }

 private:
  void Manifests() {
    files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml",
               fmt::format(R"(apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  annotations:
    example.com/login: {}
    kubectl.kubernetes.io/last-applied-configuration: '{{"password":"{}"}}'
  labels: {{component: kube-apiserver, team: {}}}
spec:
  hostNetwork: true
  containers:
  - name: kube-apiserver
    image: registry.example/kube-apiserver:v1.37.2
    # the password is {}
    command:
    - kube-apiserver
    - --token-auth-file=/etc/kubernetes/tokens.csv
    - --basic-auth-file=/etc/kubernetes/logins.csv
    - --encryption-provider-config=/etc/kubernetes/encryption.yaml
    - --audit-webhook-config-file=/etc/kubernetes/webhook.conf
    - --etcd-servers=https://root:{}@192.0.2.1:2379
    - --unknown-flag={}
    - --oidc-client-secret={}
    - --service-account-issuer=https://issuer.example/?token={}
    - --password
    - {}
    - "--quoted-token={}"
    env:
    - name: DB_PASSWORD
      value: {}
    - {{name: ANYTHING, value: {}}}
    - name: HTTPS_PROXY
      value: http://proxy:{}@192.0.2.9:3128
    livenessProbe:
      httpGet:
        path: /livez
        httpHeaders: [{{name: Authorization, value: Bearer {}}}]
    lifecycle:
      preStop:
        exec: {{command: [sh, -c, "curl -u admin:{} https://192.0.2.1"]}}
    unknownField: {}
    volumeMounts: [{{name: k8s, mountPath: /etc/kubernetes}}]
  volumes: [{{name: k8s, hostPath: {{path: /etc/kubernetes}}}}]
)",
                           New(), New(), New(), New(), New(), New(), New(), New(), New(), New(),
                           New(), New(), New(), New(), New(), New()));
    files->Add("/etc/kubernetes/tokens.csv",
               fmt::format("{},admin,1,\"system:masters\"\n\"{}\",bob,2\n1234567890,eve,3\n", New(),
                           New()));
    canaries.emplace_back("1234567890");
    files->Add("/etc/kubernetes/logins.csv", fmt::format("{},admin,1\n", New()));
    files->Add(
        "/etc/kubernetes/encryption.yaml",
        fmt::format("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
                    "# was: {}\nresources:\n- resources: [secrets]\n  providers:\n  - aescbc:\n"
                    "      keys:\n      - {{name: key1, secret: {}}}\n"
                    "      - name: key2\n        secret: \"{}\"\n"
                    "  - secretbox: {{keys: [{{name: k, secret: {}}}]}}\n  - identity: {{}}\n",
                    New(), Encoded(32), Encoded(16), New()));
  }

  std::string Kubeconfig() {
    return fmt::format(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n"
        "    server: https://user:{}@192.0.2.1:6443\n    proxy-url: http://p:{}@192.0.2.2\n"
        "contexts:\n- {{name: x, context: {{cluster: c, user: u}}}}\ncurrent-context: x\n"
        "users:\n- name: u\n  user:\n    token: {}\n    username: {}\n    password: '{}'\n"
        "    client-key-data: {}\n    auth-provider:\n      name: oidc\n      config:\n"
        "        client-secret: {}\n        id-token: {}\n        other: {}\n"
        "    exec:\n      command: get\n      args: [--key, {}]\n"
        "      env: [{{name: KEY, value: {}}}]\n# {}\n",
        New(), New(), New(), New(), New(), Encoded(60), New(), New(), New(), New(), New(), New());
  }

  void Kubeconfigs() {
    for (const char* path :
         {"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf",
          "/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/webhook.conf"}) {
      files->Add(path, Kubeconfig());
    }
    // A canary in a file of several places: what was found once goes everywhere.
    const std::string twice = New();
    files->Add("/root/.kube/config", fmt::format("apiVersion: v1\nkind: Config\nusers:\n- name: u\n"
                                                 "  user: {{token: {}}}\nclusters:\n- name: {}\n",
                                                 twice, twice));
    x509::testing::TestSubject subject;
    subject.common_name = "kubernetes";
    subject.ca = true;
    const auto pair = x509::testing::Issue(subject);
    files->Add("/etc/kubernetes/pki/ca.key", fmt::format("# {}\n{}", New(), pair.private_key));
    canaries.push_back(pair.private_key.substr(pair.private_key.find('\n') + 70, 30));
    files->Add("/etc/kubernetes/pki/ca.crt", fmt::format("note {}\n{}", New(), pair.certificate));
  }

  void Units() {
    files->Add("/etc/systemd/system/kubelet.service",
               fmt::format("# {}\n[Unit]\nDescription=the kubelet {}\n[Service]\n"
                           "Environment=DB_PASSWORD={} \"API_KEY={}\" OTHER={}\n"
                           "Environment=KUBELET_EXTRA_ARGS=--unknown={}\n"
                           "EnvironmentFile=-/etc/default/kubelet\n"
                           "ExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml \\\n"
                           "  --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \\\n"
                           "  --kubeconfig=/etc/kubernetes/kubelet.conf --token {} \\\n"
                           "  --manifest-url-header=Authorization:{} {} $KUBELET_EXTRA_ARGS\n"
                           "SetCredential=x:{}\n",
                           New(), New(), New(), New(), New(), New(), New(), New(), New(), New()));
    files->Add("/etc/default/kubelet",
               fmt::format("# {}\n; {}\nKUBELET_EXTRA_ARGS=\"--x-token={}\"\nSECRET='{}'\n"
                           "export FREE={}\nLOOSE=a {}\n",
                           New(), New(), New(), New(), New(), New()));
    files->Add("/etc/systemd/system/backup.service",
               fmt::format("[Service]\nExecStart=/bin/sh -c 'mysqldump -p{} --where \"{}\"'\n",
                           New(), New()));
    files->Add(
        "/etc/systemd/system/etcd.service",
        fmt::format("[Service]\nEnvironment=ETCD_INITIAL_CLUSTER_TOKEN={} ETCDCTL_PASSWORD={}\n"
                    "Environment=ETCD_DISCOVERY=https://own.test/{}\n"
                    "ExecStart=/usr/local/bin/start-etcd.sh --discovery https://own.test/{}\n",
                    New(), New(), New(), New()));
    files->Add("/etc/etcd/etcd.conf",
               fmt::format("#!/bin/sh\n# {}\nPASSWORD={}\nif true; then echo {}; fi  # {}\n"
                           "exec etcd --name=e --discovery-token={} --discovery-user=me:{} "
                           "--discovery https://own.test/v2/keys/{}\n",
                           New(), New(), New(), New(), New(), New(), New()),
               0755);
    Etcd();
  }

  /// Whoever knows the path of a discovery URL may join the cluster.
  void Etcd() {
    files->Add("/etc/kubernetes/manifests/etcd.yaml", fmt::format(R"(apiVersion: v1
kind: Pod
metadata: {{name: etcd, labels: {{component: etcd}}}}
spec:
  containers:
  - name: etcd
    command: [etcd, --name=e, --discovery, "https://discovery.etcd.io/{}"]
    env: [{{name: ETCD_DISCOVERY, value: "https://own.test:2379/v2/keys/_etcd/registry/{}"}}]
)",
                                                                  New(), New()));
    files->Add("/etc/kubernetes/manifests/etcd-2.yaml", R"(apiVersion: v1
kind: Pod
metadata: {name: etcd-2, labels: {component: etcd}}
spec:
  hostNetwork: true
  containers:
  - name: etcd
    command: [etcd, --config-file=/etc/etcd/etcd.conf]
    volumeMounts: [{name: c, mountPath: /etc/etcd}]
  volumes: [{name: c, hostPath: {path: /etc/etcd}}]
)");
    files->Add("/etc/etcd/etcd.conf",
               fmt::format("name: e\ndiscovery: 'https://own.test/{}'\ndiscovery-srv: "
                           "srv.test/{}\ndiscovery-proxy: http://u:{}@p.test\n",
                           New(), New(), New()));
  }

  void Others() {
    files->Add("/var/lib/kubelet/config.yaml",
               fmt::format("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
                           "staticPodPath: /etc/kubernetes/manifests\n"
                           "staticPodURL: https://u:{}@192.0.2.5/p\n"
                           "staticPodURLHeader: {{Authorization: [{}]}}\nnoSuchField: {} # {}\n",
                           New(), New(), New(), New()));
    files->Add(
        "/etc/containerd/config.toml",
        fmt::format("# {}\nversion = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry."
                    "configs.\"r\".auth]\nusername = \"{}\"\npassword = \"{}\"\nauth = \"{}\"\n"
                    "other = \"{}\" # {}\n",
                    New(), New(), New(), New(), New(), New()));
    files->Add("/etc/docker/daemon.json", fmt::format(R"({{"hosts":[],"x":"{}"}})", New()));
    files->Add("/etc/rancher/k3s/config.yaml",
               fmt::format("token: {}\nagent-token: {}\n"
                           "datastore-endpoint: mysql://u:{}@tcp(x)\n"
                           "node-label: [a=b]\nnone-such: {}\n",
                           New(), New(), New(), New()));
    files->Add("/etc/passwd",
               fmt::format("# {}\nroot:{}:0:0:{}:/root:/bin/sh\n{}\n", New(), New(), New(), New()));
    files->Add("/etc/hostname", fmt::format("# {}\ncp-0\n", New()));
  }

  void Processes() {
    std::string kubelet = fmt::format(
        "/usr/bin/kubelet?--config=/var/lib/kubelet/config.yaml?"
        "--token={}?--flag?{}?",
        New(), New());
    std::string other = fmt::format("mysqld?--password={}?{}?", New(), New());
    std::string environment =
        fmt::format("PATH=/bin?DB_PASSWORD={}?WORD={}?{}?", New(), New(), New());
    for (std::string* text : {&kubelet, &other, &environment})
      std::ranges::replace(*text, '?', '\0');
    files->Add("/proc/stat", "cpu 1\nbtime 1700000000\n");
    files->Add("/proc/12/cmdline", kubelet);
    files->Add("/proc/12/environ", environment);
    files->Add("/proc/12/stat", "12 (kubelet) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5000 0 0");
    files->AddLink("/proc/12/exe", "/usr/bin/kubelet");
    files->Add("/proc/13/cmdline", other);
    files->Add("/proc/13/environ", "X=" + New());
    files->AddLink("/proc/13/exe", "/usr/sbin/mysqld");
  }
};

TEST(Canaries, AreNowhereInABundle) {
  const Planted planted;
  ASSERT_GT(planted.canaries.size(), 100u);
  const auto bundle = Collect(
      planted.files,
      {.name = "", .live = true, .as_root = true, .digest_key = "", .tool_version = "t", .now = 1});
  ASSERT_TRUE(bundle.has_value());
  const auto file = Write(*bundle);
  ASSERT_TRUE(file.has_value());
  const auto archive = Unpack(*file);
  ASSERT_TRUE(archive.has_value());
  // It is about what was read: the canaries' files are in it.
  for (const char* path :
       {"/etc/kubernetes/tokens.csv", "/etc/kubernetes/encryption.yaml",
        "/etc/kubernetes/webhook.conf", "/etc/default/kubelet",
        "/etc/kubernetes/manifests/etcd.yaml", "/etc/etcd/etcd.conf", "/etc/containerd/config.toml",
        "/proc/12/environ", "/proc/13/cmdline", "/etc/systemd/system/backup.service"}) {
    const auto read = bundle->answers->reads.find(path);
    ASSERT_NE(read, bundle->answers->reads.end()) << path;
    EXPECT_TRUE(read->second.bytes.has_value()) << path;
  }
  for (const std::string& canary : planted.canaries) {
    for (const std::string& form :
         {canary, EncodeBase64(canary).substr(0, canary.size() * 4 / 3 - 1)}) {
      const size_t at = archive->find(form);
      EXPECT_EQ(at, std::string::npos)
          << form << " in: " << archive->substr(at < 200 ? 0 : at - 200, 260);
    }
  }
}

TEST(Canaries, AndTheAuditIsTheSameStill) {
  const Planted planted;
  const auto bundle = Collect(
      planted.files,
      {.name = "", .live = true, .as_root = true, .digest_key = "", .tool_version = "t", .now = 1});
  ASSERT_TRUE(bundle.has_value());
  EXPECT_TRUE(bundle->manifest.differing.empty())
      << testing::PrintToString(bundle->manifest.differing);
}

/// Within the blocks of what is no secret, and under another's name.
TEST(Canaries, ABlockThatIsCalledPublicMayHoldAnything) {
  auto files = std::make_shared<MemoryFiles>();
  const std::string ca = x509::testing::IssueCa("a").certificate;
  std::string noted = ca;
  noted.insert(noted.find("-----END"), "- canaryhunter\n");
  files->Add("/etc/kubernetes/pki/ca.crt", ca);
  files->Add("/etc/kubernetes/pki/front-proxy-ca.crt", noted);
  files->Add("/etc/kubernetes/pki/sa.pub",
             "-----BEGIN PUBLIC KEY-----\ncanaryhunter\n-----END PUBLIC KEY-----\n");
  files->Add("/etc/kubernetes/manifests/x.yaml",
             "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: kube-system}\nspec:\n"
             "  containers:\n  - name: a\n    image: r/kube-apiserver:v1.37.2\n"
             "    command: [kube-apiserver, "
             "--service-account-key-file=/etc/kubernetes/pki/sa.pub]\n"
             "    volumeMounts: [{name: p, mountPath: /etc/kubernetes/pki}]\n"
             "  volumes: [{name: p, hostPath: {path: /etc/kubernetes/pki}}]\n");
  const auto bundle = Collect(files, {.name = "n",
                                      .live = false,
                                      .as_root = true,
                                      .digest_key = "",
                                      .tool_version = "t",
                                      .now = 1});
  ASSERT_TRUE(bundle);
  size_t read = 0;
  for (const auto& [path, file] : bundle->answers->reads) {
    if (!path.starts_with("/etc/kubernetes/pki/") || !file.bytes) continue;
    ++read;
    EXPECT_EQ(file.bytes->find("canary"), std::string::npos) << path << *file.bytes;
    if (path.ends_with("/ca.crt")) {
      EXPECT_EQ(*file.bytes, ca);
    }
  }
  EXPECT_EQ(read, 3u);
}

TEST(Canaries, EqualSecretsAreEqualUnderOneKeyOnly) {
  const auto token = [](const std::string& key) {
    auto files = std::make_shared<MemoryFiles>();
    files->Add("/etc/kubernetes/admin.conf",
               "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: hunterhunter}}\n");
    const auto bundle = Collect(files, {.name = "n",
                                        .live = false,
                                        .as_root = true,
                                        .digest_key = key,
                                        .tool_version = "t",
                                        .now = 1});
    return *bundle->answers->reads.at("/etc/kubernetes/admin.conf").bytes;
  };
  const std::string key(32, 'k');
  EXPECT_EQ(token(key), token(key));
  EXPECT_NE(token(key), token(std::string(32, 'l')));
  EXPECT_NE(token(""), token(""));
  EXPECT_EQ(token("").size(), token(key).size());
}

}  // namespace
}  // namespace seawall::bundle
