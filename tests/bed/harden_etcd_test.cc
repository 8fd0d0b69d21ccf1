// etcd from plain HTTP to TLS with client certificates, on three control planes whose components
// are systemd units: in stages, member by member, while a client writes; and back, byte by byte.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "harden_live.h"
#include "writer.h"
#include "x509/test_pki.h"

namespace seawall::test {
namespace {

constexpr const char* kNodes[] = {"cp-0", "cp-1", "cp-2"};
constexpr const char* kEtcd = "/etc/default/etcd";
constexpr const char* kServer = "/etc/kubernetes/apiserver";

class HardenEtcd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed({"--layout", "systemd", "--control-planes", "3"});
    if (bed_->up()) IntoTheClear();
  }
  static void TearDownTestSuite() {
    delete bed_;
    bed_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(bed_->up()); }

  static void Replace(const std::string& path, const std::string& what, const std::string& with) {
    std::ofstream(path + ".new") << std::regex_replace(ReadFile(path), std::regex(what), with);
    std::filesystem::rename(path + ".new", path);
  }

  /// Clients speak HTTP, and a folder has what they need for more.
  static void IntoTheClear() {
    const auto ca = x509::testing::IssueCa("etcd-ca");
    x509::testing::TestSubject subject;
    subject.names = "DNS:localhost,IP:127.0.0.1";
    for (const char* node : kNodes) subject.names += ",IP:" + bed_->Address(node);
    for (const char* node : kNodes) {
      const std::string pki = bed_->Root(node) + "/etc/etcd-pki";
      std::filesystem::create_directory(pki);
      std::ofstream(pki + "/ca.crt") << ca.certificate;
      for (const char* name : {"server", "peer", "apiserver-etcd-client"}) {
        subject.common_name = name;
        const auto pair = x509::testing::Issue(subject, &ca);
        std::ofstream(pki + "/" + name + ".crt") << pair.certificate;
        std::ofstream(pki + "/" + name + ".key") << pair.private_key;
        chmod((pki + "/" + name + ".key").c_str(), 0600);
      }
      const std::string etcd = bed_->Root(node) + kEtcd;
      Replace(etcd, "ETCD_(CERT_FILE|KEY_FILE|TRUSTED_CA_FILE|CLIENT_CERT_AUTH)=[^\n]*\n", "");
      for (const char* urls : {"ETCD_LISTEN_CLIENT_URLS", "ETCD_ADVERTISE_CLIENT_URLS"}) {
        for (int i = 0; i < 2; ++i)
          Replace(etcd, std::string(urls) + "=(\"[^\n]*)https:", std::string(urls) + "=$1http:");
      }
      const std::string server = bed_->Root(node) + kServer;
      Replace(server, " --etcd-(cafile|certfile|keyfile)=[^\n]*\n", "");
      Replace(server, "--etcd-servers=https:", "--etcd-servers=http:");
    }
    // Copied before others are started meanwhile, who would hold it open for a moment.
    for (const char* node : kNodes) EXPECT_EQ(bed_->SeawallInside(node, {"version"}).status, 0);
    for (const char* node : kNodes)
      bed_->Exec(node, {"systemctl", "restart", "etcd", "kube-apiserver"});
    for (const char* node : kNodes) {
      EXPECT_TRUE(Eventually(std::chrono::seconds(120), [&] { return IsReady(node); })) << node;
    }
  }

  static bool IsReady(const std::string& node) {
    return bed_->Exec(node, {"kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get",
                             "--raw", "/readyz"})
               .out == "ok";
  }

  /// As `harden --ssh` has every node do it: one stage, under one holder of the cluster's lock.
  static Ran Harden(const std::string& node, std::vector<std::string> words) {
    words.insert(words.begin(), "harden");
    words.insert(words.end(), {"--yes", "--settle", "2s", "--holder", "the test"});
    return bed_->SeawallInside(node, std::move(words), kPatience);
  }

  static std::string Snapshot(const std::string& node) {
    return RunCommand({"sh", "-c",
                       "cd " + bed_->Root(node) +
                           "/etc && find . -printf '%p %y %m %U:%G %l\\n' | sort; find . -type f "
                           "-exec sha256sum {} + | sort"})
        .out;
  }
  static std::string Urls(const std::string& node) {
    const std::string text = ReadFile(bed_->Root(node) + kEtcd);
    const size_t at = text.find("ETCD_LISTEN_CLIENT_URLS=");
    return text.substr(at, text.find('\n', at) - at);
  }

  static inline Bed* bed_ = nullptr;
};

const std::vector<std::string> kApply = {"apply",
                                         "--row",
                                         "5a",
                                         "--set",
                                         "etcd-pki=/etc/etcd-pki",
                                         "--set",
                                         "accept-etcd-http-end=true"};

TEST_F(HardenEtcd, MemberByMemberFromTheClearToTlsAndBack) {
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = Snapshot(node);
  Writer writer(*bed_);

  for (const char* node : kNodes) {
    const Ran run = Harden(node, kApply);
    ASSERT_EQ(run.status, 0) << node << run.out << run.err;
    EXPECT_NE(Urls(node).find("https://127.0.0.1:2379,http://127.0.0.1:2379"), std::string::npos)
        << Urls(node);
    EXPECT_NE(ReadFile(bed_->Root(node) + kServer).find("--etcd-servers=https:"),
              std::string::npos);
  }
  for (const char* node : kNodes) {
    const Ran run = Harden(node, kApply);
    ASSERT_EQ(run.status, 0) << node << run.out << run.err;
    EXPECT_EQ(Urls(node).find("http:"), std::string::npos) << Urls(node);
    EXPECT_TRUE(IsReady(node));
  }
  for (const char* node : kNodes)
    EXPECT_NE(Harden(node, kApply).out.find("nothing to do"), std::string::npos);
  // Each member was asked by the others' own credentials; nobody comes in without.
  const Ran stranger = bed_->Testbed({"exec", "--net", "bed", "--", "curl", "-sk",
                                      "https://" + bed_->Address("cp-0") + ":2379/health"});
  EXPECT_NE(stranger.status, 0) << stranger.out;

  for (int stage = 0; stage < 2; ++stage) {
    for (const char* node : {"cp-2", "cp-1", "cp-0"}) {
      const Ran run = Harden(node, {"rollback"});
      EXPECT_EQ(run.status, 0) << node << run.out << run.err;
    }
  }
  for (const char* node : kNodes) EXPECT_EQ(Snapshot(node), before[node]) << node;
  writer.End();
  EXPECT_GT(writer.written(), 50);
  EXPECT_EQ(writer.failed(), 0) << writer.why();
}

}  // namespace
}  // namespace seawall::test
