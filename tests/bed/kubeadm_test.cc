// On a real control plane made by kubeadm: the audit's verdicts one by one, and planted mistakes,
// each of which turns exactly its rules to fail, and is tried on the real component: either it
// starts with the mistake, or it refuses it and the audit says so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "bed.h"
#include "tree.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

struct Mistake {
  const char* component;
  const char* edit;      ///< "flag=value" sets, "-flag" takes away
  const char* fails;     ///< the rules that turn to fail, and no others
  bool refused = false;  ///< the real component does not start with it
};

const Mistake kMistakes[] = {
#include "planted_mistakes.inc"
};

/// Flags that keep a second instance out of the way of the one that runs.
const std::map<std::string, std::vector<std::string>> kElsewhere = {
    {"kube-apiserver", {"secure-port=7443"}},
    {"kube-controller-manager", {"secure-port=11257"}},
    {"kube-scheduler", {"secure-port=11259"}},
    {"etcd",
     {"data-dir=/tmp/etcd-x", "advertise-client-urls=https://127.0.0.1:12379",
      "listen-peer-urls=https://127.0.0.1:12380",
      "initial-advertise-peer-urls=https://127.0.0.1:12380",
      "initial-cluster=cp-0=https://127.0.0.1:12380", "listen-client-urls=https://127.0.0.1:12379",
      "listen-metrics-urls=http://127.0.0.1:12381"}},
};

std::string FlagOf(const std::string& word) { return word.substr(0, word.find('=')); }

std::string OnOtherPorts(std::string word) {
  for (const char* port : {":2379", ":2381"}) {
    size_t at = word.find(port);
    if (at != std::string::npos) word.insert(at + 1, "1");
  }
  return word;
}

class Kubeadm : public testing::Test {
 protected:
  static void SetUpTestSuite() { bed_ = new Bed(); }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  /// The node's files that an audit reads, as they are now.
  static void CopyNode(Tree& tree) {
    const std::string root = bed_->Root("cp-0");
    Ran run = RunCommand(
        {"sh", "-c",
         "cd " + root +
             " && tar cf - etc var/lib/kubelet/config.yaml var/lib/kubelet/kubeadm-flags.env "
             "var/lib/kubelet/pki usr/lib/systemd/system/kubelet.service "
             "usr/lib/systemd/system/kubelet.service.d | tar xf - -C " +
             tree.root() + " && mkdir -p " + tree.root() + "/var/lib/etcd && chmod 700 " +
             tree.root() + "/var/lib/etcd"});
    EXPECT_EQ(run.status, 0) << run.err;
  }

  static Verdicts AuditFolder(const Tree& tree) {
    return VerdictsOf(RunCommand({ReleaseProgram(), "audit", "--root", tree.root(),
                                  "--component-version", "kubelet=1.37.2", "-o", "json"})
                          .out);
  }

  static void Plant(Tree& tree, const Mistake& mistake) {
    const std::string path = fmt::format("/etc/kubernetes/manifests/{}.yaml", mistake.component);
    std::istringstream in(ReadFile(tree.Path(path)));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    for (const std::string& word : Words(mistake.edit)) {
      const std::string flag = word.starts_with("-") ? word.substr(1) : FlagOf(word);
      std::erase_if(lines,
                    [&](const std::string& l) { return l.starts_with("    - --" + flag + "="); });
      if (word.starts_with("-")) continue;
      auto program =
          std::find(lines.begin(), lines.end(), fmt::format("    - {}", mistake.component));
      ASSERT_NE(program, lines.end());
      lines.insert(program + 1, fmt::format("    - \"--{}\"", word));
    }
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    tree.Write(path, text);
  }

  /// Starts the component with the mistake beside the one that runs; true when it still runs after
  /// four seconds.
  static bool Starts(const Mistake& mistake, std::string& said) {
    std::vector<std::string> words = {"run"};
    std::set<std::string> given;
    for (const std::string& word : Words(mistake.edit)) given.insert(FlagOf(word));
    for (const std::string& word : kElsewhere.at(mistake.component)) {
      if (!given.contains(FlagOf(word))) words.insert(words.end(), {"--set", word});
    }
    for (const std::string& word : Words(mistake.edit)) {
      if (word.starts_with("-"))
        words.insert(words.end(), {"--drop", word.substr(1)});
      else
        words.insert(words.end(), {"--set", OnOtherPorts(word)});
    }
    words.insert(words.end(), {"cp-0", mistake.component});
    // What is refused ends by itself, on a busy machine later.
    Ran run = bed_->TestbedFor(mistake.refused ? 40 : 4, words);
    said = run.err.substr(run.err.size() - std::min<size_t>(run.err.size(), 400)) +
           run.out.substr(0, 200);
    return run.status == 124;
  }

  static Bed* bed_;
};
Bed* Kubeadm::bed_ = nullptr;

TEST_F(Kubeadm, EveryVerdictOfALiveAuditIsAsExpected) {
  Ran run = bed_->AuditInside("cp-0", {"-o", "json"});
  ASSERT_EQ(run.status, 1) << run.err;
  ExpectVerdicts(VerdictsOf(run.out), "kubeadm_live_verdicts.txt");
}

TEST_F(Kubeadm, AnAuditChangesNothingOnTheNode) {
  Ran before = RunCommand(
      {"sh", "-c",
       "cd " + bed_->Root("cp-0") +
           " && find etc var/lib/kubelet/config.yaml usr -type f -printf '%p %m %T@\\n' | sort"});
  bed_->AuditInside("cp-0", {"-v"});
  Ran after = RunCommand(
      {"sh", "-c",
       "cd " + bed_->Root("cp-0") +
           " && find etc var/lib/kubelet/config.yaml usr -type f -printf '%p %m %T@\\n' | sort"});
  EXPECT_EQ(before.out, after.out);
}

TEST_F(Kubeadm, EachPlantedMistakeTurnsExactlyItsRules) {
  Tree clean;
  CopyNode(clean);
  const Verdicts base = AuditFolder(clean);
  ASSERT_GT(base.size(), 150u);
  ASSERT_GE(std::size(kMistakes), 40u);
  for (const Mistake& mistake : kMistakes) {
    SCOPED_TRACE(fmt::format("{} {}", mistake.component, mistake.edit));
    Tree tree;
    CopyNode(tree);
    Plant(tree, mistake);
    const std::set<std::string> fails = TurnedToFail(base, AuditFolder(tree));
    std::vector<std::string> wanted = Words(mistake.fails);
    EXPECT_EQ(fails, std::set<std::string>(wanted.begin(), wanted.end()));
  }
}

TEST_F(Kubeadm, EachPlantedMistakeIsTriedOnTheRealComponent) {
  for (const Mistake& mistake : kMistakes) {
    std::string said;
    EXPECT_EQ(Starts(mistake, said), !mistake.refused)
        << mistake.component << " " << mistake.edit << ": " << said;
  }
}

}  // namespace
}  // namespace seawall::test
