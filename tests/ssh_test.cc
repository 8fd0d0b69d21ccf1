// seawall audit --ssh: a real sshd, and a fake ssh for what a real one does not do.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "examples.h"
#include "http_api.h"
#include "program.h"
#include "ssh_host.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

class Ssh : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_FAIL() << "needs root: run it through ./run test";
  }
};

/// "rule component instance verdict reason" of the findings of one node.
std::vector<std::string> FindingsOf(const rapidjson::Document& report, const std::string& node) {
  std::vector<std::string> lines;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["node"].GetString() != node) continue;
    std::string line;
    for (const char* field : {"rule", "component", "instance", "verdict", "reason"}) {
      if (finding.HasMember(field) && finding[field].IsString())
        line += finding[field].GetString() + std::string(" ");
    }
    lines.push_back(line);
  }
  return lines;
}

/// Nothing is known of the node, and nothing passes; what is said of it is returned.
std::string ExpectUnknown(const Ran& run, const std::string& node, int status = 2) {
  EXPECT_EQ(run.status, status) << run.err;
  const auto report = Json(run.out);
  size_t unknown = 0;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["node"].GetString() != node) continue;
    const std::string verdict = finding["verdict"].GetString();
    EXPECT_TRUE(verdict == "unknown" || verdict == "not-applicable")
        << finding["rule"].GetString() << " " << verdict;
    unknown += verdict == "unknown";
  }
  EXPECT_GT(unknown, 200u);
  return run.err;
}

TEST_F(Ssh, FindingsAreThoseOfALocalAudit) {
  SshHost host(Examples::Get().Path("cp-0"));
  // A copy, because the program of this project may lie below /tmp, which is another one there.
  fs::copy_file(ReleaseProgram(), host.ProgramPath("here"));
  const Ran local = host.There({"/mnt/bin/here", "audit", "-o", "json", "--at", "2026-12-01"});
  const Ran remote = host.Audit({"--ssh", "host", "-o", "json", "--at", "2026-12-01"});
  EXPECT_EQ(local.status, 1) << local.err;
  EXPECT_EQ(remote.status, 1) << remote.err;
  const auto here = Json(local.out);
  const auto there = Json(remote.out);
  EXPECT_STREQ(there["nodes"][0]["name"].GetString(), "host");
  const auto wanted = FindingsOf(here, here["nodes"][0]["name"].GetString());
  EXPECT_GT(wanted.size(), 200u);
  EXPECT_EQ(FindingsOf(there, "host"), wanted);
  EXPECT_EQ(host.Left(), "");
  // People are told where it comes from.
  EXPECT_NE(host.Audit({"--ssh", "cp-0=root@host"}).out.find("Node cp-0  (over SSH, host)"),
            std::string::npos);
}

