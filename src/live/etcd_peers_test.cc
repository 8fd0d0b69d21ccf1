#include "live/etcd_peers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "etcd/fake_etcd.h"

namespace seawall::live {
namespace {

using etcd::testing::FakeAnswer;
using etcd::testing::FakeEtcd;
using harden::PeerUrls;
using harden::Urls;

// Messages by hand: fields 1 (varint) and 2 (bytes) suffice.
std::string Number(int field, uint64_t value) {
  return std::string(1, static_cast<char>(field << 3)) + static_cast<char>(value);
}
std::string Bytes(int field, const std::string& bytes) {
  return std::string(1, static_cast<char>(field << 3 | 2)) + static_cast<char>(bytes.size()) +
         bytes;
}

/// Three members, asked by one address; the first is ours.
class EtcdPeersTold : public testing::Test {
 protected:
  EtcdPeersTold() {
    files_->Add(
        "/etc/kubernetes/manifests/etcd.yaml",
        fmt::format(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: etcd, namespace: kube-system}}\nspec:\n"
            "  containers:\n  - name: etcd\n    image: registry.k8s.io/etcd:v3.7.0\n    command:\n "
            "   - etcd\n"
            "    - --listen-client-urls={}\n",
            Url()));
    auto node = cluster::ReadNode(files_, {});
    EXPECT_TRUE(node);
    node_ = std::move(*node);
  }

  std::string Url() const { return fmt::format("http://127.0.0.1:{}", etcd_.Door().server.port); }

  FakeAnswer Serve(const std::string& method) {
    if (method == "Status")
      return {.messages = {Bytes(1, Number(1, 9) + Number(2, 1)) + Number(4, leader_)}};
    if (method == "MemberUpdate") {
      ++told_;
      if (heeds_) own_ = after_;
      if (!answers_) return {.messages = {}, .status = 14};
      return {.messages = {""}};
    }
    std::string list;
    const Urls urls[] = {own_, second_, third_};
    for (int i = 0; i < 3; ++i) {
      std::string member =
          Number(1, static_cast<uint64_t>(i) + 1) + Bytes(2, fmt::format("m{}", i));
      for (const std::string& url : urls[i]) member += Bytes(3, url);
      list += Bytes(2, member + Bytes(4, i == 0 || reached_ ? Url() : "http://127.0.0.1:1"));
    }
    return {.messages = {list}};
  }

  /// The first stage, or the last.
  PeerUrls First() const { return {1, {kPlain}, {kPlain, kTls}, {Url()}}; }
  PeerUrls Last() const { return {1, {kPlain, kTls}, {kTls}, {Url()}}; }

  static constexpr const char* kPlain = "http://127.0.0.1:1";
  static constexpr const char* kTls = "https://127.0.0.1:1";
  Urls own_ = {kPlain}, after_ = {}, second_ = {"http://127.0.0.1:2"}, third_ = second_;
  uint64_t leader_ = 1;
  bool heeds_ = true, answers_ = true, reached_ = true;
  std::atomic<int> told_ = 0;
  std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  FakeEtcd etcd_{[this](const std::string& method) { return Serve(method); }};
  cluster::Node node_;
};

TEST_F(EtcdPeersTold, OnceAndIsSeenToBeKnown) {
  after_ = First().after;
  ASSERT_TRUE(MayAnnounce(node_, First()));
  EXPECT_EQ(told_, 0);
  ASSERT_TRUE(AnnouncePeers(node_, First()));
  ASSERT_TRUE(AnnouncePeers(node_, First())) << "known already";
  EXPECT_EQ(told_, 1);
}

TEST_F(EtcdPeersTold, AnAnswerThatIsLostIsNoFailureAndOneThatLiesNoProof) {
  after_ = First().after;
  answers_ = false;
  EXPECT_TRUE(AnnouncePeers(node_, First())) << "it was heeded";
  own_ = First().before;
  answers_ = true;
  heeds_ = false;
  const auto lied = AnnouncePeers(node_, First());
  ASSERT_FALSE(lied);
  EXPECT_TRUE(lied.error().why.contains("does not know it")) << lied.error().ToString();
}

TEST_F(EtcdPeersTold, NobodyStopsInTheClearWhileAnotherCannotFollow) {
  own_ = Last().before;
  second_ = {"http://127.0.0.1:2", "https://127.0.0.1:2"};
  const auto refused = MayAnnounce(node_, Last());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().why.contains("member m2 is not ready")) << refused.error().ToString();
  third_ = {"https://127.0.0.1:3"};
  EXPECT_TRUE(MayAnnounce(node_, Last()));
}

TEST_F(EtcdPeersTold, WhatSomebodyElseChangedIsNotOverwritten) {
  own_ = {"http://192.0.2.77:1"};
  for (const auto& refused : {AnnouncePeers(node_, First()), WithdrawPeers(node_, First())}) {
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().why.contains("somebody else")) << refused.error().ToString();
  }
  PeerUrls gone = First();
  gone.member = 77;
  EXPECT_FALSE(MayAnnounce(node_, gone));
  EXPECT_EQ(told_, 0);
}

TEST_F(EtcdPeersTold, TheCertificateStaysWhileAnotherIsNotReachedWithoutIt) {
  own_ = First().after;
  const auto refused = MayWithdrawPeers(node_, First());  // nobody listens at their peer URLs
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().why.contains("does not answer without TLS"))
      << refused.error().ToString();
  own_ = First().before;
  EXPECT_TRUE(MayWithdrawPeers(node_, First())) << "nothing is to be told";
}

TEST_F(EtcdPeersTold, AWellMemberDoesNotGoWhereTheOthersAreNoQuorum) {
  const cluster::Component& etcd = *node_.Of(cluster::ComponentKind::kEtcd).front();
  EXPECT_TRUE(MayGoWithout(node_, etcd));
  reached_ = false;
  const auto refused = MayGoWithout(node_, etcd);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().why.contains("no quorum")) << refused.error().ToString();
  leader_ = 0;
  EXPECT_TRUE(MayGoWithout(node_, etcd)) << "it is of no use to them now";
}

TEST_F(EtcdPeersTold, NothingIsTakenBackWithoutAQuorumOfTheOthers) {
  own_ = Last().after;
  EXPECT_TRUE(MayWithdrawPeers(node_, Last()));
  leader_ = 0;
  const auto refused = MayWithdrawPeers(node_, Last());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().why.contains("no quorum")) << refused.error().ToString();
}

TEST(ActivePeers, AreThoseThatAreConnectedNow) {
  constexpr const char* kMetrics =
      "# TYPE etcd_network_active_peers gauge\n"
      "etcd_network_active_peers{Local=\"a46b\",Remote=\"7986\"} 1\n"
      "etcd_network_active_peers{Local=\"a46b\",Remote=\"7d44\"} 0\n"
      "etcd_network_active_peers{Local=\"a46b\"} 1\n"
      "etcd_network_active_peers{Remote=\"7d44\n"
      "etcd_network_disconnected_peers_total{Local=\"a46b\",Remote=\"7d44\"} 2\n";
  EXPECT_EQ(ActivePeers(kMetrics), std::set<std::string>{"7986"});
  EXPECT_TRUE(ActivePeers("").empty());
  EXPECT_TRUE(ActivePeers("<html>").empty());
}

}  // namespace
}  // namespace seawall::live
