// Genuine nodes with one thing changed, in places where people do write it: the verdict that
// upstream's own rules give, and the place that is named. Each row was judged by the components'
// documentation and sources before it was run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kDropIn = "/etc/systemd/system/kubelet.service.d/20.conf";
constexpr const char* kX = "/etc/kubernetes/audit/x.yaml";

/// Arguments behind all others of a static pod.
void Add(Tree& tree, const char* manifest, const std::string& items) {
  std::string list;
  for (size_t at = 0; at < items.size();) {
    const size_t end = std::min(items.find('\n', at), items.size());
    list += "    - " + items.substr(at, end - at) + "\n";
    at = end + 1;
  }
  tree.Replace(manifest, "    image: registry", list + "    image: registry");
}

void Drop(Tree& tree, const char* manifest, const std::string& argument) {
  tree.Replace(manifest, "    - --" + argument + "\n", "");
}

void Configure(Tree& tree, const char* flag, const std::string& kind, const std::string& text) {
  Add(tree, kApiServer, fmt::format("--{}={}", flag, kX));
  tree.Write(kX, "apiVersion: apiserver.config.k8s.io/v1\nkind: " + kind + "\n" + text);
}

void KubeletFlags(Tree& tree, const std::string& flags) {
  tree.Write(kKubeletEnv, "KUBELET_EXTRA_ARGS=\"" + flags + "\"\n", 0644);
}

