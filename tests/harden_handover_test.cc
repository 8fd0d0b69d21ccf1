// What seawall harden hands over to those who write the files themselves.
#include <gtest/gtest.h>

#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

std::string Plan(const Tree& tree, const std::vector<std::string>& more) {
  std::vector<std::string> words = {
      "harden", "plan", "--root", tree.root(), "--component-version", "kubernetes=1.34.1"};
  words.insert(words.end(), more.begin(), more.end());
  return Seawall(words).out;
}

/// Each finding's edit of one line by itself would undo the other's.
TEST(HardenHandover, OneLineOfSeveralFindingsIsOneTask) {
  Tree node;
  node.Write("/etc/kubernetes/controller",
             "# Ansible managed\nARGS=\"--profiling=true --bind-address=0.0.0.0\"\n");
  node.Write("/etc/systemd/system/kube-controller-manager.service",
             "[Service]\nEnvironmentFile=/etc/kubernetes/controller\n"
             "ExecStart=/usr/local/bin/kube-controller-manager $ARGS\n");
  const std::string tasks = Plan(
      node,
      {"-o", "ansible", "--rules", "controller-manager-profiling-off,controller-manager-loopback"});
  EXPECT_NE(tasks.find("line: \"ARGS=\\\"--profiling=false --bind-address=127.0.0.1\\\"\""),
            std::string::npos)
      << tasks;
  EXPECT_EQ(tasks.find("regexp"), tasks.rfind("regexp")) << tasks;
}

/// lineinfile would edit the last of the lines that look alike.
TEST(HardenHandover, ALineThatStandsTwiceIsNamedWithThoseAroundIt) {
  Tree node;
  node.Write("/etc/systemd/system/kubelet.service",
             "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n");
  node.Write("/var/lib/kubelet/config.yaml",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
             "authentication:\n  anonymous:\n    enabled: true\n  webhook:\n    enabled: true\n");
  const std::string tasks = Plan(node, {"-o", "ansible", "--rules", "kubelet-anonymous-auth"});
  EXPECT_EQ(tasks.find("lineinfile"), std::string::npos) << tasks;
  EXPECT_NE(tasks.find("anonymous:\\n    enabled: true\\n  webhook:$\""), std::string::npos)
      << tasks;
  EXPECT_NE(tasks.find("anonymous:\\n    enabled: false\\n  webhook:\""), std::string::npos)
      << tasks;
}

/// What is put in behind the last line would be put in again whenever the playbook runs.
TEST(HardenHandover, WhatComesLastIsFoundOnce) {
  Tree node;
  node.Write(
      "/etc/kubernetes/manifests/kube-scheduler.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-scheduler\nspec:\n  containers:\n"
      "  - image: registry.k8s.io/kube-scheduler:v1.34.1\n    name: kube-scheduler\n"
      "    command:\n    - kube-scheduler\n    - --v=2\n    - --leader-elect=true\n    - --v=2\n");
  const std::string tasks = Plan(node, {"-o", "ansible", "--rules", "scheduler-profiling-off"});
  EXPECT_NE(tasks.find("v=2(\\\\n*)\\\\Z\""), std::string::npos) << tasks;
  EXPECT_NE(tasks.find("profiling=false\\\\1\""), std::string::npos) << tasks;
}

TEST(HardenHandover, ListsThatTwoFindingsWantSomethingOfAreOne) {
  Tree node;
  node.Write(
      "/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
      "  - command:\n    - kube-apiserver\n    - --enable-admission-plugins=NodeRestriction\n"
      "    image: rancher/hardened-kubernetes:v1.34.1-rke2r1\n    name: kube-apiserver\n");
  const std::vector<std::string> sets = {"--profile", "cis",
                                         "--set",     "accept-always-pull-images=true",
                                         "--set",     "accept-no-external-ips=true",
                                         "-o"};
  auto words = sets;
  words.emplace_back("rke2-config");
  const std::string own = Plan(node, words);
  EXPECT_NE(own.find("enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs,"
                     "AlwaysPullImages\""),
            std::string::npos)
      << own;
  // RKE2 writes it anew whenever it starts.
  words.back() = "ansible";
  EXPECT_EQ(Plan(node, words).find("pod-manifests"), std::string::npos);
}

/// nodeup marks none of the files that it writes anew at each start.
TEST(HardenHandover, KopsWritesItsManifests) {
  Tree node;
  node.Write("/opt/kops/bin/nodeup", "");
  node.Write("/etc/kubernetes/manifests/kube-scheduler.manifest",
             "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-scheduler\nspec:\n  containers:\n"
             "  - args: [--profiling=true]\n    command: [/usr/local/bin/kube-scheduler]\n"
             "    image: registry.k8s.io/kube-scheduler:v1.34.1\n    name: kube-scheduler\n");
  const std::string text = Plan(node, {"--rules", "scheduler-profiling-off"});
  EXPECT_NE(text.find("kops: scheduler-profiling-off (kops writes this configuration: kops edit "
                      "cluster)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("0 changes"), std::string::npos) << text;
}

/// etcd's variable in a unit looks like a variable "Environment" of an environment file.
TEST(HardenHandover, AVariableOfAUnitKeepsItsName) {
  Tree node;
  const std::string unit = "/etc/systemd/system/etcd.service";
  node.Write(unit,
             "[Service]\nEnvironment=ETCD_LISTEN_METRICS_URLS=http://0.0.0.0:2381\n"
             "ExecStart=/usr/bin/etcd\n");
  const Ran run = Seawall({"harden", "apply", "--root", node.root(), "--offline", "--yes",
                           "--rules", "etcd-metrics-local"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(ReadFile(node.Path(unit)),
            "[Service]\nEnvironment=ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:2381\n"
            "ExecStart=/usr/bin/etcd\n");
}

}  // namespace
}  // namespace seawall::test