TEST_F(Ssh, SeveralHostsAreACluster) {
  SshHost host(Examples::Get().Path("cp-0"));
  const Ran run =
      host.Audit({"--ssh", "host", "--ssh", "host-2", "--root",
                  "w=" + Examples::Get().Path("master-1"), "-o", "json", "--ssh-concurrency", "1"});
  EXPECT_EQ(run.status, 1) << run.err;
  const auto report = Json(run.out);
  EXPECT_EQ(report["summary"]["nodes"].GetInt(), 3);
  EXPECT_EQ(VerdictOf(report, "cluster-keys-not-shared"), "fail");
  // Secrets were replaced by the same key on every host, so they can be compared.
  const Ran twins = host.Audit({"--ssh", "host", "--ssh", "host-2", "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(twins.out), "cluster-apiservers-same-encryption"), "pass");
}

TEST_F(Ssh, WhoCannotBeReachedIsUnknown) {
  SshHost host;
  const std::pair<const char*, const char*> cases[] = {
      {"nobody", "Connection refused"},
      {"stranger", "compare the fingerprint"},
      {"changed", "somebody may sit between"},
      {"refused", "Permission denied"},
      {"no-such-host.invalid", "no-such-host.invalid"},
  };
  for (const auto& [name, says] : cases) {
    const std::string said = ExpectUnknown(host.Audit({"--ssh", name, "-o", "json"}), name);
    EXPECT_NE(said.find(says), std::string::npos) << said;
    EXPECT_NE(said.find(name), std::string::npos) << said;
  }
  EXPECT_EQ(host.Left(), "");
}

TEST_F(Ssh, OneThatFailsBesideOneThatDoesNot) {
  SshHost host(Examples::Get().Path("cp-0"));
  Ran run =
      host.Audit({"--ssh", "nobody", "--ssh", "host", "-o", "json", "--rules",
                  "cluster-nodes-complete,cluster-apiservers-same-tls,etcd-client-cert-auth"});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-nodes-complete"), "unknown");
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-tls"), "unknown");
  run = host.Audit({"--ssh", "nobody", "--ssh", "host", "-o", "json", "--evidence"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_NE(run.out.find("\"notSeen\""), std::string::npos);
}

TEST_F(Ssh, FoldersWhereNothingCanRun) {
  SshHost host("",
               "mount -o remount,bind,noexec /tmp; mount -o remount,bind,noexec /var/tmp; "
               "mkdir /etc/ro /etc/run; mount --bind /etc/ro /etc/ro; mount -o remount,bind,ro "
               "/etc/ro; mkdir '/etc/it'\\''s here'");
  std::string said = ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json"}), "host");
  EXPECT_NE(said.find("noexec"), std::string::npos) << said;
  EXPECT_NE(said.find("--remote-dir"), std::string::npos) << said;
  said =
      ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json", "--remote-dir", "/etc/ro"}), "host");
  EXPECT_NE(said.find("/etc/ro cannot be written to"), std::string::npos) << said;
  const Ran run = host.Audit({"--ssh", "host", "--remote-dir", "/etc/it's here", "-o", "json"});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(host.There({"ls", "/etc/it's here"}).out, "");
  // One that is installed there and is the same needs no such folder.
  fs::copy_file(ReleaseProgram(), host.ProgramPath("seawall"));
  EXPECT_EQ(host.Audit({"--ssh", "host", "-o", "json"}).err, "");
  EXPECT_EQ(host.Left(), "");
}

TEST_F(Ssh, AnInstalledOneIsUsedOnlyWhenItIsTheSame) {
  SshHost host;
  host.Install("seawall", "echo canary >&2; exit 2\n");
  EXPECT_EQ(host.Audit({"--ssh", "host", "-o", "json"}).err, "");
  host.Install("sha256sum", "echo 0000; sed -n 1p /dev/null\n");
  EXPECT_EQ(host.Audit({"--ssh", "host", "-o", "json"}).status, 3);
}

TEST_F(Ssh, Sudo) {
  SshHost host;
  host.Install("sudo", "[ \"$1\" = -n ] && shift && echo used >>/var/tmp/log && exec \"$@\"\n");
  EXPECT_EQ(host.Audit({"--ssh", "host", "-o", "json", "--sudo"}).err, "");
  EXPECT_EQ(host.There({"cat", "/var/tmp/log"}).out, "used\n");
  host.There({"rm", "/var/tmp/log"});
  host.Audit({"--ssh", "host", "-o", "json"});
  EXPECT_EQ(host.Left(), "") << "not asked for";
  host.Install("sudo", "echo 'sudo: a password is required' >&2; exit 1\n");
  const std::string said =
      ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json", "--sudo"}), "host");
  EXPECT_NE(said.find("a password is required"), std::string::npos) << said;
  EXPECT_NE(said.find("NOPASSWD"), std::string::npos) << said;
  EXPECT_EQ(host.Left(), "");
}

TEST_F(Ssh, HostsThatAreNotLikeThisOne) {
  {
    SshHost host;
    host.Install("uname", "echo riscv64\n");
    const std::string said = ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json"}), "host");
    EXPECT_NE(said.find("architecture is riscv64"), std::string::npos) << said;
    EXPECT_EQ(host.Left(), "");
  }
  {
    SshHost host("", "mount -t tmpfs -o size=1m tmpfs /tmp");
    const std::string said =
        ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json", "--remote-dir", "/tmp"}), "host");
    EXPECT_NE(said.find("make room there"), std::string::npos) << said;
    EXPECT_EQ(host.There({"ls", "/tmp"}).out, "");
  }
  {
    SshHost host;
    host.Install("chmod",
                 "for last; do :; done; case $last in */seawall) printf 'no program' "
                 ">\"$last\";; esac; exec /bin/chmod \"$@\"\n");
    const std::string said = ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json"}), "host");
    EXPECT_NE(said.find("does not run there"), std::string::npos) << said;
    EXPECT_EQ(host.Left(), "");
  }
}

TEST_F(Ssh, ADeadlineForEachHost) {
  SshHost host;
  host.Install("wc", "sleep 4; exec /usr/bin/wc \"$@\"\n");
  const std::string said =
      ExpectUnknown(host.Audit({"--ssh", "host", "-o", "json", "--ssh-timeout", "2500ms"}), "host");
  EXPECT_NE(said.find("2500 ms"), std::string::npos) << said;
  EXPECT_EQ(host.Left(), "") << "what was sent is removed once the connection is gone";
}

TEST_F(Ssh, AnInterruptionLeavesNothingBehind) {
  for (const char* signal : {"INT", "TERM", "KILL"}) {
    SshHost host;
    host.Install("wc", "echo >/etc/arrived; sleep 2; exec /usr/bin/wc \"$@\"\n");
    // Interrupted once the program is there; what is left then is the host's to remove.
    const std::string script =
        "\"$0\" audit --ssh-config \"$1\" --ssh host -o json & p=$!; i=0; "
        "while [ ! -e \"$2\" ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done; "
        "kill -" +
        std::string(signal) + " $p; wait $p; echo $?; [ -e \"$2\" ] || echo never";
    const Ran run =
        RunCommand({"bash", "-c", script, ReleaseProgram(), host.Config(),
                    fs::path(host.Config()).parent_path().parent_path().string() + "/etc/arrived"});
    const std::string wanted = std::string(signal) == "INT"    ? "130\n"
                               : std::string(signal) == "TERM" ? "143\n"
                                                               : "137\n";
    EXPECT_EQ(run.out, wanted) << signal << run.err;
    EXPECT_EQ(host.Left(), "") << signal;
  }
}

/// What another program says in the place of ssh.
Ran WithFake(const std::string& script, std::vector<std::string> more = {}) {
  Tree tree;
  tree.Write("/ssh", "#!/bin/bash\n" + script, 0755);
  more.insert(more.begin(), {"audit", "-o", "json", "--ssh", "h"});
  RunOptions options;
  options.environment["PATH"] = tree.root() + ":/usr/sbin:/usr/bin:/sbin:/bin";
  more.insert(more.begin(), ReleaseProgram());
  return RunCommand(more, options);
}

TEST(FakeSsh, HostileAnswersAreUnknown) {
  const std::string hello = "echo \"seawall-ssh-1 need $(uname -m)\"; ";
  const std::pair<std::string, const char*> cases[] = {
      {"exit 0", "something else"},
      {"echo Welcome; exit 0", "something else"},
      {"head -c 200000 /dev/urandom; exit 0", "something else"},
      {"yes", "something else"},
      {"tr '\\0' x </dev/zero", "something else"},
      {"echo seawall-ssh-1 what is this", "something else"},
      {"echo seawall-ssh-1 have; sleep 60", "something else"},
      {hello + "cat /dev/zero", "more than a bundle"},
      {hello + "exit 0", "sent nothing"},
      {hello + "echo garbage; exit 0", "byte 0"},
      {hello + "head -c 100000 /dev/urandom; exit 0", "byte 0"},
      {"yes >&2", "complains without end"},
      {"exec >&- 2>&-; sleep 60", "does not end within 1 s"},
      {"sleep 60", "does not end within 1 s"},
      {hello + "sleep 60", "does not end within 1 s"},
      {"while :; do printf x; sleep 0.2; done", "does not end within 1 s"},
      {"printf 'a\\033[31mb\\n' >&2; exit 255", "\\x1b[31mb"},
      {"kill -9 $$", "ssh was killed"},
      {"exit 7", "status 7"},
      {"exit 96", "collecting failed"},
  };
  for (const auto& [script, says] : cases) {
    std::vector<std::string> more;
    if (std::string(says).find("within") != std::string::npos) more = {"--ssh-timeout", "1s"};
    const Ran run = WithFake(script, more);
    const std::string said = ExpectUnknown(run, "h");
    EXPECT_NE(said.find(says), std::string::npos) << script << "\n" << said;
    EXPECT_EQ(run.out.find('\033'), std::string::npos);
    EXPECT_LT(run.peak_kib, 1 << 20) << script;
  }
}

TEST(FakeSsh, ABundleThatWasTamperedWithIsRefused) {
  Tree tree;
  const std::string bundle = tree.Path("/b");
  ASSERT_EQ(
      Seawall({"collect", "--root", Examples::Get().Path("cp-0"), "--out", bundle}).status % 3, 0);
  const std::string hello = "echo \"seawall-ssh-1 have x\"; ";
  EXPECT_EQ(WithFake(hello + "cat " + bundle).status, 1) << "whole, it is taken";
  std::string bytes = ReadFile(bundle);
  bytes[bytes.size() / 2] ^= 1;
  tree.Write("/b", bytes);
  ExpectUnknown(WithFake(hello + "cat " + bundle), "h");
  tree.Write("/b", bytes.substr(0, bytes.size() / 2));
  ExpectUnknown(WithFake(hello + "cat " + bundle), "h");
}

TEST(FakeSsh, WhatSshIsTold) {
  Tree tree;
  const Ran run = WithFake("printf '%s\\n' \"$@\" >" + tree.Path("/words") + "; exit 255",
                           {"--ssh-config", "/x/config"});
  const std::string words = ReadFile(tree.Path("/words"));
  for (const char* word : {"-F\n/x/config\n", "BatchMode=yes\n", "StrictHostKeyChecking=yes\n",
                           "ForwardAgent=no\n", "ControlPath=none\n", "--\nh\nexec sh -c"})
    EXPECT_NE(words.find(word), std::string::npos) << words;
}

TEST(FakeSsh, NoMoreAtOnceThanAsked) {
  Tree tree;
  std::vector<std::string> more = {"--ssh-concurrency", "2"};
  for (int i = 0; i < 6; ++i) more.insert(more.end(), {"--ssh", "h" + std::to_string(i)});
  // Each is noted while it runs; how many others were there is written down.
  WithFake("d=" + tree.root() +
               "; touch $d/run.$$; ls $d | grep -c run >>$d/counts; sleep 0.3; rm "
               "$d/run.$$; exit 255",
           more);
  const std::string counts = ReadFile(tree.Path("/counts"));
  EXPECT_EQ(std::ranges::count(counts, '\n'), 7);
  EXPECT_EQ(counts.find_first_not_of("12\n"), std::string::npos) << counts;
}

TEST(FakeSsh, CommandLinesThatDoNotServe) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--ssh", ""},
                                                {"--ssh", "-oProxyCommand=x"},
                                                {"--ssh", "a=-oProxyCommand=x"},
                                                {"--ssh", "u@-x"},
                                                {"--ssh", "a b"},
                                                {"--ssh", "a;b"},
                                                {"--sudo"},
                                                {"--ssh-config", "x"},
                                                {"--ssh", "h", "--remote-dir", "tmp"},
                                                {"--ssh", "h", "--ssh-concurrency", "0"},
                                                {"--ssh", "h", "--ssh-concurrency", "65"},
                                                {"--ssh", "h", "--ssh-timeout", "0s"}}) {
    std::vector<std::string> all = {"audit"};
    all.insert(all.end(), words.begin(), words.end());
    const Ran run = Seawall(all);
    EXPECT_EQ(run.status, 2) << words.back();
    EXPECT_EQ(run.out, "");
  }
  RunOptions options;
  options.environment["PATH"] = "/nonexistent";
  const Ran run = Seawall({"audit", "--ssh", "h", "-o", "json"}, options);
  EXPECT_NE(ExpectUnknown(run, "h").find("install OpenSSH's client"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace seawall::test
