// etcd's members go over to TLS among each other in stages that every one of them can follow, and
// the cluster is told; a plan and a journal keep what it was told.
#include "harden/etcd_stages.h"

namespace seawall::harden {
namespace {

using testing::kEtcd;

class EtcdPeerStages : public testing::EtcdStages {
 protected:
  EtcdPeerStages() {
    row_ = "5b";
    etcd_peers_ = [this](const cluster::Component&) { return peers_; };
  }

  static Result<EtcdPeers> Nobody() {
    return Fail(ErrorCode::kIo, "ask", "", "nobody is there", "");
  }
  static Urls Plain(int n) { return {fmt::format("http://127.0.0.{}:2380", n)}; }

  /// Three members, ours known by `own`, the others as they are.
  void Learn(const Urls& own, const Urls& second, const Urls& third) {
    EtcdPeers peers;
    peers.own = 10;
    peers.members = {{10, "a", own, {"http://127.0.0.1:2379"}},
                     {11, "b", second, {"http://127.0.0.2:2379"}},
                     {12, "c", third, {"http://127.0.0.3:2379"}}};
    peers_ = peers;
  }
  void Know(const Urls& own, const Urls& second, const Urls& third) {
    Learn(own, second, third);
    WriteEtcd("a=http://127.0.0.1:2380,b=http://127.0.0.2:2380,c=http://127.0.0.3:2380");
  }

  const PeerUrls* Told(const Plan& plan) {
    for (const Step& step : plan.steps) {
      if (step.peers) return &*step.peers;
    }
    return nullptr;
  }

  Result<EtcdPeers> peers_ = Nobody();
};

TEST_F(EtcdPeerStages, OneMemberGoesAtOnce) {
  EtcdPeers alone;
  alone.own = 10;
  alone.members = {{10, "a", Plain(1), {"http://127.0.0.1:2379"}}};
  peers_ = alone;
  const Plan plan = Make(true);
  EXPECT_FALSE(plan.HasNextStage());
  const PeerUrls* told = Told(plan);
  ASSERT_NE(told, nullptr);
  EXPECT_TRUE(told->alone());
  EXPECT_EQ(told->before, Plain(1));
  EXPECT_EQ(told->after, Urls{"https://127.0.0.1:2380"});
  EXPECT_EQ(Apply(plan), "etcd ");
  EXPECT_TRUE(Has(kEtcd, "--listen-peer-urls=https://127.0.0.1:2380\n")) << texts_[kEtcd];
  EXPECT_TRUE(Has(kEtcd, "--initial-advertise-peer-urls=https://127.0.0.1:2380\n"));
  EXPECT_TRUE(Has(kEtcd, "--initial-cluster=a=https://127.0.0.1:2380\n"));
  EXPECT_TRUE(Has(kEtcd, "--peer-client-cert-auth=true"));
  EXPECT_EQ(Make(true).Changes(), 0u);
}

TEST_F(EtcdPeerStages, OfThreeEachGetsCertificatesBeforeOneTurns) {
  Know(Plain(1), Plain(2), Plain(3));
  const Plan first = Make(true);
  EXPECT_TRUE(first.HasNextStage());
  const PeerUrls* told = Told(first);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->member, 10u);
  EXPECT_EQ(told->after, (Urls{"http://127.0.0.1:2380", "https://127.0.0.1:2380"}));
  EXPECT_EQ(told->others, (Urls{"http://127.0.0.2:2379", "http://127.0.0.3:2379"}));
  EXPECT_EQ(Apply(first), "etcd ");
  EXPECT_TRUE(Has(kEtcd, "--listen-peer-urls=http://127.0.0.1:2380\n")) << texts_[kEtcd];
  EXPECT_TRUE(Has(kEtcd, "--peer-cert-file="));
  EXPECT_TRUE(Has(kEtcd, "--initial-cluster=a=http://127.0.0.1:2380,a=https://127.0.0.1:2380,b="));
  const Urls own = told->after;

  Learn(own, Plain(2), BesideTls(Plain(3)));
  const Plan waits = Make(true);
  EXPECT_EQ(waits.Changes(), 0u);
  ASSERT_EQ(waits.Waits().size(), 1u);
  EXPECT_TRUE(waits.Waits().front().ends_with("lose this one: b")) << waits.Waits().front();

