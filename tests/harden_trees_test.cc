// seawall harden on trees that somebody copied, links, shares or edits besides.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

std::string Manifest(const char* flags) {
  return std::string(
             "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
             "  - command:\n    - kube-apiserver\n    - --secure-port=6443\n") +
         flags + "    image: registry.k8s.io/kube-apiserver:v1.37.2\n    name: kube-apiserver\n";
}

class HardenTree : public testing::Test {
 protected:
  void SetUp() override {
    tree_.Write("/etc/hostname", "cp-0\n", 0644);
    tree_.Write("/var/log/syslog", "", 0640);
    fs::create_directories(tree_.Path("/var/lib"));
    tree_.Write(kApiServer, Manifest(""));
  }
  static Ran Harden(const char* word, const Tree& tree, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"harden", word, "--root", tree.root()};
    words.insert(words.end(), more.begin(), more.end());
    if (std::string(word) != "plan") words.insert(words.end(), {"--offline", "--yes"});
    return Seawall(words);
  }

  Tree tree_;
};

/// The journal of an interrupted apply lies in a tree that was copied: its plan names the first
/// one. So could the journal of a tree that nobody trusts name the host's root.
TEST_F(HardenTree, WhatWasInterruptedIsFinishedInItsOwnTreeOnly) {
  ASSERT_EQ(Harden("apply", tree_, {"--row", "3d"}).status, 0);
  std::string log;
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall"))) {
    if (entry.is_directory()) log = entry.path() / "log";
  }
  std::string lines = ReadFile(log);
  const std::string end = " applied\n";
  ASSERT_NE(lines.find(end), std::string::npos);
  lines.erase(lines.find(end));
  std::ofstream(log, std::ios::binary) << lines;
  Tree copy;
  copy.CopyFrom(tree_.root());
  ASSERT_EQ(Harden("rollback", tree_, {}).status, 0);
  const auto before = Snapshot(tree_.root());
  const Ran run = Harden("apply", copy, {});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("finished "), std::string::npos) << run.out;
  EXPECT_EQ(Snapshot(tree_.root()), before);
  EXPECT_EQ(Seawall({"harden", "status", "--root", copy.root()}).status, 0);
}

/// The manifest stays, for somebody has edited it: without the policy that it names the API server
/// would not start any more.
TEST_F(HardenTree, WhatAnEditedFileNamesStaysWithIt) {
  const auto before = Snapshot(tree_.root());
  ASSERT_EQ(Harden("apply", tree_, {"--row", "3d"}).status, 0);
  std::string policy;
  for (const auto& entry : fs::recursive_directory_iterator(tree_.Path("/etc/kubernetes"))) {
    if (entry.is_regular_file() && entry.path() != tree_.Path(kApiServer)) policy = entry.path();
  }
  ASSERT_FALSE(policy.empty());
  const std::string text = ReadFile(tree_.Path(kApiServer));
  tree_.Replace(kApiServer, "    - --secure-port=6443\n", "    - --secure-port=6444\n");
  Ran run = Harden("rollback", tree_, {"--untouched"});
  EXPECT_EQ(run.status, 3) << run.out << run.err;
  EXPECT_TRUE(fs::exists(policy)) << run.out;
  const std::string named = policy.substr(tree_.root().size());
  EXPECT_NE(run.out.find("stays, for what was left names it: " + named), std::string::npos)
      << run.out;
  EXPECT_EQ(run.out.find("changed " + named), std::string::npos) << run.out;
  // Once the edit is taken back by hand, the rest goes too.
  tree_.Write(kApiServer, text);
  run = Harden("rollback", tree_, {});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Snapshot(tree_.root()), before);
}

