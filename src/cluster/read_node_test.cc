// ReadNode as a whole: kubelets first, processes joined, versions, roles, k3s and RKE2.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cluster/node.h"
#include "cluster/proc_mounts.h"

namespace seawall::cluster {
namespace {

using Files = std::shared_ptr<MemoryFiles>;

Files Tree() { return std::make_shared<MemoryFiles>(); }

Node Read(const Files& files, const ReadOptions& options = {}) {
  Result<Node> node = ReadNode(files, options);
  EXPECT_TRUE(node);
  return std::move(*node);
}

std::string Pod(const std::string& component, const std::string& arguments,
                const std::string& version = "v1.37.2") {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: " + component +
         "\n  namespace: kube-system\nspec:\n  containers:\n  - name: " + component +
         "\n    image: registry.k8s.io/" + component + ":" + version + "\n    command:\n    - " +
         component + "\n" + arguments;
}

void AddProcess(const Files& files, int pid, std::vector<std::string> argv,
                const std::string& cgroup = "", const std::string& environment = "",
                int64_t ticks = 100) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::string cmdline;
  for (const std::string& word : argv) cmdline += word + '\0';
  files->Add(folder + "/cmdline", cmdline);
  files->Add(folder + "/environ", environment);
  files->Add(folder + "/cgroup", cgroup);
  files->AddLink(folder + "/exe", "/usr/bin/" + argv[0]);
  files->Add(folder + "/stat", std::to_string(pid) +
                                   " (a) b) S 1 1 1 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 " +
                                   std::to_string(ticks) + " 1 1\n");
  files->Add("/proc/stat", "cpu 1\nbtime 1000\nprocesses 1\n");
}

ReadOptions Live() {
  ReadOptions options;
  options.live = true;
  return options;
}

const Component& Only(const Node& node, ComponentKind kind) {
  static const Component kNone;
  const auto found = node.Of(kind);
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? kNone : *found[0];
}

TEST(ReadNode, NamesAndRoles) {
  Files files = Tree();
  files->Add("/etc/hostname", "cp1\n");
  files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml", Pod("kube-apiserver", ""));
  files->Add("/etc/kubernetes/manifests/etcd.yaml", Pod("etcd", "", "3.7.0-0"));
  const Node node = Read(files);
  EXPECT_EQ(node.name, "cp1");
  EXPECT_EQ(node.roles, (std::set<Role>{Role::kControlPlane, Role::kEtcd}));
  EXPECT_EQ(Only(node, ComponentKind::kEtcd).version->ToString(), "3.7.0");
  EXPECT_EQ(node.MayHide(ComponentKind::kProxy), nullptr);
  EXPECT_NE(std::find(node.read.begin(), node.read.end(), "/etc/kubernetes/manifests/etcd.yaml"),
            node.read.end());
}

TEST(ReadNode, ADeclaredRoleWithoutItsComponentsIsABlindSpot) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml", Pod("kube-apiserver", ""));
  ReadOptions options;
  options.roles = {Role::kControlPlane};
  const Node node = Read(files, options);
  EXPECT_NE(node.MayHide(ComponentKind::kScheduler), nullptr);
  EXPECT_EQ(node.MayHide(ComponentKind::kEtcd), nullptr);
}

TEST(ReadNode, NothingFoundIsUnknown) {
  Files files = Tree();
  files->AddFolder("/etc");
  const Node node = Read(files);
  EXPECT_TRUE(node.components.empty());
  EXPECT_NE(node.MayHide(ComponentKind::kApiServer), nullptr);
}

TEST(ReadNode, OfTooManyComponentsOfOneKindTheRestIsUnknown) {
  const Files files = Tree();
  for (int i = 0; i < 100; ++i) {
    files->Add("/etc/systemd/system/e" + std::to_string(i) + ".service",
               "[Service]\nExecStart=/usr/bin/etcd\n");
  }
  const Node node = Read(files);
  const auto members = node.Of(ComponentKind::kEtcd);
  EXPECT_LT(members.size(), 50u);
  const auto rest = std::ranges::find_if(
      members, [](const Component* member) { return member->instance == "the rest"; });
  ASSERT_NE(rest, members.end());
  EXPECT_TRUE((*rest)->unknown.starts_with("68 more of etcd")) << (*rest)->unknown;
}

