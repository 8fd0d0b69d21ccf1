#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/test_node.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::RunBy;

constexpr const char* kPasswd =
    "root:x:0:0::/root:/bin/sh\netcd:x:998:997::/:/bin/false\nann:x:1000:1000::/home/ann:/bin/sh\n";
constexpr const char* kGroup = "root:x:0:\netcd:x:997:\nann:x:1000:\n";

struct FileCase {
  const char* rule;
  ComponentKind kind;
  const char* setting;  ///< nullptr: the manifest
  const char* path;
};

constexpr const char* kManifest = "";

// Rules about one file: each is asked with a good and a bad mode or owner, with a missing and with
// an unreadable file.
constexpr FileCase kModes[] = {
    {"apiserver-manifest-mode", ComponentKind::kApiServer, kManifest,
     "/etc/kubernetes/manifests/kube-apiserver.yaml"},
    {"controller-manager-manifest-mode", ComponentKind::kControllerManager, kManifest,
     "/etc/kubernetes/manifests/kube-controller-manager.yaml"},
    {"scheduler-manifest-mode", ComponentKind::kScheduler, kManifest,
     "/etc/kubernetes/manifests/kube-scheduler.yaml"},
    {"etcd-manifest-mode", ComponentKind::kEtcd, kManifest, "/etc/kubernetes/manifests/etcd.yaml"},
    {"scheduler-kubeconfig-mode", ComponentKind::kScheduler, "kubeconfig",
     "/etc/kubernetes/scheduler.conf"},
    {"controller-manager-kubeconfig-mode", ComponentKind::kControllerManager,
     "authentication-kubeconfig", "/etc/k/cm.conf"},
    {"proxy-kubeconfig-mode", ComponentKind::kProxy, "clientConnection.kubeconfig",
     "/var/lib/kube-proxy/kubeconfig"},
    {"kubelet-kubeconfig-mode", ComponentKind::kKubelet, "kubeconfig",
     "/etc/kubernetes/kubelet.conf"},
    {"kubelet-config-mode", ComponentKind::kKubelet, "config", "/var/lib/kubelet/config.yaml"},
    {"encryption-config-mode", ComponentKind::kApiServer, "encryption-provider-config",
     "/etc/kubernetes/enc.yaml"},
    {"token-file-mode", ComponentKind::kApiServer, "token-auth-file", "/etc/kubernetes/tokens.csv"},
    {"service-account-key-mode", ComponentKind::kApiServer, "service-account-signing-key-file",
     "/etc/kubernetes/pki/sa.key"},
    {"audit-log-mode", ComponentKind::kApiServer, "audit-log-path",
     "/var/log/kubernetes/audit.log"},
};
constexpr FileCase kOwners[] = {
    {"apiserver-manifest-owner", ComponentKind::kApiServer, kManifest,
     "/etc/kubernetes/manifests/kube-apiserver.yaml"},
    {"controller-manager-manifest-owner", ComponentKind::kControllerManager, kManifest,
     "/etc/kubernetes/manifests/kube-controller-manager.yaml"},
    {"scheduler-manifest-owner", ComponentKind::kScheduler, kManifest,
     "/etc/kubernetes/manifests/kube-scheduler.yaml"},
    {"etcd-manifest-owner", ComponentKind::kEtcd, kManifest, "/etc/kubernetes/manifests/etcd.yaml"},
    {"scheduler-kubeconfig-owner", ComponentKind::kScheduler, "kubeconfig",
     "/etc/kubernetes/scheduler.conf"},
    {"controller-manager-kubeconfig-owner", ComponentKind::kControllerManager, "kubeconfig",
     "/etc/k/cm.conf"},
    {"proxy-kubeconfig-owner", ComponentKind::kProxy, "clientConnection.kubeconfig",
     "/var/lib/kube-proxy/kubeconfig"},
    {"kubelet-kubeconfig-owner", ComponentKind::kKubelet, "kubeconfig",
     "/etc/kubernetes/kubelet.conf"},
    {"kubelet-client-ca-owner", ComponentKind::kKubelet, "authentication.x509.clientCAFile",
     "/etc/kubernetes/pki/ca.crt"},
    {"kubelet-config-owner", ComponentKind::kKubelet, "config", "/var/lib/kubelet/config.yaml"},
    {"encryption-config-owner", ComponentKind::kApiServer, "encryption-provider-config",
     "/etc/kubernetes/enc.yaml"},
};
// The same with 644 as the most that is allowed.
constexpr FileCase kReadableModes[] = {
    {"kubelet-client-ca-mode", ComponentKind::kKubelet, "authentication.x509.clientCAFile",
     "/etc/kubernetes/pki/ca.crt"},
    {"audit-policy-mode", ComponentKind::kApiServer, "audit-policy-file",
     "/etc/kubernetes/audit.yaml"},
};