/// What the folder gives to new files is nothing that the old file had.
TEST_F(HardenTree, ADefaultAclLetsNobodyIn) {
  // user::rwx, user:1234:rwx, group::r-x, mask::rwx, other::r-x
  const unsigned char acl[] = {2,    0,    0,    0,    1,    0,    7,  0,    0xff, 0xff, 0xff,
                               0xff, 2,    0,    7,    0,    0xd2, 4,  0,    0,    4,    0,
                               5,    0,    0xff, 0xff, 0xff, 0xff, 16, 0,    7,    0,    0xff,
                               0xff, 0xff, 0xff, 32,   0,    5,    0,  0xff, 0xff, 0xff, 0xff};
  const std::string folder = fs::path(tree_.Path(kApiServer)).parent_path();
  if (setxattr(folder.c_str(), "system.posix_acl_default", acl, sizeof acl, 0) != 0)
    GTEST_FAIL() << "this file system has no ACLs: run it through ./run test";
  fs::permissions(tree_.Path(kApiServer), fs::perms(0640));
  const auto before = Snapshot(tree_.root());
  ASSERT_EQ(Harden("apply", tree_, {"--rules", "apiserver-profiling-off"}).status, 0);
  char value[256];
  EXPECT_LT(getxattr(tree_.Path(kApiServer).c_str(), "system.posix_acl_access", value, 256), 0);
  EXPECT_EQ(Harden("rollback", tree_, {}).status, 0);
  EXPECT_EQ(Snapshot(tree_.root()), before);
}

/// Whoever owns a folder owns what a link leads into it.
TEST_F(HardenTree, OwnedByHoldsThroughLinks) {
  const fs::path folder = fs::path(tree_.Path(kApiServer)).parent_path();
  fs::create_directories(tree_.Path("/srv"));
  fs::rename(folder, tree_.Path("/srv/manifests"));
  fs::create_symlink("/srv/manifests", folder);
  const Ran run =
      Harden("plan", tree_, {"--rules", "apiserver-profiling-off", "--owned-by", "gitops=/srv"});
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("gitops: apiserver-profiling-off"), std::string::npos) << run.out;
}

/// A folder that is a link: what an upgrade writes anew is said all the same.
TEST_F(HardenTree, ALinkedManifestIsTheComponentsOwn) {
  tree_.Write("/etc/kubernetes/admin.conf", "", 0600);
  tree_.Replace(kApiServer, "metadata:\n",
                "metadata:\n  annotations:\n"
                "    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: "
                "192.0.2.1:6443\n");
  const std::vector<std::string> words = {"--rules", "apiserver-profiling-off"};
  EXPECT_NE(Harden("plan", tree_, words).out.find("kubeadm upgrade"), std::string::npos);
  const fs::path folder = fs::path(tree_.Path(kApiServer)).parent_path();
  fs::create_directories(tree_.Path("/srv"));
  fs::rename(folder, tree_.Path("/srv/manifests"));
  fs::create_symlink("/srv/manifests", folder);
  const Ran run = Harden("plan", tree_, words);
  EXPECT_NE(run.out.find("kubeadm upgrade"), std::string::npos) << run.out;
}

/// Larger than anything that is read: somebody else's, and no reason to say nothing at all.
TEST_F(HardenTree, WhatBecameTooLargeIsSomebodyElses) {
  ASSERT_EQ(Harden("apply", tree_, {"--rules", "apiserver-profiling-off"}).status, 0);
  fs::resize_file(tree_.Path(kApiServer), (64u << 20) + 1);
  Ran run = Seawall({"harden", "status", "--root", tree_.root()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("edited since"), std::string::npos) << run.out;
  run = Harden("rollback", tree_, {"--untouched"});
  EXPECT_EQ(run.status, 3) << run.out << run.err;
  EXPECT_EQ(fs::file_size(tree_.Path(kApiServer)), (64u << 20) + 1);
}

/// The log of a tree that nobody trusts is a pipe: nobody waits for its reader.
TEST_F(HardenTree, ALogThatIsAPipeIsNotWaitedFor) {
  ASSERT_EQ(Harden("apply", tree_, {"--rules", "apiserver-profiling-off"}).status, 0);
  for (const auto& entry : fs::directory_iterator(tree_.Path("/var/lib/seawall"))) {
    if (!entry.is_directory()) continue;
    fs::remove(entry.path() / "log");
    ASSERT_EQ(mkfifo((entry.path() / "log").c_str(), 0600), 0);
  }
  const Ran run = Harden("rollback", tree_, {});
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("it stopped in the middle"), std::string::npos) << run.out;
}