TEST(ReadNode, ManyLargeFilesTogetherAreNotKept) {
  const Files files = Tree();
  files->Add("/a", std::string(15u << 20, 'x'));
  files->Add("/b", std::string(6u << 20, 'x'));
  files->Add("/c", "small");
  Node node;
  node.files = files;
  EXPECT_TRUE(node.Bytes("/a"));
  ASSERT_FALSE(node.Bytes("/b"));
  EXPECT_EQ(node.Bytes("/b").error().code, ErrorCode::kLimit);
  EXPECT_TRUE(node.Bytes("/c"));
}

TEST(ReadNode, VersionFromTheUserIsAFallback) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/a.yaml", Pod("kube-apiserver", ""));
  files->Add("/etc/kubernetes/manifests/b.yaml", Pod("kube-scheduler", "", "latest"));
  ReadOptions options;
  const Version given{1, 30, -1, "--component-version", {}};
  options.versions = {{ComponentKind::kApiServer, given}, {ComponentKind::kScheduler, given}};
  const Node node = Read(files, options);
  EXPECT_EQ(Only(node, ComponentKind::kApiServer).version->ToString(), "1.37.2");
  EXPECT_EQ(Only(node, ComponentKind::kScheduler).version->ToString(), "1.30");
}

TEST(ReadNode, TheKubeletSaysWhereManifestsAre) {
  Files files = Tree();
  files->Add("/etc/systemd/system/kubelet.service",
             "[Service]\nExecStart=/usr/bin/kubelet --config=/k.yaml\n");
  files->Add("/k.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: "
             "KubeletConfiguration\nstaticPodPath: /srv/pods\n");
  files->Add("/srv/pods/kube-apiserver.yaml", Pod("kube-apiserver", "    - --v=1\n"));
  files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml",
             Pod("kube-apiserver", "    - --v=2\n"));
  const Node node = Read(files);
  EXPECT_EQ(Only(node, ComponentKind::kApiServer).where.file, "/srv/pods/kube-apiserver.yaml");
}

TEST(ReadNode, AKubeletConfigurationAloneIsTakenAsKubeadmStartsIt) {
  Files files = Tree();
  files->Add("/var/lib/kubelet/config.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n");
  files->Add("/var/lib/kubelet/kubeadm-flags.env",
             "KUBELET_KUBEADM_ARGS=\"--node-ip=192.0.2.1 --x=y\"\n");
  const Node node = Read(files);
  const Component& kubelet = Only(node, ComponentKind::kKubelet);
  EXPECT_EQ(kubelet.run_by, RunBy::kConfiguration);
  ASSERT_EQ(kubelet.command.arguments.size(), 3u);
  EXPECT_EQ(kubelet.command.arguments[1].text, "--node-ip=192.0.2.1");
  EXPECT_EQ(kubelet.command.arguments[1].place.file, "/var/lib/kubelet/kubeadm-flags.env");
  EXPECT_NE(node.MayHide(ComponentKind::kKubelet), nullptr);
}

TEST(ReadNode, AProcessIsJoinedWithItsManifest) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/a.yaml",
             Pod("kube-apiserver", "    - --anonymous-auth=false\n    - --v=2\n"));
  AddProcess(files, 77, {"kube-apiserver", "--anonymous-auth=false", "--v=2"}, "0::/kubepods/x\n",
             std::string("A=b\0C=d\0", 8));
  AddProcess(files, 78, {"bash", "-c", "sleep 1"});
  const Node node = Read(files, Live());
  const Component& c = Only(node, ComponentKind::kApiServer);
  ASSERT_TRUE(c.process);
  EXPECT_EQ(c.process->pid, 77);
  EXPECT_EQ(c.process->started_ns, 1001000000000);
  EXPECT_EQ(c.command.arguments[0].place.file, "/etc/kubernetes/manifests/a.yaml");
  EXPECT_EQ(c.command.environment.size(), 2u);
  for (const Problem& problem : c.problems) EXPECT_NE(problem.kind, Problem::Kind::kDrift);
}