TestNode NodeFor(const FileCase& c) {
  TestNode node;
  Component& component = node.Add(c.kind);
  if (c.setting != kManifest) TestNode::Set(component, c.setting, c.path);
  node.files().Add("/etc/passwd", kPasswd, 0644);
  node.files().Add("/etc/group", kGroup, 0644);
  return node;
}

void ExpectUnknownWhenAbsentOrBroken(const FileCase& c) {
  TestNode missing = NodeFor(c);
  const bool log = std::string_view(c.rule) == "audit-log-mode";  // copied trees come without it
  EXPECT_EQ(missing.Verdict(c.rule), log ? "not-applicable" : "unknown")
      << c.rule << ": " << missing.last.reason;
  missing.node.live = true;
  EXPECT_EQ(missing.Verdict(c.rule), "unknown") << c.rule << ": " << missing.last.reason;
  TestNode folder = NodeFor(c);
  folder.files().AddFolder(c.path, 0600);
  EXPECT_EQ(folder.Verdict(c.rule), "unknown") << c.rule << ": a folder in the file's place";
  TestNode broken = NodeFor(c);
  broken.files().Add(c.path, "x", 0600);
  broken.files().Break(c.path, ErrorCode::kPermission);
  EXPECT_EQ(broken.Verdict(c.rule), "unknown") << c.rule;
  EXPECT_NE(broken.last.reason.find("run as root"), std::string::npos) << broken.last.reason;
  TestNode configuration = NodeFor(c);
  configuration.node.is_machine = false;
  EXPECT_EQ(configuration.Verdict(c.rule), "not-applicable") << c.rule;
}

void ExpectModes(const FileCase& c, std::initializer_list<uint32_t> good,
                 std::initializer_list<uint32_t> bad) {
  for (uint32_t mode : good) {
    TestNode node = NodeFor(c);
    node.files().Add(c.path, "x", mode);
    EXPECT_EQ(node.Verdict(c.rule), "pass")
        << c.rule << " " << ModeText(mode) << ": " << node.last.reason;
  }
  for (uint32_t mode : bad) {
    TestNode node = NodeFor(c);
    node.files().Add(c.path, "x", mode);
    EXPECT_EQ(node.Verdict(c.rule), "fail") << c.rule << " " << ModeText(mode);
    ASSERT_EQ(node.last.evidence.size(), 1u);
    EXPECT_EQ(node.last.evidence[0].setting, "mode");
    EXPECT_EQ(node.last.evidence[0].value, ModeText(mode));
    EXPECT_EQ(node.last.evidence[0].origin, "stat");
    EXPECT_EQ(node.last.evidence[0].place.file, c.path);
    EXPECT_NE(node.last.remedy.find(c.path), std::string::npos) << node.last.remedy;
  }
}

TEST(Files, ModesOf600AndLess) {
  for (const FileCase& c : kModes) {
    ExpectModes(c, {0600, 0400, 0}, {0640, 0604, 0644, 0700, 0602, 04600, 02600});
    ExpectUnknownWhenAbsentOrBroken(c);
  }
}

