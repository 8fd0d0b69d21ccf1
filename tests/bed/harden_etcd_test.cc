// etcd from plain HTTP to TLS with certificates, for its clients and among its members, on three
// control planes whose components are systemd units: in stages, member by member, while a client
// writes; killed in the middle of each; and back, byte by byte.
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include "harden_live.h"
#include "writer.h"
#include "x509/test_pki.h"

namespace seawall::test {
namespace {

constexpr const char* kNodes[] = {"cp-0", "cp-1", "cp-2"};
constexpr const char* kEtcd = "/etc/default/etcd";
constexpr const char* kServer = "/etc/kubernetes/apiserver";

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

class HardenEtcd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bed_ = new Bed({"--layout", "systemd", "--control-planes", "3"});
    if (!bed_->up()) return;
    Issue();
    IntoTheClear();
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

  /// What the members need for TLS, in a folder of each.
  static void Issue() {
    const auto ca = x509::testing::IssueCa("etcd-ca");
    for (const char* node : kNodes) IssueFor(node, ca, "/etc/etcd-pki");
    IssueFor("cp-1", x509::testing::IssueCa("another-ca"), "/etc/other-pki");
  }

  static void IssueFor(const std::string& node, const x509::testing::TestPair& ca,
                       const std::string& folder) {
    x509::testing::TestSubject subject;
    subject.names = "DNS:localhost,IP:127.0.0.1";
    for (const char* one : kNodes) subject.names += ",IP:" + bed_->Address(one);
    const std::string pki = bed_->Root(node) + folder;
    std::filesystem::create_directory(pki);
    std::ofstream(pki + "/ca.crt") << ca.certificate;
    for (const char* name : {"server", "peer", "apiserver-etcd-client"}) {
      subject.common_name = name;
      const auto pair = x509::testing::Issue(subject, &ca);
      std::ofstream(pki + "/" + name + ".crt") << pair.certificate;
      std::ofstream(pki + "/" + name + ".key") << pair.private_key;
      chmod((pki + "/" + name + ".key").c_str(), 0600);
    }
  }

  /// Asks etcd's JSON gateway on cp-0; over TLS with the API server's certificate from `pki`.
  static std::string Ask(const std::string& path, const std::string& body,
                         const std::string& ca = "", const std::string& certificate = "") {
    std::vector<std::string> words = {"exec", "--net", "cp-0", "--", "curl", "-s", "-d", body};
    const std::string root = bed_->Root("cp-0");
    if (!ca.empty())
      words.insert(words.end(), {"--cacert", root + ca, "--cert", root + certificate + ".crt",
                                 "--key", root + certificate + ".key"});
    words.push_back(fmt::format("http{}://127.0.0.1:2379/v3/{}", ca.empty() ? "" : "s", path));
    return bed_->Testbed(words).out;
  }

  /// Clients and members speak HTTP. The cluster is told so while it still runs as it was made:
  /// connections that are there stay.
  static void IntoTheClear() {
    constexpr const char* kCa = "/etc/kubernetes/pki/etcd/ca.crt";
    constexpr const char* kClient = "/etc/kubernetes/pki/apiserver-etcd-client";
    const std::string members = Ask("cluster/member/list", "{}", kCa, kClient);
    const std::regex member(
        "\"ID\":\"(\\d+)\",\"name\":\"[^\"]*\",\"peerURLs\":\\[\"https(:[^\"]*)\"");
    for (std::sregex_iterator at(members.begin(), members.end(), member), end; at != end; ++at) {
      const std::string told = fmt::format("{{\"ID\":\"{}\",\"peerURLs\":[\"http{}\"]}}",
                                           (*at)[1].str(), (*at)[2].str());
      EXPECT_NE(Ask("cluster/member/update", told, kCa, kClient).find("members"),
                std::string::npos);
    }
    for (const char* node : kNodes) {
      const std::string etcd = bed_->Root(node) + kEtcd;
      Replace(etcd, "ETCD_(PEER_)?(CERT_FILE|KEY_FILE|TRUSTED_CA_FILE|CLIENT_CERT_AUTH)=[^\n]*\n",
              "");
      Replace(etcd, "https:", "http:");
      const std::string server = bed_->Root(node) + kServer;
      Replace(server, " --etcd-(cafile|certfile|keyfile)=[^\n]*\n", "");
      Replace(server, "--etcd-servers=https:", "--etcd-servers=http:");
    }
    // Copied before others are started meanwhile, who would hold it open for a moment.
    for (const char* node : kNodes) EXPECT_EQ(bed_->SeawallInside(node, {"version"}).status, 0);
    // A member says that it has started once the others have, too.
    for (const char* node : kNodes)
      bed_->Exec(node, {"systemctl", "restart", "--no-block", "etcd"});
    const auto minutes = std::chrono::seconds(180);
    for (const char* node : kNodes)
      EXPECT_TRUE(Eventually(minutes, [&] { return IsWellInTheClear(node); })) << node;
    // The API server that still runs may have answered for itself all the while.
    for (const char* node : kNodes)
      EXPECT_EQ(bed_->Exec(node, {"systemctl", "restart", "kube-apiserver"}, kPatience).status, 0);
    for (const char* node : kNodes)
      EXPECT_TRUE(Eventually(minutes, [&] { return IsReady(node); })) << node;
  }

