// An audit only reads, never leaves the root, never hangs on what is no file, and never tells a
// secret.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

const char* const kNodes[] = {"cp-0", "master-1", "etcd-0", "etcd-1", "etcd-2"};

TEST(Safety, NothingIsChanged) {
  for (const char* node : kNodes) {
    Tree tree;
    tree.CopyFrom(Examples::Get().Path(node));
    std::string before = tree.Digest();
    for (const char* format : {"text", "json"}) {
      Ran run = Seawall({"audit", "--root", tree.root(), "-v", "-o", format});
      EXPECT_EQ(run.status, 1) << run.err;
    }
    EXPECT_EQ(tree.Digest(), before) << node;
  }
}

TEST(Safety, AReadOnlyMountIsEnough) {
  if (geteuid() != 0) GTEST_FAIL() << "needs root: run it through ./run test";
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  Ran writable = Seawall({"audit", "--root", tree.root(), "-o", "json"});
  // In a chroot "/" is no mount and cannot be made private, so that the mount is taken away by
  // hand.
  const std::string script =
      "mount --make-rprivate / 2>/dev/null; mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro "
      "\"$1\" && ! touch \"$1/x\" 2>/dev/null && \"$0\" audit -o json --root \"$1\"; status=$?; "
      "umount \"$1\"; exit $status";
  Ran run = RunCommand(
      {"unshare", "-m", "--propagation", "unchanged", "sh", "-c", script, Program(), tree.root()});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(run.out, writable.out);
}

TEST(Safety, LinksStayInsideTheRoot) {
  Tree outside;
  outside.Write("/secret.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: outside-canary}\n");
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  fs::remove(tree.Path("/etc/kubernetes/audit/policy.yaml"));
  fs::create_symlink(outside.Path("/secret.yaml"), tree.Path("/etc/kubernetes/audit/policy.yaml"));
  fs::create_symlink("../../../../../../../../../../.." + outside.Path("/secret.yaml"),
                     tree.Path("/etc/kubernetes/manifests/dots.yaml"));
  fs::create_symlink("self.yaml", tree.Path("/etc/kubernetes/manifests/self.yaml"));
  Ran run = Seawall({"audit", "--root", tree.root(), "-o", "json", "-v"});
  EXPECT_EQ(run.out.find("outside-canary"), std::string::npos);
  rapidjson::Document report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    if (std::string(finding["cis"].Empty() ? "" : finding["cis"][0].GetString()) == "3.2.2") {
      EXPECT_STRNE(finding["verdict"].GetString(), "pass");
    }
  }
}

TEST(Safety, WhatIsNoFileIsNotOpened) {
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  ASSERT_EQ(mkfifo(tree.Path("/etc/kubernetes/manifests/fifo.yaml").c_str(), 0600), 0);
  fs::remove(tree.Path("/etc/kubernetes/audit/policy.yaml"));
  ASSERT_EQ(mkfifo(tree.Path("/etc/kubernetes/audit/policy.yaml").c_str(), 0600), 0);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  tree.Path("/var/lib/kubelet/s").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  fs::remove(tree.Path("/var/lib/kubelet/config.yaml"));
  fs::rename(tree.Path("/var/lib/kubelet/s"), tree.Path("/var/lib/kubelet/config.yaml"));
  Ran run = Seawall({"audit", "--root", tree.root(), "-o", "json"}, {.timeout_seconds = 20});
  close(s);
  EXPECT_TRUE(run.status == 1 || run.status == 3) << run.err;
  EXPECT_NE(VerdictOf(Json(run.out), "kubelet-anonymous-auth"), "pass");
}

TEST(Safety, AnOrdinaryUserIsToldWhatItCouldNotSee) {
  if (geteuid() != 0) GTEST_FAIL() << "needs root: run it through ./run test";
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  Ran as_root = Seawall({"audit", "--root", tree.root(), "-o", "json"});
  // The program may lie in a folder that an ordinary user cannot enter: it is copied beside the
  // tree.
  fs::copy_file(Program(), tree.Path("/seawall"));
  tree.Chmod("/seawall", 0755);
  RunOptions user{.uid = 65534};
  Ran run = RunCommand({tree.Path("/seawall"), "audit", "--root", tree.root(), "-o", "json"}, user);
  EXPECT_NE(run.status, 0);
  EXPECT_NE(run.status, 2) << run.err;
  rapidjson::Document all = Json(as_root.out), some = Json(run.out);
  EXPECT_GT(some["summary"]["unknown"].GetInt(), all["summary"]["unknown"].GetInt());
  EXPECT_FALSE(some["nodes"][0]["readAsRoot"].GetBool());
  EXPECT_GT(some["nodes"][0]["notRead"].Size(), 0u);
  // What root sees failing or unknown must never pass for somebody who sees less.
  std::map<std::string, std::string> before;
  for (const auto& f : all["findings"].GetArray()) {
    before[std::string(f["rule"].GetString()) + "/" + f["instance"].GetString()] =
        f["verdict"].GetString();
  }
  for (const auto& f : some["findings"].GetArray()) {
    std::string key = std::string(f["rule"].GetString()) + "/" + f["instance"].GetString();
    if (std::string(f["verdict"].GetString()) == "pass") {
      EXPECT_EQ(before[key], "pass") << key;
    }
  }
}