TEST(Files, ModesOf644AndLess) {
  for (const FileCase& c : kReadableModes) {
    ExpectModes(c, {0644, 0600, 0444}, {0664, 0646, 0755});
    ExpectUnknownWhenAbsentOrBroken(c);
  }
}

TEST(Files, Owners) {
  for (const FileCase& c : kOwners) {
    TestNode good = NodeFor(c);
    good.files().Add(c.path, "x", 0600);
    EXPECT_EQ(good.Verdict(c.rule), "pass") << c.rule << ": " << good.last.reason;
    TestNode user = NodeFor(c);
    user.files().Add(c.path, "x", 0600, 1000, 0);
    EXPECT_EQ(user.Verdict(c.rule), "fail") << c.rule;
    EXPECT_EQ(user.last.evidence.at(0).value, "ann:root");
    EXPECT_EQ(user.last.remedy, std::string("chown root:root ") + c.path);
    TestNode stranger = NodeFor(c);
    stranger.files().Add(c.path, "x", 0600, 0, 4242);
    EXPECT_EQ(stranger.Verdict(c.rule), "fail") << c.rule;
    EXPECT_EQ(stranger.last.evidence.at(0).value, "root:4242")
        << "numeric where the group file does not know it";
    ExpectUnknownWhenAbsentOrBroken(c);
  }
}

TEST(Files, AComponentOfAUnitHasNoManifest) {
  TestNode node;
  node.Add(ComponentKind::kApiServer, RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("apiserver-manifest-mode"), "not-applicable");
  EXPECT_NE(node.last.reason.find("systemd unit"), std::string::npos);
}