void KubeletDropIn(Tree& tree, const std::string& name, const std::string& text) {
  tree.Write("/etc/kubernetes/kubelet.conf.d/" + name,
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n" + text);
}

struct Variant {
  const char* what;
  void (*make)(Tree&);
  const char* rule;
  const char* verdict;  ///< alternatives with "|" between them
  const char* place = nullptr;
};

using T = Tree&;

const Variant kKubeadmNode[] = {
    {"args beside command",
     [](T t) {
       t.Replace(kApiServer, "    - kube-apiserver\n",
                 "    - kube-apiserver\n    args:\n    - --anonymous-auth=false\n");
     },
     "apiserver-anonymous-auth-off", "pass",
     "flag /etc/kubernetes/manifests/kube-apiserver.yaml:16"},
    {"the last of two, with an underscore",
     [](T t) { Add(t, kApiServer, "--anonymous-auth=false\n--anonymous_auth=true"); },
     "apiserver-anonymous-auth-off", "fail"},
    {"a boolean in two items", [](T t) { Add(t, kApiServer, "--anonymous-auth\n\"false\""); },
     "apiserver-starts", "fail"},
    {"a variable of the container",
     [](T t) {
       Add(t, kApiServer, "--anonymous-auth=$(ANON)");
       t.Replace(kApiServer, "    image: registry",
                 "    env: [{name: ANON, value: \"false\"}]\n    image: registry");
     },
     "apiserver-anonymous-auth-off", "pass"},
    {"a variable that nobody defines", [](T t) { Add(t, kApiServer, "--anonymous-auth=$(ANON)"); },
     "apiserver-anonymous-auth-off", "unknown|fail"},
    {"a second manifest of the same pod",
     [](T t) {
       t.Write("/etc/kubernetes/manifests/kube-apiserver.yaml.bak", ReadFile(t.Path(kApiServer)));
     },
     "apiserver-client-ca", "unknown"},
    {"a file that begins with a dot",
     [](T t) {
       t.Write("/etc/kubernetes/manifests/.kube-apiserver.swp", ReadFile(t.Path(kApiServer)));
     },
     "apiserver-client-ca", "pass"},
    {"another program's container with a name that begins alike",
     [](T t) {
       t.Replace(kApiServer, "  hostNetwork: true",
                 "  - {name: h, image: h, command: [/kube-apiserver-healthcheck, "
                 "--anonymous-auth=false]}\n  hostNetwork: true");
     },
     "apiserver-anonymous-auth-off", "fail"},
    {"a flag that is gone", [](T t) { Add(t, kApiServer, "--insecure-port=0"); },
     "apiserver-starts", "fail"},
    {"a name where an address belongs",
     [](T t) {
       Drop(t, kManager, "bind-address=127.0.0.1");
       Add(t, kManager, "--bind-address=localhost");
     },
     "controller-manager-starts", "fail"},
    {"another address of the loopback",
     [](T t) {
       Drop(t, kManager, "bind-address=127.0.0.1");
       Add(t, kManager, "--bind-address=127.0.0.2");
     },
     "controller-manager-loopback", "pass"},
    {"a plugin that is named twice, on and off",
     [](T t) { Add(t, kApiServer, "--disable-admission-plugins=NodeRestriction"); },
     "apiserver-starts", "fail"},
    {"no version in the image",
     [](T t) { t.Replace(kApiServer, "kube-apiserver:v1.37.2", "kube-apiserver:latest"); },
     "apiserver-anonymous-auth-off", "unknown"},
    {"a tag and a digest",
     [](T t) {
       t.Replace(kApiServer, "registry.k8s.io/kube-apiserver:v1.37.2",
                 "r.example:5000/kube-apiserver:v1.37.2@sha256:" + std::string(64, 'a'));
     },
     "apiserver-anonymous-auth-off", "fail"},
    {"a port of the registry and no tag",
     [](T t) {
       t.Replace(kApiServer, "registry.k8s.io/kube-apiserver:v1.37.2",
                 "r.example:5000/kube-apiserver");
     },
     "apiserver-anonymous-auth-off", "unknown"},
    // ---- structured files
    {"anonymous health checks only",
     [](T t) {
       Configure(t, "authentication-config", "AuthenticationConfiguration",
                 "anonymous: {enabled: true, conditions: [{path: /livez}, {path: /readyz}]}\n");
     },
     "apiserver-anonymous-auth-off", "pass"},
    {"anonymous requests of the whole API",
     [](T t) {
       Configure(t, "authentication-config", "AuthenticationConfiguration",
                 "anonymous: {enabled: true, conditions: [{path: /livez}, {path: /api}]}\n");
     },
     "apiserver-anonymous-auth-off", "fail"},
    {"anonymous by file and by flag",
     [](T t) {
       Configure(t, "authentication-config", "AuthenticationConfiguration",
                 "anonymous: {enabled: false}\n");
       Add(t, kApiServer, "--anonymous-auth=false");
     },
     "apiserver-starts", "fail"},
    {"everything allowed at the end of a chain",
     [](T t) {
       Drop(t, kApiServer, "authorization-mode=Node,RBAC,ABAC");
       Drop(t, kApiServer, "authorization-policy-file=/etc/kubernetes/abac/policy.jsonl");
       Configure(t, "authorization-config", "AuthorizationConfiguration",
                 "authorizers:\n- {type: RBAC, name: rbac}\n- {type: AlwaysAllow, name: "
                 "alwaysallow}\n");
     },
     "apiserver-not-always-allow", "fail", "file /etc/kubernetes/audit/x.yaml:5:10"},
    {"identity before a wildcard",
     [](T t) {
       t.Write("/srv/secrets/encryption/config.yaml",
               "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
               "- resources: [secrets]\n  providers: [{identity: {}}]\n"
               "- resources: ['*.*']\n  providers: [{kms: {apiVersion: v2, name: k, endpoint: "
               "'unix:///k'}}]\n");
     },
     "encryption-covers-secrets", "fail"},
    {"what follows a wildcard",
     [](T t) {
       t.Write("/srv/secrets/encryption/config.yaml",
               "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
               "- resources: ['*.*']\n  providers: [{kms: {apiVersion: v2, name: k, endpoint: "
               "'unix:///k'}}]\n- resources: [secrets]\n  providers: [{identity: {}}]\n");
     },
     "apiserver-starts", "fail"},
    {"secrets of one name only left out",
     [](T t) {
       t.Write("/etc/kubernetes/audit/policy.yaml",
               "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  resources: "
               "[{group: '', resources: [secrets], resourceNames: [a]}]\n- level: Request\n");
     },
     "audit-policy-no-secret-bodies", "fail"},
    {"a rule that no request reaches",
     [](T t) {
       t.Write("/etc/kubernetes/audit/policy.yaml",
               "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}, {level: "
               "Metadata}]\n");
     },
     "audit-log-records-something", "fail"},
    {"a file that the container does not see",
     [](T t) {
       t.Replace(kApiServer,
                 "    - mountPath: /etc/kubernetes/encryption\n      name: encryption\n      "
                 "readOnly: true\n",
                 "");
     },
     "encryption-covers-secrets", "unknown"},
    // ---- keys and certificates
    {"a certificate that is none",
     [](T t) {
       t.Write("/etc/kubernetes/pki/apiserver.crt",
               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
     },
     "apiserver-starts", "fail"},
    {"a key that is none", [](T t) { t.Write("/etc/kubernetes/pki/apiserver.key", "x"); },
     "apiserver-serving-certificate", "unknown"},
    {"a public key that is none", [](T t) { t.Write("/etc/kubernetes/pki/sa.pub", "x"); },
     "apiserver-service-account-key", "unknown"},
    {"a CA of etcd that is none", [](T t) { t.Write("/etc/kubernetes/pki/etcd/ca.crt", "x"); },
     "etcd-client-cert-auth", "unknown"},
    // ---- etcd
    {"etcd's lists replace",
     [](T t) {
       t.Replace(kEtcd, "    - --listen-client-urls=",
                 "    - --listen-client-urls=http://127.0.0.1:2379\n    - --listen-client-urls=");
     },
     "etcd-client-urls-https", "pass"},
    {"etcd's variable beside its flag",
     [](T t) {
       t.Replace(kEtcd, "    image: registry",
                 "    env: [{name: ETCD_CLIENT_CERT_AUTH, value: \"true\"}]\n    image: registry");
     },
     "etcd-starts", "fail"},
    {"etcd takes no underscore",
     [](T t) {
       Drop(t, kEtcd, "client-cert-auth=true");
       Add(t, kEtcd, "--client_cert_auth=true");
     },
     "etcd-starts", "fail"},
    // ---- the kubelet
    {"a drop-in in a subfolder", [](T t) { KubeletDropIn(t, "20/x.conf", "readOnlyPort: 0\n"); },
     "kubelet-read-only-port", "pass", "drop-in /etc/kubernetes/kubelet.conf.d/20/x.conf:3:15"},
    {"a drop-in of another suffix", [](T t) { KubeletDropIn(t, "20.yaml", "readOnlyPort: 0\n"); },
     "kubelet-read-only-port", "fail"},
    {"a drop-in that takes a value back",
     [](T t) { KubeletDropIn(t, "20.conf", "readOnlyPort: null\n"); }, "kubelet-read-only-port",
     "pass"},
    {"a flag wins over the file", [](T t) { KubeletFlags(t, "--anonymous-auth"); },
     "kubelet-anonymous-auth", "fail", "env /etc/default/kubelet:1:"},
    {"two quoted parts of an environment file are one word",
     [](T t) {
       t.Write(kKubeletEnv, "KUBELET_EXTRA_ARGS='--read-only-port=0' \"--anonymous-auth=false\"\n");
     },
     "kubelet-starts", "fail"},
    {"everything reset by a drop-in of the unit",
     [](T t) { t.Write(kDropIn, "[Service]\nEnvironmentFile=\nEnvironment=\n"); },
     "kubelet-anonymous-auth", "fail"},
    {"the administrator's drop-in in place of the package's",
     [](T t) {
       t.Write("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
               "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet "
               "--config=/var/lib/kubelet/config.yaml --anonymous-auth=1\n");
     },
     "kubelet-anonymous-auth", "fail"},
    {"a key of another case is no key",
     [](T t) { t.Replace(kKubelet, "authentication:", "Authentication:"); },
     "kubelet-config-known-fields", "fail"},
    {"text where a boolean belongs",
     [](T t) { t.Replace(kKubelet, "    enabled: false", "    enabled: \"false\""); },
     "kubelet-starts", "fail"},
    {"a key twice",
     [](T t) {
       t.Replace(kKubelet, "    enabled: false", "    enabled: false\n    enabled: true");
     },
     "kubelet-config-keys-once", "fail"},
    {"an environment file that is no text",
     [](T t) { t.Write(kKubeletEnv, std::string("A=b\n\0\x01\x02\n", 8)); },
     "kubelet-anonymous-auth", "unknown"},
};

void Judge(const Variant& variant, const std::vector<std::string>& arguments) {
  SCOPED_TRACE(variant.what);
  std::vector<std::string> command = {"audit", "-o", "json"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const rapidjson::Document report = Json(Seawall(command).out);
  const std::string verdict = VerdictOf(report, variant.rule);
  EXPECT_NE(("|" + std::string(variant.verdict) + "|").find("|" + verdict + "|"), std::string::npos)
      << variant.rule << ": " << verdict << ", not " << variant.verdict;
  if (variant.place == nullptr) return;
  std::string places;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["rule"].GetString() != std::string(variant.rule)) continue;
    for (const auto& evidence : finding["evidence"].GetArray()) {
      places +=
          fmt::format("{} {}:{}:{}\n", evidence["origin"].GetString(), evidence["file"].GetString(),
                      evidence["line"].GetInt(), evidence["column"].GetInt());
    }
  }
  EXPECT_NE(places.find(variant.place), std::string::npos) << places;
}

TEST(Variants, OfAKubeadmNode) {
  for (const Variant& variant : kKubeadmNode) {
    Tree tree;
    tree.CopyFrom(Examples::Get().Path("cp-0"));
    variant.make(tree);
    Judge(variant, {"--root", tree.root(), "--component-version", "kubelet=1.37.2"});
  }
}

constexpr const char* kCluster =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n";

const Variant kConfiguration[] = {
    {"a name twice in extraArgs",
     [](T t) {
       t.Write("/x.yaml", std::string(kCluster) +
                              "apiServer:\n  extraArgs:\n  - {name: anonymous-auth, value: "
                              "'false'}\n  - {name: anonymous-auth, value: 'true'}\n");
     },
     "apiserver-anonymous-auth-off", "fail", "flag "},
    {"by flag no timeout means never",
     [](T t) {
       t.Write("/x.yaml", std::string(kCluster) +
                              "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"
                              "nodeRegistration:\n  kubeletExtraArgs:\n  - {name: "
                              "streaming-connection-idle-timeout, value: '0'}\n");
     },
     "kubelet-streaming-timeout", "fail", "flag "},
    {"the old form in the new version",
     [](T t) {
       t.Write("/x.yaml",
               std::string(kCluster) + "apiServer:\n  extraArgs:\n    anonymous-auth: 'false'\n");
     },
     "apiserver-anonymous-auth-off", "unknown|fail"},
    {"the kubeconfig of the controller manager, which kubeadm writes",
     [](T t) { t.Write("/x.yaml", kCluster); }, "controller-manager-starts", "pass"},
    {"the kubeconfig of the scheduler, which kubeadm writes",
     [](T t) { t.Write("/x.yaml", kCluster); }, "scheduler-starts", "pass"},
    {"a kubeconfig of the controller manager that kubeadm does not write",
     [](T t) {
       t.Write("/x.yaml", std::string(kCluster) +
                              "controllerManager:\n  extraArgs:\n  - {name: kubeconfig, value: "
                              "/etc/kubernetes/mine.conf}\n");
     },
     "controller-manager-starts", "unknown|fail"},
    {"a file of authentication alone",
     [](T t) {
       t.Write("/x.yaml",
               "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
               "anonymous: {enabled: true}\n");
     },
     "apiserver-anonymous-auth-off", "fail"},
    {"k3s' arguments as one text",
     [](T t) { t.Write("/x.yaml", "kube-apiserver-arg: anonymous-auth=true\ntls-san: [a]\n"); },
     "apiserver-anonymous-auth-off", "fail", "flag "},
};

TEST(Variants, OfWhatIsKeptInGit) {
  for (const Variant& variant : kConfiguration) {
    Tree tree;
    variant.make(tree);
    Judge(variant, {"-f", tree.Path("/x.yaml"), "--component-version", "kubernetes=1.37.2"});
  }
}

}  // namespace
}  // namespace seawall::test