TEST(ReadNode, DriftShowsWhatRuns) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/a.yaml",
             Pod("kube-apiserver", "    - --anonymous-auth=false\n    - --v=2\n"));
  AddProcess(files, 77, {"kube-apiserver", "--anonymous-auth=true", "--v=2"});
  const Node node = Read(files, Live());
  const Component& c = Only(node, ComponentKind::kApiServer);
  EXPECT_EQ(c.command.arguments[0].text, "--anonymous-auth=true");
  EXPECT_EQ(c.command.arguments[0].place.file, "/proc/77/cmdline");
  EXPECT_EQ(c.command.arguments[1].place.file, "/etc/kubernetes/manifests/a.yaml");
  ASSERT_FALSE(c.problems.empty());
  EXPECT_EQ(c.problems[0].kind, Problem::Kind::kDrift);
  EXPECT_NE(c.problems[0].text.find("--anonymous-auth"), std::string::npos);
  EXPECT_EQ(c.problems[0].text.find("true"), std::string::npos) << "values may be secrets";
}

TEST(ReadNode, AProcessProvesOneOfTwoManifests) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/a.yaml", Pod("kube-apiserver", "    - --v=1\n"));
  files->Add("/etc/kubernetes/manifests/b.yaml", Pod("kube-apiserver", "    - --v=2\n"));
  AddProcess(files, 77, {"kube-apiserver", "--v=2"});
  const Node node = Read(files, Live());
  const Component& c = Only(node, ComponentKind::kApiServer);
  EXPECT_EQ(c.where.file, "/etc/kubernetes/manifests/b.yaml");
  EXPECT_TRUE(c.unknown.empty());
  EXPECT_EQ(c.problems.at(0).kind, Problem::Kind::kTwoManifests);
}

TEST(ReadNode, AProcessExplainsAScript) {
  Files files = Tree();
  files->Add("/etc/systemd/system/etcd.service", "[Service]\nExecStart=/opt/etcd.sh\n");
  AddProcess(files, 5, {"etcd", "--name=a"}, "1:name=systemd:/system.slice/etcd.service\n");
  const Node node = Read(files, Live());
  EXPECT_TRUE(Only(node, ComponentKind::kEtcd).unknown.empty());
  EXPECT_EQ(Only(node, ComponentKind::kEtcd).instance, "etcd.service");
  EXPECT_EQ(Only(node, ComponentKind::kEtcd).command.arguments.at(0).text, "--name=a");
}

TEST(ReadNode, AProcessBehindAnUnreadableManifestNeedsItsMounts) {
  Files files = Tree();
  files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml", "a: [");
  AddProcess(files, 6, {"kube-apiserver", "--v=1"});
  EXPECT_FALSE(Only(Read(files, Live()), ComponentKind::kApiServer).unknown.empty());
  files->Add("/proc/1/mountinfo", "1 0 8:1 / / rw - ext4 d rw\n");
  files->Add("/proc/6/mountinfo",
             "9 8 0:50 / / rw - overlay o rw\n10 9 8:1 /srv/pki /certs ro - ext4 d rw\n");
  const Node node = Read(files, Live());
  const Component& api = Only(node, ComponentKind::kApiServer);
  EXPECT_TRUE(api.unknown.empty());
  EXPECT_EQ(api.HostPath("/certs/ca.crt"), "/srv/pki/ca.crt");
}

TEST(ReadNode, AFileThatIsReadOnceAndChangedIsStale) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "stale";
  fs::remove_all(root);
  const auto write = [&](const std::string& path, const std::string& content) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path, std::ios::binary) << content;
  };
  write("etc/systemd/system/etcd.service",
        "[Service]\nExecStart=/usr/bin/etcd --trusted-ca-file=/ca --cert-file=/c\n");
  write("ca", "x");
  write("c", "x");
  write("proc/5/cmdline", std::string("etcd\0--trusted-ca-file=/ca\0--cert-file=/c\0", 42));
  write("proc/5/stat", "5 (etcd) S 1 1 1 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 100 1 1\n");
  write("proc/stat", "cpu 1\nbtime 1000\n");
  Result<std::unique_ptr<seawall::Files>> files = OpenRoot(root.string());
  ASSERT_TRUE(files);
  Result<Node> node = ReadNode(std::move(*files), Live());
  ASSERT_TRUE(node);
  std::vector<std::string> stale;
  for (const Problem& problem : Only(*node, ComponentKind::kEtcd).problems) {
    if (problem.kind == Problem::Kind::kStale) stale.push_back(problem.place.file);
  }
  EXPECT_EQ(stale, std::vector<std::string>{"/ca"})
      << "a serving certificate is reloaded, its CA is not";
  fs::remove_all(root);
}