TEST(Files, ContainerPathsAreMappedToTheNode) {
  TestNode node;
  Component& apiserver = node.Add(ComponentKind::kApiServer);
  apiserver.in_container = true;
  TestNode::Set(apiserver, "encryption-provider-config", "/inside/enc.yaml");
  EXPECT_EQ(node.Verdict("encryption-config-mode"), "unknown") << "not mounted";
  node.node.components[0].mounts.push_back({"/inside", "/outside", "hostPath", true, {}});
  node.files().Add("/outside/enc.yaml", "x", 0644);
  EXPECT_EQ(node.Verdict("encryption-config-mode"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.file, "/outside/enc.yaml");
  node.node.components[0].mounts[0] = {"/inside", "", "configMap", true, {}};
  EXPECT_EQ(node.Verdict("encryption-config-mode"), "not-applicable") << node.last.reason;
}

TEST(Files, LinksAreJudgedByTheirTarget) {
  TestNode node;
  Component& scheduler = node.Add(ComponentKind::kScheduler);
  TestNode::Set(scheduler, "kubeconfig", "/etc/kubernetes/scheduler.conf");
  node.files().Add("/srv/s.conf", "x", 0644);
  node.files().AddLink("/etc/kubernetes/scheduler.conf", "/srv/s.conf");
  EXPECT_EQ(node.Verdict("scheduler-kubeconfig-mode"), "fail");
  node.files().Add("/srv/s.conf", "x", 0600);
  EXPECT_EQ(node.Verdict("scheduler-kubeconfig-mode"), "pass");
}

TEST(Files, EtcdsDataFolder) {
  TestNode node;
  Component& etcd = node.Add(ComponentKind::kEtcd);
  EXPECT_EQ(node.Verdict("etcd-data-mode"), "unknown") << "there is one, wherever it lies";
  TestNode::Set(etcd, "data-dir", "/var/lib/etcd");
  node.files().Add("/etc/passwd", kPasswd, 0644);
  node.files().Add("/etc/group", kGroup, 0644);
  EXPECT_EQ(node.Verdict("etcd-data-mode"), "unknown");
  EXPECT_EQ(node.Verdict("etcd-data-owner"), "unknown");
  node.files().AddFolder("/var/lib/etcd", 0700, 998, 997);
  EXPECT_EQ(node.Verdict("etcd-data-mode"), "pass");
  EXPECT_EQ(node.Verdict("etcd-data-owner"), "pass");
  node.files().AddFolder("/var/lib/etcd", 0750, 0, 0);
  EXPECT_EQ(node.Verdict("etcd-data-mode"), "fail");
  EXPECT_EQ(node.Verdict("etcd-data-owner"), "fail") << "as kubeadm leaves it";
  node.files().Remove("/etc/passwd");
  node.files().AddFolder("/var/lib/etcd", 0700, 998, 997);
  EXPECT_EQ(node.Verdict("etcd-data-owner"), "unknown") << "nobody says who 998 is";
}

TEST(Files, AdministratorsKubeconfigs) {
  TestNode node;
  EXPECT_EQ(node.Verdict("admin-kubeconfig-mode"), "not-applicable");
  node.files().Add("/etc/kubernetes/admin.conf", "x", 0600);
  EXPECT_EQ(node.Verdict("admin-kubeconfig-mode"), "pass");
  EXPECT_EQ(node.Verdict("admin-kubeconfig-owner"), "pass");
  node.files().Add("/etc/kubernetes/super-admin.conf", "x", 0640, 1000, 1000);
  EXPECT_EQ(node.Verdict("admin-kubeconfig-mode"), "fail");
  EXPECT_EQ(node.last.remedy, "chmod 600 /etc/kubernetes/super-admin.conf");
  EXPECT_EQ(node.Verdict("admin-kubeconfig-owner"), "fail");
  node.files().Add("/etc/kubernetes/super-admin.conf", "x", 0600);
  node.files().Break("/etc/kubernetes/super-admin.conf", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("admin-kubeconfig-mode"), "unknown");
  EXPECT_EQ(node.Verdict("admin-kubeconfig-owner"), "unknown");
}

TEST(Files, NetworkPlugins) {
  TestNode node;
  for (const char* rule : {"cni-config-mode", "cni-config-owner", "cni-programs-not-writable"}) {
    EXPECT_EQ(node.Verdict(rule), "not-applicable") << rule;
  }
  node.files().Add("/etc/cni/net.d/10-a.conflist", "{}", 0600);
  node.files().Add("/opt/cni/bin/bridge", "x", 0755);
  for (const char* rule : {"cni-config-mode", "cni-config-owner", "cni-programs-not-writable"}) {
    EXPECT_EQ(node.Verdict(rule), "pass") << rule;
  }
  node.files().Add("/etc/cni/net.d/10-a.conflist", "{}", 0644, 1, 1);
  node.files().Add("/opt/cni/bin/bridge", "x", 0755, 1001, 0);
  for (const char* rule : {"cni-config-mode", "cni-config-owner", "cni-programs-not-writable"}) {
    EXPECT_EQ(node.Verdict(rule), "fail") << rule;
  }
  node.files().Break("/etc/cni/net.d", ErrorCode::kPermission);
  node.files().Break("/opt/cni/bin", ErrorCode::kPermission);
  for (const char* rule : {"cni-config-mode", "cni-config-owner", "cni-programs-not-writable"}) {
    EXPECT_EQ(node.Verdict(rule), "unknown") << rule;
  }
}

TEST(Files, TheKubeletsServiceFiles) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  kubelet.instance = "kubelet.service";
  kubelet.where.file = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
  EXPECT_EQ(node.Verdict("kubelet-unit-mode"), "unknown");
  node.files().Add(kubelet.where.file, "x", 0600);
  node.files().Add("/usr/lib/systemd/system/kubelet.service", "x", 0600);
  EXPECT_EQ(node.Verdict("kubelet-unit-mode"), "pass");
  EXPECT_EQ(node.last.evidence.size(), 2u);
  node.files().Add("/usr/lib/systemd/system/kubelet.service", "x", 0644);
  EXPECT_EQ(node.Verdict("kubelet-unit-mode"), "fail");
  EXPECT_EQ(node.Verdict("kubelet-unit-owner"), "pass");
  node.files().Add("/etc/systemd/system/kubelet.service.d/20-x.conf", "x", 0600, 1000, 0);
  EXPECT_EQ(node.Verdict("kubelet-unit-owner"), "fail");
  node.files().Break("/etc/systemd/system/kubelet.service.d/20-x.conf", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("kubelet-unit-owner"), "unknown");
  node.node.components[0].run_by = RunBy::kProcess;
  EXPECT_EQ(node.Verdict("kubelet-unit-mode"), "not-applicable");
}