  static bool IsWellInTheClear(const std::string& node) {
    const std::string url = "http://127.0.0.1:2379/health";
    return Contains(bed_->Testbed({"exec", "--net", node, "--", "curl", "-s", url}).out, "true");
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
  static std::string Urls(const std::string& node, const std::string& name) {
    const std::string text = ReadFile(bed_->Root(node) + kEtcd);
    const size_t at = text.find("ETCD_LISTEN_" + name + "_URLS=");
    return text.substr(at, text.find('\n', at) - at);
  }

  /// Peer URLs of all members, as the cluster stores them.
  static std::string Known(bool tls = false) {
    const std::string members = tls ? Ask("cluster/member/list", "{}", "/etc/etcd-pki/ca.crt",
                                          "/etc/etcd-pki/apiserver-etcd-client")
                                    : Ask("cluster/member/list", "{}");
    const std::regex urls("\"peerURLs\":\\[[^\\]]*\\]");
    std::string known;
    for (std::sregex_iterator at(members.begin(), members.end(), urls), end; at != end; ++at)
      known += at->str() + "\n";
    return known;
  }

  /// How often the logs of all journals on the node say it.
  static size_t Logged(const std::string& node, const std::string& event) {
    const std::string logs =
        RunCommand({"sh", "-c", "cat " + bed_->Root(node) + "/var/lib/seawall/2*/log 2>/dev/null"})
            .out;
    size_t count = 0;
    for (size_t at = 0; (at = logs.find(event, at)) != logs.npos; ++at) ++count;
    return count;
  }

  /// The same, killed as soon as a log says `event` once more.
  static void KillAt(const std::string& node, std::vector<std::string> words,
                     const std::string& event) {
    const size_t had = Logged(node, event);
    Ran ran;
    std::atomic<bool> over = false;
    std::jthread run([&] {
      words.insert(words.begin(), {"/root/seawall", "harden"});
      words.insert(words.end(), {"--yes", "--settle", "2s", "--holder", "the test"});
      std::string line = "echo $$ > /run/seawall-test.pid; exec";
      for (const std::string& word : words) line += " '" + word + "'";
      ran = bed_->Exec(node, {"sh", "-c", line}, kPatience);
      over = true;
    });
    bool seen = false;
    for (int i = 0; i < 6000 && !seen && !over; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      seen = Logged(node, event) > had;
    }
    if (!over) bed_->Exec(node, {"sh", "-c", "kill -9 $(cat /run/seawall-test.pid)"});
    run.join();
    EXPECT_TRUE(seen) << node << ": " << event << ": " << ran.status << ran.out << ran.err;
  }

  static inline Bed* bed_ = nullptr;
};

std::vector<std::string> ApplyOf(const std::string& rows,
                                 const std::string& pki = "/etc/etcd-pki") {
  return {"apply", "--row", rows, "--set", "etcd-pki=" + pki, "--set", "accept-etcd-http-end=true"};
}

TEST_F(HardenEtcd, MemberByMemberFromTheClearToTlsAndBack) {
  const auto apply = ApplyOf("5a,5b");
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = Snapshot(node);
  const std::string known = Known();
  Writer writer(*bed_);

  for (const char* node : kNodes) {
    const Ran run = Harden(node, apply);
    ASSERT_EQ(run.status, 0) << node << run.out << run.err;
    EXPECT_TRUE(Contains(Urls(node, "CLIENT"), "https://127.0.0.1:2379,http://127.0.0.1:2379"));
    EXPECT_FALSE(Contains(Urls(node, "PEER"), "https:")) << Urls(node, "PEER");
    EXPECT_TRUE(Contains(ReadFile(bed_->Root(node) + kServer), "--etcd-servers=https:"));
    if (std::string(node) == "cp-2") break;
    // This one is ready, and another is not: it waits.
    const Ran waits = Harden(node, ApplyOf("5b"));
    EXPECT_EQ(waits.status, 3) << waits.out << waits.err;
    EXPECT_TRUE(Contains(waits.err, "would lose this one: ")) << waits.err;
  }
  for (const char* node : kNodes) {
    const Ran run = Harden(node, apply);
    ASSERT_EQ(run.status, 0) << node << run.out << run.err;
    EXPECT_FALSE(Contains(ReadFile(bed_->Root(node) + kEtcd), "http://192")) << node;
    EXPECT_TRUE(IsReady(node));
  }
  EXPECT_FALSE(Contains(Known(true), "http:")) << Known(true);
  EXPECT_TRUE(Contains(Known(true), "https:"));
  for (const char* node : kNodes)
    EXPECT_TRUE(Contains(Harden(node, apply).out, "nothing to do")) << node;
  // Each member was asked by the others' own credentials; nobody comes in without.
  for (const char* port : {"2379/health", "2380/version"}) {
    const Ran stranger = bed_->Testbed({"exec", "--net", "bed", "--", "curl", "-sk",
                                        "https://" + bed_->Address("cp-0") + ":" + port});
    EXPECT_NE(stranger.status, 0) << stranger.out;
  }

  EXPECT_EQ(Harden("cp-2", {"rollback"}).status, 0);
  const Ran early = Harden("cp-2", {"rollback"});
  EXPECT_EQ(early.status, 2) << early.out << early.err;
  EXPECT_TRUE(Contains(early.err, "does not answer without TLS")) << early.err;
  for (const char* node : {"cp-1", "cp-0", "cp-2", "cp-1", "cp-0"}) {
    const Ran run = Harden(node, {"rollback"});
    EXPECT_EQ(run.status, 0) << node << run.out << run.err;
  }
  for (const char* node : kNodes) EXPECT_EQ(Snapshot(node), before[node]) << node;
  EXPECT_EQ(Known(), known);
  writer.End();
  EXPECT_GT(writer.written(), 50);
  EXPECT_EQ(writer.failed(), 0) << writer.why();
}

/// Wherever it is killed, the same command finishes it.
TEST_F(HardenEtcd, KilledInTheMiddleOfEachStageTheSameCommandFinishes) {
  const auto apply = ApplyOf("5b");
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = Snapshot(node);
  const std::string known = Known();
  Writer writer(*bed_);
  constexpr const char* kMoments[] = {"step 0 changed", "step 0 announcing", "step 0 proven"};
  for (int stage = 0; stage < 2; ++stage) {
    for (size_t i = 0; i < 3; ++i) {
      const char* node = kNodes[(i + static_cast<size_t>(stage)) % 3];
      KillAt(node, apply, kMoments[i]);
      const Ran run = Harden(node, apply);
      ASSERT_EQ(run.status, 0) << node << kMoments[i] << run.out << run.err;
      EXPECT_TRUE(Contains(run.out, "finished ")) << run.out;
    }
  }
  EXPECT_FALSE(Contains(Known(), "http:")) << Known();
  constexpr const char* kBackMoments[] = {"rolling-back", "step 0 withdrawn", "rolling-back"};
  for (int stage = 0; stage < 2; ++stage) {
    for (size_t i = 0; i < 3; ++i) {
      const char* node = kNodes[i];
      KillAt(node, {"rollback"}, kBackMoments[i]);
      const Ran run = Harden(node, {"rollback"});
      ASSERT_EQ(run.status, 0) << node << kBackMoments[i] << run.out << run.err;
    }
  }
  for (const char* node : kNodes) EXPECT_EQ(Snapshot(node), before[node]) << node;
  EXPECT_EQ(Known(), known);
  writer.End();
  EXPECT_EQ(writer.failed(), 0) << writer.why();
}

/// Every member says that it is well, and one of them would be lost with the next that turns.
TEST_F(HardenEtcd, AMemberOfAnotherCaIsNoticedWhenTheFirstOneTurns) {
  std::map<std::string, std::string> before;
  for (const char* node : kNodes) before[node] = Snapshot(node);
  Writer writer(*bed_);
  for (const std::string node : kNodes) {
    const Ran run =
        Harden(node, ApplyOf("5b", node == "cp-1" ? "/etc/other-pki" : "/etc/etcd-pki"));
    ASSERT_EQ(run.status, 0) << node << run.out << run.err;
  }
  const std::string known = Known();
  const std::string prepared = Snapshot("cp-0");
  const Ran run = Harden("cp-0", ApplyOf("5b"));
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_TRUE(Contains(run.out, "cp-1 does not reach cp-0")) << run.out;
  EXPECT_EQ(Snapshot("cp-0"), prepared);
  EXPECT_EQ(Known(), known);
  for (const char* node : kNodes) EXPECT_EQ(Harden(node, {"rollback"}).status, 0);
  for (const char* node : kNodes) EXPECT_EQ(Snapshot(node), before[node]) << node;
  writer.End();
  EXPECT_EQ(writer.failed(), 0) << writer.why();
}

}  // namespace
}  // namespace seawall::test