/// Only root gives a file away: that is known before the first change.
TEST_F(HardenTree, WhoMayNotGiveAFileAwayIsTold) {
  const uint32_t nobody = 65534;
  for (const auto& entry : fs::recursive_directory_iterator(tree_.root()))
    ASSERT_EQ(lchown(entry.path().c_str(), nobody, nobody), 0);
  ASSERT_EQ(chown(tree_.root().c_str(), nobody, nobody), 0);
  const auto before = Snapshot(tree_.root());
  const Ran run = Seawall({"harden", "apply", "--root", tree_.root(), "--offline", "--yes",
                           "--rules", "apiserver-manifest-owner"},
                          {.uid = nobody});
  EXPECT_EQ(run.status, 2) << run.out << run.err;
  EXPECT_NE(run.err.find("which only root can give (run seawall as root)"), std::string::npos)
      << run.err;
  EXPECT_EQ(Snapshot(tree_.root()), before);
}

/// Two units out of one file: an edit for one of them is an edit of both.
TEST_F(HardenTree, WhoReadsAnEditedFileTooIsTold) {
  Tree node;
  node.Write("/etc/hostname", "m-0\n", 0644);
  node.Write("/etc/kubernetes/config", "COMMON=\"--profiling=true\"\n");
  for (const std::string name : {"kube-controller-manager", "kube-scheduler"})
    node.Write("/etc/systemd/system/" + name + ".service",
               "[Service]\nEnvironmentFile=/etc/kubernetes/config\nExecStart=/usr/bin/" + name +
                   " $COMMON\n");
  const auto plan = [&](const char* rules) {
    return Harden("plan", node, {"--rules", rules, "--component-version", "kubernetes=1.34.1"}).out;
  };
  const std::string told =
      "kube-controller-manager (kube-controller-manager.service) reads it, too";
  EXPECT_NE(plan("scheduler-profiling-off").find(told), std::string::npos)
      << plan("scheduler-profiling-off");
  // What it does not use of the file is nothing to it.
  node.Write("/etc/kubernetes/config", "OTHER=\"--v=2\"\nCOMMON=\"--profiling=true\"\n");
  const std::string manager = "/etc/systemd/system/kube-controller-manager.service";
  const std::string unit = ReadFile(node.Path(manager));
  node.Replace(manager, "$COMMON", "$OTHER");
  const std::string own = plan("scheduler-profiling-off");
  EXPECT_EQ(own.find("reads it, too"), std::string::npos) << own;
  node.Write(manager, unit);
  // Who is restarted afterwards needs nobody.
  const std::string both = plan("controller-manager-profiling-off,scheduler-loopback");
  EXPECT_EQ(both.find("reads it, too"), std::string::npos) << both;
}

/// What k3s and RKE2 start is said in their own configuration: all of it, lists too.
TEST_F(HardenTree, WhatRke2ShouldSayIsHandedOverWhole) {
  Tree node;
  node.Write("/etc/hostname", "s-0\n", 0644);
  node.Write("/etc/rancher/rke2/config.yaml", "kubelet-arg: [read-only-port=10255]\n", 0600);
  node.Write("/usr/local/lib/systemd/system/rke2-server.service",
             "[Service]\nExecStart=/usr/local/bin/rke2 server\n");
  const auto before = Snapshot(node.root());
  const std::vector<std::string> version = {"--component-version", "kubernetes=1.34.1"};
  const Ran text = Harden("plan", node, version);
  EXPECT_EQ(text.status, 1) << text.err;
  const Ran own = Harden("plan", node, {version[0], version[1], "-o", "rke2-config"});
  for (const char* line :
       {"config.yaml.d", "kube-apiserver-arg:", "- \"tls-cipher-suites=TLS_ECDHE_",
        "kube-scheduler-arg:", "- \"read-only-port=0\""}) {
    EXPECT_NE(own.out.find(line), std::string::npos) << line << "\n" << own.out;
  }
  EXPECT_EQ(Snapshot(node.root()), before);
}

}  // namespace
}  // namespace seawall::test