TEST(Files, DropInsOfTheKubeletsConfigurationAreItsConfiguration) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  TestNode::Set(kubelet, "config", "/k.yaml");
  TestNode::Set(kubelet, "config-dir", "/k.d");
  node.files().Add("/k.yaml", "x", 0600);
  node.files().Add("/k.d/sub/a.conf", "x", 0644);
  EXPECT_EQ(node.Verdict("kubelet-config-mode"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.file, "/k.d/sub/a.conf");
}

TEST(Files, StartFilesAndTheirFolders) {
  TestNode node;
  EXPECT_EQ(node.Verdict("start-files-not-writable"), "not-applicable");
  Component& apiserver = node.Add(ComponentKind::kApiServer);
  TestNode::Set(apiserver, "authorization-config", "/etc/kubernetes/authz.yaml");
  node.files().Add("/etc/kubernetes/manifests/kube-apiserver.yaml", "x", 0644);
  node.files().Add("/etc/kubernetes/authz.yaml", "x", 0644);
  EXPECT_EQ(node.Verdict("start-files-not-writable"), "pass") << node.last.reason;
  EXPECT_EQ(node.Verdict("parent-folders-not-writable"), "pass") << node.last.reason;
  node.files().Add("/etc/kubernetes/authz.yaml", "x", 0664);
  EXPECT_EQ(node.Verdict("start-files-not-writable"), "fail");
  node.files().AddFolder("/etc/kubernetes", 0777);
  EXPECT_EQ(node.Verdict("parent-folders-not-writable"), "fail");
  EXPECT_EQ(node.last.remedy, "chown root:root /etc/kubernetes && chmod go-w /etc/kubernetes");
  node.files().AddFolder("/etc/kubernetes", 0755, 1000, 1000);
  EXPECT_EQ(node.Verdict("parent-folders-not-writable"), "fail")
      << "its owner may replace what is in it";
  node.files().AddFolder("/etc/kubernetes", 0755);
  node.files().Break("/etc/kubernetes/manifests", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("parent-folders-not-writable"), "unknown");
  node.files().Break("/etc/kubernetes/authz.yaml", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("start-files-not-writable"), "unknown");
}

TEST(Files, Programs) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  kubelet.command.program = "/usr/bin/kubelet";
  EXPECT_EQ(node.Verdict("programs-not-writable"), "not-applicable") << "a tree without programs";
  node.Add(ComponentKind::kProxy, RunBy::kSystemd).command.program = "/usr/bin/kube-proxy";
  node.files().Add("/usr/bin/kube-proxy", "x", 0755);
  EXPECT_EQ(node.Verdict("programs-not-writable"), "unknown") << "some are there, one is not";
  node.files().Add("/usr/bin/kubelet", "x", 0755);
  EXPECT_EQ(node.Verdict("programs-not-writable"), "pass");
  node.files().Add("/usr/bin/kubelet", "x", 0775);
  EXPECT_EQ(node.Verdict("programs-not-writable"), "fail");
}