TEST(ReadNode, AProcessWithoutAFileIsItsOwnComponent) {
  Files files = Tree();
  AddProcess(files, 9, {"kube-proxy", "--x"});
  AddProcess(files, 10, {"hyperkube", "kubelet", "--y"});
  files->Break("/proc/9/environ", ErrorCode::kPermission);
  const Node node = Read(files, Live());
  const Component& proxy = Only(node, ComponentKind::kProxy);
  EXPECT_EQ(proxy.instance, "pid 9");
  EXPECT_EQ(proxy.run_by, RunBy::kProcess);
  EXPECT_FALSE(proxy.command.environment_complete);
  EXPECT_EQ(Only(node, ComponentKind::kKubelet).command.arguments.at(0).text, "--y");
}

TEST(ReadNode, HostileProcFilesDoNoHarm) {
  Files files = Tree();
  AddProcess(files, 9, {"kubelet"});
  files->Add("/proc/9/stat", "9 (");
  files->Add("/proc/9/mountinfo", std::string("x\n\0 \n1 2 3\n", 11));
  files->Add("/proc/1/mountinfo", "1 2 3 4 5 6\n");
  files->Add("/proc/10/cmdline", std::string(5, '\0'));
  files->Add("/proc/99999999999999999999/cmdline", "kubelet");
  const Node node = Read(files, Live());
  EXPECT_EQ(Only(node, ComponentKind::kKubelet).process->started_ns, 0);
}

TEST(ProcMounts, WhatOfTheNodeAContainerSees) {
  const std::string node =
      "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /run rw - tmpfs t rw\n3 1 8:2 /sub /data rw - ext4 e "
      "rw\n";
  const std::string container =
      "9 8 0:50 / / rw - overlay o rw\n10 9 8:1 /etc/kubernetes/pki /certs ro,relatime - ext4 d "
      "rw\n"
      "11 9 8:2 /sub/a\\040b /d rw - ext4 e rw\n12 9 0:77 / /tmp rw - tmpfs t rw\n";
  EXPECT_EQ(SameRoot(node, container), false);
  EXPECT_EQ(SameRoot(node, node), true);
  EXPECT_FALSE(SameRoot(node, ""));
  const std::vector<Mount> mounts = ContainerMounts(node, container);
  ASSERT_EQ(mounts.size(), 4u);
  EXPECT_EQ(mounts[0].host_path, "");
  EXPECT_EQ(mounts[1].host_path, "/etc/kubernetes/pki");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].host_path, "/data/a b");
  EXPECT_EQ(mounts[3].host_path, "");
}

std::string ArgumentNamed(const Component& component, const std::string& flag) {
  std::string values;
  for (const Argument& argument : component.command.arguments) {
    if (argument.text.starts_with("--" + flag + "="))
      values += (values.empty() ? "" : "|") + argument.text.substr(flag.size() + 3);
  }
  return values;
}

