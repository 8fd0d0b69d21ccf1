// etcd's members from plain HTTP to mutual TLS where they are static pods, from another machine:
// one command for all stages of all members, and one for each way back. In the soak only: a static
// pod takes a minute for each restart.
#include <filesystem>
#include <fstream>
#include <regex>

#include "bed_ssh.h"
#include "harden_live.h"
#include "writer.h"

namespace seawall::test {
namespace {

constexpr const char* kNodes[] = {"cp-0", "cp-1", "cp-2"};
constexpr const char* kManifest = "/etc/kubernetes/manifests/etcd.yaml";
constexpr const char* kPki = "/etc/kubernetes/pki/etcd";

class HardenEtcdPods : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed({"--control-planes", "3"});
    if (!bed_->up()) return;
    ssh_ = new BedSsh(*bed_);
    IntoTheClear();
  }
  static void TearDownTestSuite() {
    delete ssh_;
    delete bed_;
    ssh_ = nullptr;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static std::string Ask(const std::string& path, const std::string& body) {
    const std::string pki = bed_->Root("cp-0") + "/etc/kubernetes/pki";
    return bed_
        ->Testbed({"exec", "--net", "cp-0", "--", "curl", "-s", "-d", body, "--cacert",
                   pki + "/etcd/ca.crt", "--cert", pki + "/apiserver-etcd-client.crt", "--key",
                   pki + "/apiserver-etcd-client.key", "https://127.0.0.1:2379/v3/" + path})
        .out;
  }
  static std::string Known() {
    const std::string members = Ask("cluster/member/list", "{}");
    const std::regex urls("\"peerURLs\":\\[[^\\]]*\\]");
    std::string known;
    for (std::sregex_iterator at(members.begin(), members.end(), urls), end; at != end; ++at)
      known += at->str() + "\n";
    return known;
  }

  /// The cluster is told while it still runs as kubeadm made it: connections that are there stay.
  static void IntoTheClear() {
    const std::string members = Ask("cluster/member/list", "{}");
    const std::regex member(R"re("ID":"(\d+)","name":"[^"]*","peerURLs":\["https(:[^"]*)")re");
    for (std::sregex_iterator at(members.begin(), members.end(), member), end; at != end; ++at) {
      const std::string told =
          fmt::format(R"({{"ID":"{}","peerURLs":["http{}"]}})", (*at)[1].str(), (*at)[2].str());
      EXPECT_NE(Ask("cluster/member/update", told).find("members"), std::string::npos);
    }
    for (const char* node : kNodes) {
      const std::string root = bed_->Root(node);
      for (const char* name : {"/apiserver-etcd-client.crt", "/apiserver-etcd-client.key"})
        std::filesystem::copy_file(root + "/etc/kubernetes/pki" + name, root + kPki + name);
      std::string text = ReadFile(root + kManifest);
      text = std::regex_replace(text, std::regex("    - --peer-[^\n]*\n"), "");
      for (int i = 0; i < 3; ++i)
        text =
            std::regex_replace(text, std::regex("(peer-urls=|cluster=.*cp-.=)https:"), "$1http:");
      std::ofstream(root + "/etc/kubernetes/etcd.new") << text;
      std::filesystem::permissions(root + "/etc/kubernetes/etcd.new", std::filesystem::perms(0600));
    }
    for (const char* node : kNodes)
      std::filesystem::rename(bed_->Root(node) + "/etc/kubernetes/etcd.new",
                              bed_->Root(node) + kManifest);
    EXPECT_TRUE(Eventually(std::chrono::seconds(300), [] {
      for (const char* node : kNodes) {
        const Ran run =
            bed_->Testbed({"exec", "--net", node, "--", "curl", "-sf", "-o", "/dev/null",
                           "http://" + bed_->Address(node) + ":2380/version"});
        if (run.status != 0) return false;
      }
      return !Known().empty();
    }));
  }

  static Ran Harden(std::vector<std::string> words) {
    words.insert(words.begin(), {"exec", "--net", "bed", "--", ReleaseProgram(), "harden"});
    words.insert(words.end(), {"--ssh", "cp-0,cp-1,cp-2", "--ssh-config", ssh_->Config(), "--yes",
                               "--settle", "2s"});
    return bed_->Testbed(words, 1700);
  }

  static inline Bed* bed_ = nullptr;
  static inline BedSsh* ssh_ = nullptr;
};

TEST_F(HardenEtcdPods, OneCommandGoesThroughAllStagesOfAllMembers) {
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = ReadFile(bed_->Root(node) + kManifest);
  const std::string known = Known();
  EXPECT_EQ(known.find("https:"), known.npos) << known;
  Writer writer(*bed_);
  Ran run = Harden({"apply", "--row", "5b", "--set", std::string("etcd-pki=") + kPki});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Known().find("http:"), std::string::npos) << Known();
  for (const char* node : kNodes) {
    const std::string manifest = ReadFile(bed_->Root(node) + kManifest);
    EXPECT_NE(manifest.find("--listen-peer-urls=https:"), manifest.npos) << manifest;
    EXPECT_NE(manifest.find("--peer-client-cert-auth=true"), manifest.npos) << manifest;
  }
  for (int stage = 0; stage < 2; ++stage) {
    run = Harden({"rollback"});
    EXPECT_EQ(run.status, 0) << run.out << run.err;
  }
  for (const char* node : kNodes)
    EXPECT_EQ(ReadFile(bed_->Root(node) + kManifest), before[node]) << node;
  EXPECT_EQ(Known(), known);
  writer.End();
  EXPECT_GT(writer.written(), 20);
  EXPECT_EQ(writer.failed(), 0) << writer.why();
}

}  // namespace
}  // namespace seawall::test