TEST(Files, StaticPods) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("static-pods-not-writable"), "not-applicable");
  TestNode::Set(kubelet, "staticPodPath", "/pods");
  EXPECT_EQ(node.Verdict("static-pods-not-writable"), "unknown");
  node.files().Add("/pods/a.yaml", "x", 0600);
  EXPECT_EQ(node.Verdict("static-pods-not-writable"), "pass");
  node.files().Add("/pods/b", "x", 0666);
  EXPECT_EQ(node.Verdict("static-pods-not-writable"), "fail");
}

TEST(Files, CredentialProviders) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("credential-providers-not-writable"), "not-applicable");
  TestNode::Set(kubelet, "image-credential-provider-bin-dir", "/opt/cp");
  EXPECT_EQ(node.Verdict("credential-providers-not-writable"), "unknown");
  node.files().Add("/opt/cp/ecr", "x", 0755);
  EXPECT_EQ(node.Verdict("credential-providers-not-writable"), "pass");
  node.files().AddFolder("/opt/cp", 0775);
  EXPECT_EQ(node.Verdict("credential-providers-not-writable"), "fail");
}

TEST(Files, KubeconfigsAnywhere) {
  TestNode node;
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "not-applicable");
  node.files().Add("/root/.kube/config", "x", 0600);
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "pass");
  node.files().Add("/home/ann/.kube/config", "x", 0644, 1000, 1000);
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "fail");
  EXPECT_EQ(node.last.evidence.at(0).place.file, "/home/ann/.kube/config");
  node.files().Remove("/home/ann/.kube/config");
  Component& scheduler = node.Add(ComponentKind::kScheduler);
  TestNode::Set(scheduler, "kubeconfig", "/etc/kubernetes/scheduler.conf");
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "unknown") << "one in use is not there";
  node.files().Add("/etc/kubernetes/scheduler.conf", "x", 0600);
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "pass");
  node.files().Break("/root/.kube/config", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("kubeconfigs-private"), "unknown");
}

TEST(Files, ALinkThatLeadsNowhereIsNotNothing) {
  for (const char* rule : {"kubeconfigs-private", "admin-kubeconfig-mode", "admin-kubeconfig-owner",
                           "kubeconfigs-use-https", "certificates-not-expired"}) {
    TestNode node;
    node.files().AddLink("/etc/kubernetes/admin.conf", "/not/copied");
    EXPECT_EQ(node.Verdict(rule), "unknown") << rule << ": " << node.last.reason;
  }
}

TEST(Files, TheBootstrapKubeconfig) {
  TestNode node;
  Component& kubelet = node.Add(ComponentKind::kKubelet, RunBy::kSystemd);
  EXPECT_EQ(node.Verdict("bootstrap-kubeconfig-mode"), "not-applicable");
  TestNode::Set(kubelet, "bootstrap-kubeconfig", "/b.conf");
  EXPECT_EQ(node.Verdict("bootstrap-kubeconfig-mode"), "not-applicable") << "gone after the join";
  node.files().Add("/b.conf", "x", 0600);
  EXPECT_EQ(node.Verdict("bootstrap-kubeconfig-mode"), "pass");
  node.files().Add("/b.conf", "x", 0644);
  EXPECT_EQ(node.Verdict("bootstrap-kubeconfig-mode"), "fail");
  node.files().Break("/b.conf", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("bootstrap-kubeconfig-mode"), "unknown");
}