TEST(K3s, ConfigurationDropInsAndWhatItPassesItself) {
  Files files = Tree();
  files->Add("/etc/systemd/system/k3s.service",
             "[Service]\nExecStart=/usr/local/bin/k3s \\\n server --protect-kernel-defaults "
             "--kubelet-arg=event-qps=5\n");
  const std::string config =
      "cluster-init: true\nkube-apiserver-arg:\n- anonymous-auth=true\n- "
      "enable-admission-plugins+=AlwaysPullImages\n"
      "kube-scheduler-arg: [profiling=true]\n";
  files->Add("/etc/rancher/k3s/config.yaml", config);
  files->Add("/etc/rancher/k3s/config.yaml.d/10.yaml",
             "kube-apiserver-arg+:\n- audit-log-maxage=30\nkube-scheduler-arg: [v=2]\n");
  const Node node = Read(files);
  const Component& api = Only(node, ComponentKind::kApiServer);
  EXPECT_EQ(api.run_by, RunBy::kK3s);
  EXPECT_EQ(ArgumentNamed(api, "anonymous-auth"), "true");
  EXPECT_EQ(ArgumentNamed(api, "authorization-mode"), "Node,RBAC");
  EXPECT_EQ(ArgumentNamed(api, "enable-admission-plugins"), "NodeRestriction|AlwaysPullImages");
  EXPECT_EQ(ArgumentNamed(api, "audit-log-maxage"), "30");
  EXPECT_EQ(ArgumentNamed(api, "etcd-cafile"),
            "/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt");
  EXPECT_EQ(ArgumentNamed(Only(node, ComponentKind::kScheduler), "profiling"), "false");
  EXPECT_EQ(ArgumentNamed(Only(node, ComponentKind::kScheduler), "v"), "2");
  EXPECT_EQ(ArgumentNamed(Only(node, ComponentKind::kKubelet), "protect-kernel-defaults"), "true");
  EXPECT_EQ(ArgumentNamed(Only(node, ComponentKind::kKubelet), "event-qps"), "5");
  EXPECT_EQ(node.Of(ComponentKind::kEtcd).size(), 1u);
  for (const Argument& argument : api.command.arguments) {
    if (!argument.text.starts_with("--anonymous-auth")) continue;
    const Span value = argument.PlaceOf(17, 21).bytes;
    EXPECT_EQ(config.substr(value.begin, value.end - value.begin), "true");
  }
}

TEST(K3s, AnAgentHasNoControlPlane) {
  Files files = Tree();
  files->Add("/etc/systemd/system/k3s-agent.service",
             "[Service]\nExecStart=/usr/local/bin/k3s agent\n");
  const Node node = Read(files);
  EXPECT_TRUE(node.Of(ComponentKind::kApiServer).empty());
  EXPECT_EQ(node.Of(ComponentKind::kKubelet).size(), 1u);
  EXPECT_EQ(node.roles, std::set<Role>{Role::kWorker});
}

TEST(K3s, WhatItPassesAndMakesByItselfIsNoProblem) {
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/systemd/system/k3s.service",
             "[Service]\nExecStart=/usr/local/bin/k3s server --cluster-init\n");
  ReadOptions options;
  for (const ComponentKind kind : kAllComponents)
    options.versions[kind] =
        kind == ComponentKind::kEtcd ? Version{3, 6, 0, "", {}} : Version{1, 37, 0, "", {}};
  const auto node = ReadNode(files, options);
  ASSERT_TRUE(node.has_value());
  for (const Component& component : node->components) {
    for (const Problem& problem : component.problems)
      ADD_FAILURE() << ToString(component.kind) << ": " << problem.text;
  }
  EXPECT_NE(node->Of(ComponentKind::kControllerManager)[0]->absent_tool_file, "")
      << "its kubeconfig is not in this tree";
}

TEST(K3s, AMalformedConfigurationIsUnknown) {
  Files files = Tree();
  files->Add("/etc/rancher/k3s/config.yaml", "a: [\n");
  const Node node = Read(files);
  EXPECT_FALSE(Only(node, ComponentKind::kApiServer).unknown.empty());
}

TEST(Rke2, ManifestsThatItWroteWinOverItsConfiguration) {
  Files files = Tree();
  files->Add("/etc/rancher/rke2/config.yaml", "profile: cis\nkube-apiserver-arg: [v=3]\n");
  files->AddFolder("/var/lib/rancher/rke2/server");
  files->Add("/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml",
             Pod("kube-apiserver", "    - --v=1\n"));
  const Node node = Read(files);
  const Component& api = Only(node, ComponentKind::kApiServer);
  EXPECT_EQ(ArgumentNamed(api, "v"), "1");
  EXPECT_EQ(api.run_by, RunBy::kRke2);
  EXPECT_EQ(Only(node, ComponentKind::kKubelet).run_by, RunBy::kRke2);
  EXPECT_EQ(ArgumentNamed(Only(node, ComponentKind::kKubelet), "protect-kernel-defaults"), "true");
  EXPECT_EQ(
      ArgumentNamed(Only(node, ComponentKind::kControllerManager), "terminated-pod-gc-threshold"),
      "1000");
}

}  // namespace
}  // namespace seawall::cluster
