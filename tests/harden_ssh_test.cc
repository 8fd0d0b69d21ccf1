// seawall harden --ssh: hosts with a real sshd, whose components do not run; what needs no restart
// is made there, and what needs one is refused before the first change.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "examples.h"
#include "program.h"
#include "ssh_host.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";

class HardenSsh : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0) GTEST_FAIL() << "needs root: run it through ./run test";
    node_ = new Tree();
    const Ran copy = RunCommand({"cp", "-a", Examples::Get().Path("cp-0") + "/.", node_->root()});
    ASSERT_EQ(copy.status, 0) << copy.err;
    std::filesystem::permissions(node_->Path(kManifest), std::filesystem::perms(0666));
  }
  static void TearDownTestSuite() {
    delete node_;
    node_ = nullptr;
  }

  Ran Harden(std::vector<std::string> words) const {
    words.insert(words.begin(), {ReleaseProgram(), "harden"});
    words.insert(words.end(), {"--ssh-config", host_.Config()});
    return RunCommand(words, {.timeout_seconds = 120});
  }
  /// An apply whose own process gets the signal once the host has made /mnt/began.
  Ran ApplyUntil(int signal) const {
    const Tree files;
    const std::string pid = files.Path("/pid");
    std::jthread ender([&] {
      for (int i = 0; i < 600 && host_.There({"test", "-e", "/mnt/began"}).status != 0; ++i)
        usleep(100000);
      kill(std::stoi(ReadFile(pid)), signal);
    });
    const Ran run = RunCommand(
        {"sh", "-c",
         "echo $$ >" + pid + "; exec " + ReleaseProgram() +
             " harden apply --ssh host --yes --rules apiserver-manifest-mode --ssh-config " +
             host_.Config()},
        {.timeout_seconds = 120});
    ender.join();
    return run;
  }
  std::string Mode() const { return host_.There({"stat", "-c", "%a", kManifest}).out; }

  static inline Tree* node_ = nullptr;
  SshHost host_{node_->root()};
};

const std::vector<std::string> kMode = {"--rules", "apiserver-manifest-mode"};