  Learn(own, BesideTls(Plain(2)), TlsOnly(Plain(3)));
  const Plan last = Make(true);
  EXPECT_FALSE(last.HasNextStage());
  ASSERT_NE(Told(last), nullptr);
  EXPECT_EQ(Told(last)->after, Urls{"https://127.0.0.1:2380"});
  EXPECT_EQ(Apply(last), "etcd ");
  EXPECT_FALSE(Has(kEtcd, "peer-urls=http:")) << texts_[kEtcd];
  EXPECT_TRUE(Has(kEtcd, "--initial-cluster=a=https://127.0.0.1:2380,b=https://127.0.0.2:2380"));
  EXPECT_EQ(Make(true).Changes(), 0u);
}

TEST_F(EtcdPeerStages, CertificatesThatAreThereAlreadyStillHaveToBeMadeKnown) {
  Know(Plain(1), Plain(2), Plain(3));
  Apply(Make(true));
  std::string text = texts_[kEtcd];
  const std::string both = "=https://127.0.0.1:2380,http://127.0.0.1:2380";
  Put(kEtcd, text.replace(text.find(both), both.size(), "=http://127.0.0.1:2380"));
  const Plan plan = Make(true);
  EXPECT_TRUE(plan.HasNextStage());
  ASSERT_NE(Told(plan), nullptr);
  EXPECT_EQ(Told(plan)->after, BesideTls(Plain(1)));
}

TEST_F(EtcdPeerStages, WhatCannotBeSeenIsNotTouched) {
  Know(Plain(1), Plain(2), Plain(3));
  const Plan offline = Make(false);
  EXPECT_EQ(offline.Changes(), 0u);
  EXPECT_TRUE(WhyNot(offline, "etcd-peer-urls-https").contains("the cluster stores"));

  peers_->apart = "b does not reach a";
  EXPECT_TRUE(WhyNot(Make(true), "etcd-peer-urls-https").contains("b does not reach a"));
  peers_->apart.clear();
  peers_->members[1].name.clear();
  EXPECT_TRUE(WhyNot(Make(true), "etcd-peer-urls-https").contains("never started"));
  peers_->members[1].name = "b";
  peers_->own = 99;
  EXPECT_TRUE(WhyNot(Make(true), "etcd-peer-urls-https").contains("not among those"));
  peers_ = Nobody();
  const Plan plan = Make(true);
  EXPECT_EQ(plan.Changes(), 0u);
  EXPECT_TRUE(WhyNot(plan, "etcd-peer-urls-https").contains("nobody is there"));
}

TEST_F(EtcdPeerStages, ACertificateThatDoesNotNameWhereOthersFindItIsNotUsed) {
  Know({"http://192.0.2.77:2380"}, Plain(2), Plain(3));
  EXPECT_TRUE(WhyNot(Make(true), "etcd-peer-certificate").contains("does not name 192.0.2.77"));
}

TEST_F(EtcdPeerStages, AFileOfEtcdsOwnIsEditedTheSame) {
  constexpr const char* kFile = "/etc/kubernetes/etcd.conf.yml";
  Know(Plain(1), Plain(2), Plain(3));
  Put(kFile,
      "name: a\ndata-dir: /var/lib/etcd\nlisten-peer-urls: http://127.0.0.1:2380\n"
      "initial-advertise-peer-urls: http://127.0.0.1:2380  # ours\n"
      "initial-cluster: a=http://127.0.0.1:2380,b=http://127.0.0.2:2380\n");
  Put(kEtcd, testing::Manifest("etcd", "    - --config-file=/etc/kubernetes/etcd.conf.yml\n"));
  EXPECT_EQ(Apply(Make(true)), "etcd ");
  EXPECT_TRUE(Has(kFile, "listen-peer-urls: http://127.0.0.1:2380\n")) << texts_[kFile];
  EXPECT_TRUE(Has(kFile, "https://127.0.0.1:2380,http://127.0.0.1:2380")) << texts_[kFile];
  EXPECT_TRUE(Has(kFile, "# ours")) << texts_[kFile];
  EXPECT_TRUE(Has(kFile, "client-cert-auth: true")) << texts_[kFile];
  Learn(BesideTls(Plain(1)), BesideTls(Plain(2)), BesideTls(Plain(3)));
  EXPECT_EQ(Apply(Make(true)), "etcd ");
  EXPECT_FALSE(Has(kFile, "http:")) << texts_[kFile];
  EXPECT_EQ(Make(true).Changes(), 0u);
}

TEST_F(EtcdPeerStages, APlanKeepsWhatTheClusterIsTold) {
  Know(Plain(1), Plain(2), Plain(3));
  const Plan plan = Make(true);
  const std::string text = PlanText(plan);
  EXPECT_TRUE(text.contains("\"schemaVersion\": \"2.0\"")) << text.substr(0, 200);
  const auto read = ReadPlan("plan", text);
  ASSERT_TRUE(read);
  ASSERT_NE(Told(*read), nullptr);
  EXPECT_EQ(Told(*read)->after, Told(plan)->after);
  EXPECT_EQ(Told(*read)->member, 10u);
  for (const auto& [good, bad] : {std::pair("\"member\": \"a\"", "\"member\": \"x\""),
                                  std::pair("\"http://127.0.0.1:2380\"", "\"ftp://x\"")}) {
    std::string broken = text;
    const size_t at = broken.find(good);
    ASSERT_NE(at, broken.npos) << good;
    EXPECT_FALSE(ReadPlan("plan", broken.replace(at, std::string(good).size(), bad))) << bad;
  }
}

}  // namespace
}  // namespace seawall::harden
