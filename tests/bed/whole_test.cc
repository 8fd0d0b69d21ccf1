// A whole cluster over SSH: three control planes, three members of etcd on nodes of their own, two
// workers, a real sshd on each. One command gives one report with the proofs of every listener; and
// what is planted so that nodes differ is found by the rules about the whole.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "bed_ssh.h"
#include "tree.h"
#include "verdicts.h"

namespace seawall::test {
namespace {

/// Where a node of this kind listens; "@" is its address.
const std::map<std::string, std::set<std::string>> kListeners = {
    {"cp", {"@:6443", "@:10250", "127.0.0.1:10248", "127.0.0.1:10257", "127.0.0.1:10259"}},
    {"etcd", {"@:2379", "@:2380", "127.0.0.1:2381", "127.0.0.1:10250", "127.0.0.1:10248"}},
    {"worker", {"127.0.0.1:10250", "127.0.0.1:10248"}},
};

std::string KindOf(const std::string& node) { return node.substr(0, node.find('-')); }

class Whole : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed({"--control-planes", "3", "--workers", "2", "--etcd", "external:3"});
    ssh_ = new BedSsh(*bed_);
  }
  static void TearDownTestSuite() {
    delete ssh_;
    delete bed_;
    ssh_ = nullptr;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static std::vector<std::string> Names() { return bed_->Names(); }

  /// One command, from outside of all nodes.
  static Ran Audit(const std::vector<std::string>& nodes, std::vector<std::string> more) {
    std::vector<std::string> words = {
        "exec",  "--net",        "bed",          "--", ReleaseProgram(),
        "audit", "--ssh-config", ssh_->Config(), "-o", "json"};
    for (const std::string& node : nodes) words.insert(words.end(), {"--ssh", node});
    words.insert(words.end(), more.begin(), more.end());
    return bed_->Testbed(words, 180);
  }

  static std::string Path(const std::string& node, const std::string& path) {
    return bed_->Root(node) + path;
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  /// In a manifest, flags before the first one.
  static void AddFlags(const std::string& node, const std::string& component,
                       const std::vector<std::string>& flags) {
    const std::string path = Path(node, "/etc/kubernetes/manifests/" + component + ".yaml");
    std::string text = ReadFile(path);
    const std::string command = fmt::format("    - {}\n", component);
    for (const std::string& flag : flags) {
      const std::string name = "    - --" + flag.substr(0, flag.find('=')) + "=";
      if (const size_t at = text.find(name); at != std::string::npos)
        text.erase(at, text.find('\n', at) + 1 - at);
    }
    size_t at = text.find(command);
    ASSERT_NE(at, std::string::npos) << path;
    at += command.size();
    for (const std::string& flag : flags) text.insert(at, "    - --" + flag + "\n");
    Write(path, text);
  }

  static Bed* bed_;
  static BedSsh* ssh_;
};
Bed* Whole::bed_ = nullptr;
BedSsh* Whole::ssh_ = nullptr;

bool Is(const rapidjson::Value& value, std::string_view text) {
  return value.IsString() && value.GetString() == text;
}

/// "rule" to verdict, of one node.
Verdicts Of(const rapidjson::Document& report, const std::string& node) {
  Verdicts verdicts;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["node"].GetString() != node) continue;
    const std::string key =
        fmt::format("{} {} {}", finding["rule"].GetString(), finding["component"].GetString(),
                    finding.HasMember("instance") && finding["instance"].IsString()
                        ? finding["instance"].GetString()
                        : "");
    verdicts[key] = finding["verdict"].GetString();
  }
  return verdicts;
}

TEST_F(Whole, OneCommandGivesOneReportWithTheProofsOfEveryListener) {
  const Ran run = Audit(Names(), {"--prove"});
  ASSERT_EQ(run.status, 1) << run.err;
  const rapidjson::Document report = Json(run.out);
  EXPECT_EQ(report["summary"]["nodes"].GetUint(), 8u);
  std::set<std::string> seen;
  for (const auto& node : report["nodes"].GetArray()) {
    const std::string name = node["name"].GetString();
    if (name == "(cluster)") continue;
    SCOPED_TRACE(name);
    seen.insert(name);
    std::set<std::string> reached;
    for (const auto& one : node["endpoints"].GetArray()) {
      if (one["reachable"].IsTrue()) reached.insert(one["endpoint"].GetString());
    }
    for (std::string listener : kListeners.at(KindOf(name))) {
      if (listener.starts_with("@")) listener = bed_->Address(name) + listener.substr(1);
      EXPECT_TRUE(reached.contains(listener)) << listener;
    }
  }
  EXPECT_EQ(seen.size(), 8u);
  // Nothing differs yet, and nothing that is said of the whole is false.
  for (const auto& [rule, verdict] : Of(report, "(cluster)"))
    EXPECT_TRUE(verdict != "fail") << rule;
  // What a host's bundle says is what the node says of itself.
  for (const char* node : {"cp-1", "etcd-1"}) {
    const Ran there = bed_->AuditInside(node, {"--prove", "-o", "json"});
    const Verdicts of_node = Of(Json(there.out), node);
    const Verdicts of_bundle = Of(report, node);
    EXPECT_GT(of_node.size(), 150u) << there.err;
    EXPECT_EQ(of_node.size(), of_bundle.size()) << node;
    for (const auto& [rule, verdict] : of_node) {
      const auto same = of_bundle.find(rule);
      EXPECT_EQ(same == of_bundle.end() ? "nothing" : same->second, verdict) << node << " " << rule;
    }
  }
}