TEST(Files, CertificatesAndKeys) {
  TestNode node;
  for (const char* rule : {"pki-owner", "pki-certificate-mode", "pki-key-mode"}) {
    EXPECT_EQ(node.Verdict(rule), "not-applicable") << rule;
  }
  Component& etcd = node.Add(ComponentKind::kEtcd);
  TestNode::Set(etcd, "cert-file", "/srv/pki/s.crt");
  TestNode::Set(etcd, "key-file", "/srv/pki/s.key");
  node.files().Add("/srv/pki/s.crt", "x", 0644);
  node.files().Add("/srv/pki/s.key", "x", 0600);
  for (const char* rule : {"pki-owner", "pki-certificate-mode", "pki-key-mode"}) {
    EXPECT_EQ(node.Verdict(rule), "pass") << rule << ": " << node.last.reason;
  }
  // What lies beside them counts too, also a key under another name.
  node.files().Add("/srv/pki/other.key", "x", 0640);
  EXPECT_EQ(node.Verdict("pki-key-mode"), "fail");
  EXPECT_EQ(node.last.remedy, "chmod 600 /srv/pki/other.key");
  node.files().Add("/srv/pki/other.key", "x", 0600);
  node.files().Add("/srv/pki/both.pem",
                   "-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n", 0644);
  EXPECT_EQ(node.Verdict("pki-key-mode"), "fail");
  EXPECT_EQ(node.Verdict("pki-certificate-mode"), "pass") << "a file with a key is judged as a key";
  node.files().Add("/srv/pki/both.pem", "x", 0666);
  EXPECT_EQ(node.Verdict("pki-certificate-mode"), "fail");
  node.files().AddFolder("/srv/pki", 0755, 1000, 1000);
  EXPECT_EQ(node.Verdict("pki-owner"), "fail");
  node.files().Break("/srv/pki/s.crt", ErrorCode::kPermission);
  node.files().Add("/srv/pki/both.pem", "x", 0600);
  node.files().AddFolder("/srv/pki", 0755, 0, 0);
  EXPECT_EQ(node.Verdict("pki-certificate-mode"), "unknown");
  EXPECT_EQ(node.Verdict("pki-owner"), "unknown");
  node.files().Break("/srv/pki/s.key", ErrorCode::kPermission);
  EXPECT_EQ(node.Verdict("pki-key-mode"), "unknown");
}

/// A service account's key file may hold the private key: it verifies as well with it.
TEST(Files, APrivateKeyIsOneUnderAnyName) {
  TestNode node;
  Component& server = node.Add(ComponentKind::kApiServer);
  TestNode::Set(server, "service-account-key-file", "/etc/kubernetes/pki/sa.pub");
  const auto key = TestKey();
  node.files().Add("/etc/kubernetes/pki/sa.pub", KeyPem(key.get()), 0644);
  EXPECT_EQ(node.Verdict("pki-key-mode"), "fail") << node.last.reason;
  EXPECT_EQ(node.last.remedy, "chmod 600 /etc/kubernetes/pki/sa.pub");
  node.files().Add("/etc/kubernetes/pki/sa.pub", KeyPem(key.get()), 0600);
  EXPECT_EQ(node.Verdict("pki-key-mode"), "pass");
}

TEST(Files, EtcdMayOwnItsCertificates) {
  TestNode node;
  node.files().Add("/etc/passwd", kPasswd, 0644);
  node.files().Add("/etc/group", kGroup, 0644);
  Component& etcd = node.Add(ComponentKind::kEtcd);
  TestNode::Set(etcd, "key-file", "/etc/etcd/pki/s.key");
  node.files().Add("/etc/etcd/pki/s.key", "x", 0600, 998, 997);
  EXPECT_EQ(node.Verdict("pki-owner"), "pass") << node.last.reason;
  TestNode::Set(node.node.components[0], "key-file", "/etc/kubernetes/pki/s.key");
  node.files().Remove("/etc/etcd/pki/s.key");
  node.files().Add("/etc/kubernetes/pki/s.key", "x", 0600, 998, 997);
  EXPECT_EQ(node.Verdict("pki-owner"), "fail");
}

TEST(Files, AFolderOfManyFilesIsOneBoundedFinding) {
  TestNode node;
  for (int i = 0; i < 3000; ++i) node.files().Add("/etc/cni/net.d/" + std::to_string(i), "x", 0644);
  EXPECT_EQ(node.Verdict("cni-config-mode"), "fail");
  EXPECT_LE(node.last.evidence.size(), 50u);
  EXPECT_LE(node.last.reason.size(), 500u);
}

}  // namespace
}  // namespace seawall::rules