std::vector<std::string> With(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(HardenSsh, OneAfterTheOtherAndBack) {
  Ran run = Harden(With({"plan", "--ssh", "host"}, kMode));
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.out.find("mode 0666 to 0600"), std::string::npos) << run.out;
  run = Harden(With({"apply", "--ssh", "host,host-2", "--canary", "host-2", "--yes"}, kMode));
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Mode(), "600\n");
  EXPECT_NE(run.err.find("host-2 (1 of 2)"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("the cluster is not locked"), std::string::npos) << run.err;
  // Both are one machine: the second finds nothing left.
  const size_t second = run.out.rfind("host:\n");
  EXPECT_NE(run.out.find("nothing to do", second), std::string::npos) << run.out;
  run = Harden({"status", "--ssh", "host", "-o", "json"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_STREQ(Json(run.out)["journals"][0]["state"].GetString(), "applied");
  run = Harden({"rollback", "--ssh", "host,host-2", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Mode(), "666\n");
  EXPECT_EQ(host_.Left(), "");
}

TEST_F(HardenSsh, AHostThatDoesNotAnswerIsOneBeforeAnythingIsChanged) {
  const Ran run = Harden(With({"apply", "--ssh", "host,nobody", "--yes"}, kMode));
  EXPECT_EQ(run.status, 2) << run.out << run.err;
  EXPECT_NE(run.err.find("nobody"), std::string::npos) << run.err;
  EXPECT_EQ(Mode(), "666\n");
}

TEST_F(HardenSsh, ARefusalOnTheNodeStopsThere) {
  std::jthread somebody([&] {
    host_.There({"sh", "-c",
                 "mkdir -p /var/lib/seawall && exec flock /var/lib/seawall/lock sh -c 'echo "
                 "somebody >/var/lib/seawall/lock; touch /mnt/held; while [ ! -e /mnt/enough ]; do "
                 "sleep 0.1; done'"});
  });
  for (int i = 0; i < 300 && host_.There({"test", "-e", "/mnt/held"}).status != 0; ++i)
    usleep(100000);
  const Ran run = Harden(With({"apply", "--ssh", "host,host-2", "--yes"}, kMode));
  host_.There({"touch", "/mnt/enough"});
  EXPECT_EQ(run.status, 2) << run.out << run.err;
  EXPECT_NE(run.err.find("somebody else is changing this root: somebody"), std::string::npos)
      << run.err;
  EXPECT_NE(run.out.find("host: not done\nhost-2: not touched\n"), std::string::npos) << run.out;
  EXPECT_EQ(Mode(), "666\n");
  EXPECT_EQ(host_.Left(), "");
}

TEST_F(HardenSsh, WhatCannotBeIsSaid) {
  const std::pair<std::vector<std::string>, const char*> kWrong[] = {
      {{"apply", "--ssh", "host", "--confirm", "5m"}, "--confirm is for one machine"},
      {{"apply", "x.plan", "--ssh", "host"}, "a plan's file is of one node"},
      {{"apply", "--ssh", "host", "--root", "/mnt"}, "the nodes of --ssh run"},
      {{"apply", "--ssh", "host", "--canary", "other"}, "'other' is none of the hosts"},
      {{"apply", "--canary", "other"}, "add --ssh"},
      {{"plan", "--sudo"}, "add --ssh"},
      {{"plan", "--ssh", "host", "--profile", "my.yaml"}, "a profile's file is not copied"},
      {{"status", "--ssh", "host,host-2", "-o", "json"}, "one document is of one node"},
      {{"plan", "--ssh", "-oProxyCommand=x"}, "is no host"},
  };
  for (const auto& [words, says] : kWrong) {
    const Ran run = Harden(words);
    EXPECT_EQ(run.status, 2) << says;
    EXPECT_NE(run.err.find(says), std::string::npos) << run.err;
  }
  const Ran run = Harden({"apply", "--ssh", "host"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("nobody is here who could say yes"), std::string::npos) << run.err;
}

/// A host that answers whatever it likes: its job's folder is the third word.
TEST_F(HardenSsh, WhatIsNoStatusIsNoSuccess) {
  host_.Install("setsid", ": >\"$3/out\"\necho 256 >\"$3/status\"\n");
  EXPECT_EQ(Harden({"status", "--ssh", "host"}).status, 2);
  EXPECT_EQ(Harden({"rollback", "--ssh", "host", "--dry-run"}).status, 2);
}

TEST_F(HardenSsh, UnlockIsToldWhoseLockItHasToBe) {
  host_.Install("setsid", "echo \"$*\" >/mnt/asked\n: >\"$3/out\"\necho 0 >\"$3/status\"\n");
  EXPECT_EQ(Harden({"unlock", "--ssh", "host", "--holder", "somebody"}).status, 0);
  const std::string asked = host_.There({"cat", "/mnt/asked"}).out;
  EXPECT_NE(asked.find("unlock --holder=somebody"), std::string::npos) << asked;
}

/// A line without an end is said, and not kept for ever.
TEST_F(HardenSsh, AnUnfinishedLineIsSaid) {
  host_.Install("setsid",
                "case \"$*\" in *\" apply \"*) head -c 20000 /dev/zero | tr '\\0' x >\"$3/err\"; : "
                ">\"$3/out\"; echo 0 >\"$3/status\" ;; *) exec /usr/bin/setsid \"$@\" ;; esac\n");
  const Ran run = Harden(With({"apply", "--ssh", "host", "--yes"}, kMode));
  EXPECT_EQ(std::ranges::count(run.err, 'x'), 20000) << run.err.size();
}

/// The second plan fails after the first stage was made: that something was changed is no secret.
TEST_F(HardenSsh, AStageThatFailsAfterAnotherIsNotNothing) {
  host_.Install("setsid",
                std::string("case \"$*\" in\n*\" plan \"*) if [ -e /mnt/made ]; then echo "
                            "broken >\"$3/err\"; s=2; else echo \"1 change cure 1; ") +
                    "apply again: that is the next stage" +
                    "\" >\"$3/out\"; s=1; fi ;;\n*) touch /mnt/made; echo changed "
                    ">\"$3/out\"; s=0 ;;\nesac\n: >>\"$3/out\"\necho $s "
                    ">\"$3/status\"\n");
  const Ran run = Harden(With({"apply", "--ssh", "host", "--yes"}, kMode));
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_NE(run.err.find("host makes no plan"), std::string::npos) << run.err;
  EXPECT_EQ(run.err.find("nothing was changed"), std::string::npos) << run.err;
}

/// Ctrl-C before the host was given anything: it takes nothing for its key, and nobody waits.
TEST_F(HardenSsh, CtrlCBeforeTheHostHasBegun) {
  host_.Install("mktemp",
                "touch /mnt/began\nwhile [ ! -e /mnt/gone ]; do sleep 0.1; done\nexec "
                "/usr/bin/mktemp \"$@\"\n");
  const Ran run = ApplyUntil(SIGINT);
  host_.There({"touch", "/mnt/gone"});
  EXPECT_EQ(run.status, 130) << run.out << run.err;
  EXPECT_NE(run.err.find("before anything was begun"), std::string::npos) << run.err;
  EXPECT_EQ(Mode(), "666\n");
  EXPECT_EQ(host_.Left(), "");
}

/// What runs there goes on when this machine is gone, and leaves nothing.
TEST_F(HardenSsh, TheNodeFinishesWithoutUs) {
  // The node is slow: what it does begins when this machine is gone.
  host_.Install(
      "setsid",
      "case \"$*\" in *\" apply \"*) touch /mnt/began; while [ ! -e /mnt/gone ]; do sleep "
      "0.1; done ;; esac\nexec /usr/bin/setsid \"$@\"\n");
  const Ran run = ApplyUntil(SIGKILL);
  EXPECT_NE(run.status, 0);
  EXPECT_EQ(Mode(), "666\n");
  host_.There({"touch", "/mnt/gone"});
  for (int i = 0; i < 300 && Mode() != "600\n"; ++i) usleep(100000);
  EXPECT_EQ(Mode(), "600\n");
  EXPECT_EQ(Harden({"status", "--ssh", "host"}).status, 0);
  EXPECT_EQ(Harden({"rollback", "--ssh", "host", "--yes"}).status, 0);
  EXPECT_EQ(Mode(), "666\n");
}

}  // namespace
}  // namespace seawall::test
