// seawall harden --ssh on three control planes behind a balancer: a client with one retry sees no
// failure while all of them are hardened, the machine that hardens is killed in the middle, another
// one finishes and takes back. SEAWALL_HARDEN=all hardens by the whole recipe (soak): without it,
// by rules that restart etcd and kube-apiserver.
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "bed_ssh.h"
#include "harden_live.h"
#include "writer.h"

namespace seawall::test {
namespace {

constexpr const char* kNodes[] = {"cp-0", "cp-1", "cp-2"};

class HardenNodes : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed({"--control-planes", "3"});
    if (bed_->up()) ssh_ = new BedSsh(*bed_);
  }
  static void TearDownTestSuite() {
    delete ssh_;
    delete bed_;
    ssh_ = nullptr;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  /// As another machine of the bed's network runs it; its process says its number.
  static std::vector<std::string> Outside(const std::string& word,
                                          const std::vector<std::string>& more,
                                          const std::string& pid = "/dev/null",
                                          const std::string& hosts = "cp-0,cp-1,cp-2") {
    std::string line = "echo $$ >" + pid + "; exec " + ReleaseProgram() + " harden " + word +
                       " --ssh " + hosts + " --ssh-config " + ssh_->Config();
    for (const std::string& one : more) line += " " + one;
    return {"exec", "--net", "bed", "--", "sh", "-c", line};
  }
  static Ran Harden(const std::string& word, const std::vector<std::string>& more = {}) {
    return bed_->Testbed(Outside(word, more), 1700);
  }
  static std::string Snapshot(const std::string& node) {
    const std::string root = fmt::format("/proc/{}/root", bed_->InitPid(node));
    return RunCommand({"sh", "-c",
                       "cd " + root +
                           " && find etc/kubernetes var/lib/kubelet/config.yaml "
                           "usr/lib/systemd/system -printf '%p %y %m %U:%G\\n' | sort;"
                           " find etc/kubernetes var/lib/kubelet/config.yaml "
                           "usr/lib/systemd/system -type f -exec sha256sum {} + | sort"})
        .out;
  }

  static inline Bed* bed_ = nullptr;
  static inline BedSsh* ssh_ = nullptr;
};

bool Everything() {
  const char* all = std::getenv("SEAWALL_HARDEN");
  return all != nullptr && std::string(all) == "all";
}

std::string Joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
  return all;
}

std::vector<std::string> Rules() {
  if (Everything()) return {"--profile", "recipe"};
  return {"--rules", "etcd-strong-ciphers,apiserver-strong-ciphers"};
}

std::vector<std::string> With(std::vector<std::string> words) {
  const std::vector<std::string> rules = Rules();
  words.insert(words.end(), rules.begin(), rules.end());
  words.insert(words.end(), {"--yes", "--settle", "2s"});
  return words;
}

/// It waits for a line of what the driver says, and kills it.
void KillAt(const std::string& log, const std::string& line, const std::string& pid) {
  for (int i = 0; i < 6000; ++i) {
    if (ReadFile(log).find(line) != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  kill(std::stoi(ReadFile(pid)), SIGKILL);
}

TEST_F(HardenNodes, WritesGoOnAndAnotherMachineFinishes) {
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = Snapshot(node);
  Writer writer(*bed_);

  // The machine that hardens dies when the second node's etcd is being restarted.
  const Tree files;
  const std::string log = files.Path("/log"), pid = files.Path("/pid");
  std::ofstream(log) << "";
  std::jthread killer([&] { KillAt(log, "cp-0: etcd: its manifest is new", pid); });
  std::vector<std::string> words = With({"--canary", "cp-1"});
  words.push_back("2>" + log);
  const Ran killed = bed_->Testbed(Outside("apply", words, pid), 1700);
  killer.join();
  EXPECT_NE(killed.status, 0);
  const std::string said = ReadFile(log);
  EXPECT_NE(said.find("cp-1: snapshot etcd-snapshot.db of "), std::string::npos) << said;
  EXPECT_NE(said.find("cp-1: break-glass "), std::string::npos) << said;
  EXPECT_EQ(Snapshot("cp-2"), before["cp-2"]);

  // What ran on the node goes on there, and its lock says so to others.
  Ran run = Harden("status");
  EXPECT_NE(run.out.find("interrupted"), std::string::npos) << run.out;
  EXPECT_TRUE(Eventually(std::chrono::seconds(240), [] {
    return Harden("status").out.find("interrupted") == std::string::npos;
  }));
  run = Harden("apply", With({}));
  EXPECT_EQ(run.status, 2) << run.out << run.err;
  EXPECT_NE(run.err.find("holds it since"), std::string::npos) << run.err;
  EXPECT_EQ(Snapshot("cp-2"), before["cp-2"]);

  // Another one finishes.
  run = Harden("apply", With({"--take-over"}));
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  for (const char* node : kNodes) EXPECT_NE(Snapshot(node), before[node]) << node;
  run = Harden("apply", With({}));
  EXPECT_EQ(run.status, 0) << "the lock was given back, and there is nothing to do: " << run.err;
  writer.End();
  EXPECT_GT(writer.written(), 50);
  EXPECT_EQ(writer.failed(), 0) << writer.why();

  // All of them take their time; the last one tells as much.
  const std::vector<std::string> back = Everything()
                                            ? std::vector<std::string>{"cp-0", "cp-1", "cp-2"}
                                            : std::vector<std::string>{"cp-2"};
  run = bed_->Testbed(Outside("rollback", {"--yes", "--settle", "2s"}, "/dev/null", Joined(back)),
                      1700);
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  for (const std::string& node : back) EXPECT_EQ(Snapshot(node), before[node]) << node;
}

}  // namespace
}  // namespace seawall::test