// A value that must not come out, of a shape that each place takes.
const char* const kCanaries[] = {
    "c4nary0000000001",        "Q0FOQVJZMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDI",
    "cccc03.canary0000000003", "eyJhbGciOiJub25lIn0.Y2FuYXJ5MDAwMDAwNA.c2ln",
    "CANARY-password-05",      "canary-in-a-url-06",
    "canary-unknown-flag-07",  "canary-environment-08",
    "canary-stray-09",         "canary-basic-10",
    "0canaryd15c0very11",      "canary-user-12",
    "0canaryd15c0very13"};

void PlantCanaries(Tree& tree) {
  tree.Write("/etc/kubernetes/tokens/known.csv", "c4nary0000000001,admin,1,\"system:masters\"\n");
  tree.Write(
      "/srv/secrets/encryption/config.yaml",
      "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- "
      "resources: [secrets]\n"
      "  providers:\n  - aescbc: {keys: [{name: k, secret: "
      "Q0FOQVJZMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDI=}]}\n"
      "  - secretbox: {keys: [{name: k, secrt: Q0FOQVJZMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDI=}]}\n");
  tree.Write("/etc/kubernetes/bootstrap-kubelet.conf",
             "apiVersion: v1\nkind: Config\nusers:\n- name: b\n  user: {token: "
             "cccc03.canary0000000003}\n");
  tree.Write("/etc/kubernetes/scheduler.conf",
             "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "
             "\"https://u:canary-in-a-url-06@192.0.2.11:6443\"}}]\nusers:\n- name: s\n  user:\n"
             "    token: eyJhbGciOiJub25lIn0.Y2FuYXJ5MDAwMDAwNA.c2ln\n    username: s\n    "
             "password: CANARY-password-05\n");
  tree.Replace("/etc/kubernetes/manifests/kube-apiserver.yaml",
               "    - --advertise-address=192.0.2.11\n",
               "    - --advertise-address=192.0.2.11\n    - --token=canary-unknown-flag-07\n    - "
               "canary-stray-09\n"
               "    - --basic-auth-password=canary-basic-10\n");
  tree.Replace(
      "/etc/kubernetes/manifests/kube-apiserver.yaml", "    image: registry",
      "    env: [{name: ADMIN_PASSWORD, value: canary-environment-08}]\n    image: registry");
}

/// An organisation's own rules bring out what no rule of seawall's shows.
void PlantPolicy(Tree& tree) {
  tree.Replace("/etc/kubernetes/manifests/etcd.yaml", "    - etcd\n",
               "    - etcd\n    - --discovery\n    - https://own.test/0canaryd15c0very11\n"
               "    - --discovery-user=me:canary-user-12\n"
               "    - --no-such=https://discovery.etcd.io/0canaryd15c0very13\n");
  std::string rules;
  for (const char* setting : {"discovery", "discovery-user", "discovery-srv"})
    rules += fmt::format(
        "- {{id: own-{0}, title: t, component: etcd, setting: {0}, comparison: is-unset, severity: "
        "low, remedy: r, why: w}}\n",
        setting);
  tree.Write("/policy/p.yaml", "rules:\n" + rules);
}

TEST(Safety, NoSecretReachesAnyOutput) {
  Tree tree;
  tree.CopyFrom(Examples::Get().Path("cp-0"));
  PlantCanaries(tree);
  PlantPolicy(tree);
  std::vector<std::vector<std::string>> runs = {
      {"audit", "--root", tree.root()},
      {"audit", "--root", tree.root(), "-v"},
      {"audit", "--root", tree.root(), "-o", "json"},
      {"audit", "-f", tree.Path("/srv/secrets/encryption/config.yaml"), "-v"},
      {"audit", "-f", tree.Path("/etc/kubernetes/manifests"), "-v"},
      {"audit", "-f", tree.Path("/etc/kubernetes"), "-o", "json"},
  };
  const std::string policy = tree.Path("/policy");
  ASSERT_NE(Seawall({"audit", "--root", tree.root(), "--policy", policy}).out.find("own-discovery"),
            std::string::npos);
  runs.push_back({"audit", "--root", tree.root(), "--policy", policy, "-v"});
  runs.push_back({"harden", "plan", "--root", tree.root()});
  runs.push_back({"harden", "plan", "--root", tree.root(), "-o", "json"});
  for (const char* format :
       {"json", "jsonl", "sarif", "junit", "html", "metrics", "csv", "policyreport"}) {
    runs.push_back({"audit", "--root", tree.root(), "--policy", policy, "-o", format});
    runs.push_back({"audit", "-f", tree.Path("/etc/kubernetes"), "-o", format});
  }
  for (const auto& words : runs) {
    Ran run = Seawall(words);
    for (const char* canary : kCanaries) {
      EXPECT_EQ(run.out.find(canary), std::string::npos) << words[2] << ": " << canary;
      EXPECT_EQ(run.err.find(canary), std::string::npos) << words[2] << ": " << canary;
    }
  }
}

TEST(Safety, PrivateKeysStayWhereTheyAre) {
  std::string key = ReadFile(Examples::Get().Path("cp-0") + "/etc/kubernetes/pki/ca.key");
  std::string line = key.substr(key.find('\n') + 1, 60);
  Ran run = Seawall({"audit", "--root", Examples::Get().Path("cp-0"), "-o", "json"});
  EXPECT_EQ(run.out.find(line), std::string::npos);
  EXPECT_EQ(run.out.find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace seawall::test