/// The API tells which nodes nobody gave; a host that is not reached is unknown.
TEST_F(Whole, NodesThatNobodyGaveAreMissed) {
  const Ran run = Audit({"cp-0", "worker-0"}, {"--kubeconfig", bed_->Kubeconfig(), "--rules",
                                               "cluster-nodes-complete,cluster-versions-fit"});
  const rapidjson::Document report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    if (!Is(finding["rule"], "cluster-nodes-complete")) continue;
    EXPECT_STREQ(finding["verdict"].GetString(), "unknown");
    const std::string reason = finding["reason"].GetString();
    for (const char* missing : {"cp-1", "cp-2", "worker-1"})
      EXPECT_NE(reason.find(missing), std::string::npos) << reason;
    return;
  }
  ADD_FAILURE() << run.err << run.out.substr(0, 500);
}

/// Makes the nodes differ: files that are read anew at once, and manifests, which the kubelets
/// start anew within half a minute.
TEST_F(Whole, WhatDiffersIsFoundByTheRulesOfTheWhole) {
  const std::string pki = "/etc/kubernetes/pki/";
  const auto encryption = [](char letter) {
    return fmt::format(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
        "- resources: [secrets]\n  providers:\n"
        "  - aescbc: {{keys: [{{name: k1, secret: {}}}]}}\n  - identity: {{}}\n",
        std::string(42, letter) + "E=");
  };
  for (const std::string node : {"cp-0", "cp-1", "cp-2"}) {
    Write(Path(node, pki + "enc.yaml"), encryption(node == "cp-1" ? 'a' : 'b'));
    AddFlags(node, "kube-apiserver", {"encryption-provider-config=" + pki + "enc.yaml"});
  }
  Write(Path("cp-1", pki + "audit.yaml"),
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n");
  AddFlags("cp-1", "kube-apiserver",
           {"authorization-mode=RBAC,Node", "audit-policy-file=" + pki + "audit.yaml",
            "tls-min-version=VersionTLS13"});
  AddFlags("etcd-1", "etcd", {"initial-cluster-token=other", "tls-min-version=TLS1.3"});
  const std::string foreign = ReadFile(Path("cp-0", pki + "front-proxy-ca.crt"));
  Write(Path("etcd-2", pki + "etcd/ca.crt"), foreign);
  Write(Path("worker-1", pki + "ca.crt"), foreign);
  Write(Path("worker-0", pki + "mine.key"), ReadFile(Path("cp-0", pki + "ca.key")));
  const std::string client = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  const auto real = [&](const std::string& node) {
    const std::string link = std::filesystem::read_symlink(Path(node, client)).string();
    return Path(node, link.starts_with("/") ? link : "/var/lib/kubelet/pki/" + link);
  };
  Write(real("worker-1"), ReadFile(real("worker-0")));
  struct Planted {
    const char* rule;
    const char* says;
  };
  constexpr Planted kPlanted[] = {
      {"cluster-apiservers-same-encryption", "on cp-1"},
      {"cluster-apiservers-same-authorization", "RBAC,Node on cp-1"},
      {"cluster-apiservers-same-audit", "on cp-1"},
      {"cluster-apiservers-same-tls", "VersionTLS13 on cp-1"},
      {"cluster-etcd-members-agree", "etcd-1 has another cluster token"},
      {"cluster-etcd-same-tls", "TLS1.3 on etcd-1"},
      {"cluster-etcd-and-apiservers", "of etcd-2"},
      {"cluster-etcd-peers-trusted", "of etcd-2"},
      {"cluster-kubelets-and-apiservers", "of worker-1"},
      {"cluster-keys-not-shared", "worker-0, worker-1"},
      {"cluster-signing-keys-stay", "lies on worker-0"},
  };
  std::map<std::string, std::string> reasons;
  const auto found = [&](const Planted& planted) {
    return reasons[planted.rule].find(planted.says) != std::string::npos;
  };
  Eventually(std::chrono::seconds(90), [&] {
    const Ran run = Audit(Names(), {});
    EXPECT_EQ(run.status, 1) << run.err;
    const rapidjson::Document report = Json(run.out);
    reasons.clear();
    for (const auto& finding : report["findings"].GetArray()) {
      if (Is(finding["node"], "(cluster)") && Is(finding["verdict"], "fail"))
        reasons[finding["rule"].GetString()] = finding["reason"].GetString();
    }
    return std::ranges::all_of(kPlanted, found);
  });
  for (const Planted& planted : kPlanted) {
    EXPECT_TRUE(found(planted)) << planted.rule << ": " << reasons[planted.rule];
    reasons.erase(planted.rule);
  }
  for (const auto& [rule, reason] : reasons) ADD_FAILURE() << rule << ": " << reason;
}

}  // namespace
}  // namespace seawall::test
