// etcd in the clear goes over to TLS where it runs in stages, each of which every API server can
// follow; a tree that is not running goes at once.
#include "harden/etcd_stages.h"

namespace seawall::harden {
namespace {

using testing::EtcdStages;
using testing::kEtcd;
using testing::kServer;
using testing::Manifest;

constexpr const char* kBoth = "--listen-client-urls=https://127.0.0.1:2379,http://127.0.0.1:2379";

TEST_F(EtcdStages, WhatDoesNotRunGoesAtOnce) {
  const Plan plan = Make(false);
  EXPECT_FALSE(plan.HasNextStage());
  Apply(plan);
  EXPECT_TRUE(Has(kEtcd, "--listen-client-urls=https://127.0.0.1:2379\n")) << texts_[kEtcd];
  EXPECT_TRUE(Has(kServer, "--etcd-servers=https://127.0.0.1:2379\n"));
}

TEST_F(EtcdStages, AKeyThatEtcdsUserCannotReadIsNotUsed) {
  std::string text = texts_[kEtcd];
  Put(kEtcd, text.replace(text.find("/var/lib/etcd"), 13, "/etc/kubernetes/data"));
  files_->AddFolder("/etc/kubernetes/data", 0700, 997, 997);
  const std::string why = WhyNot(Make(false), "etcd-client-urls-https");
  EXPECT_NE(why.find("closed to user 997"), why.npos) << why;
  files_->AddFolder("/etc/kubernetes/data", 0700, 0, 0);
  EXPECT_EQ(WhyNot(Make(false), "etcd-client-urls-https"), "");
}

TEST_F(EtcdStages, WhatRunsSpeaksBothUntilTheApiServerHasComeOver) {
  const Plan first = Make(true);
  EXPECT_TRUE(first.HasNextStage());
  EXPECT_EQ(Apply(first), "etcd kube-apiserver ");
  EXPECT_TRUE(Has(kEtcd, kBoth)) << texts_[kEtcd];
  EXPECT_TRUE(Has(kEtcd, "--client-cert-auth=true"));
  EXPECT_TRUE(Has(kServer, "--etcd-servers=https://127.0.0.1:2379\n"));
  EXPECT_TRUE(Has(kServer, "--etcd-certfile="));

  const Plan second = Make(true);
  EXPECT_FALSE(second.HasNextStage());
  EXPECT_EQ(Apply(second), "etcd ");
  EXPECT_TRUE(Has(kEtcd, "--listen-client-urls=https://127.0.0.1:2379\n")) << texts_[kEtcd];
  EXPECT_FALSE(Has(kEtcd, "client-urls=http:"));
  EXPECT_TRUE(Has(kEtcd, "--listen-peer-urls=http:")) << "not what was asked for";

  const Plan third = Make(true);
  EXPECT_EQ(third.Changes(), 0u);
}

TEST_F(EtcdStages, AFileOfEtcdsOwnIsEditedTheSame) {
  constexpr const char* kFile = "/etc/kubernetes/etcd.conf.yml";
  Put(kFile,
      "name: a\ndata-dir: /var/lib/etcd\nlisten-client-urls: http://127.0.0.1:2379\n"
      "advertise-client-urls: http://127.0.0.1:2379\ninitial-cluster: a=http://127.0.0.1:2380\n");
  Put(kEtcd, Manifest("etcd", "    - --config-file=/etc/kubernetes/etcd.conf.yml\n"));
  EXPECT_EQ(Apply(Make(true)), "etcd kube-apiserver ");
  EXPECT_TRUE(Has(kFile, "listen-client-urls: https://127.0.0.1:2379,http://127.0.0.1:2379\n"))
      << texts_[kFile];
  EXPECT_TRUE(Has(kFile, "  client-cert-auth: true")) << texts_[kFile];
  EXPECT_EQ(Apply(Make(true)), "etcd ");
  EXPECT_TRUE(Has(kFile, "listen-client-urls: https://127.0.0.1:2379\n")) << texts_[kFile];
  EXPECT_EQ(Make(true).Changes(), 0u);
}

TEST_F(EtcdStages, AnApiServerThatHasNotComeOverIsWaitedFor) {
  Apply(Make(true));
  Put(kServer, Manifest("kube-apiserver", "    - --etcd-servers=http://127.0.0.1:2379\n"));
  const std::string before = texts_[kEtcd];
  const Plan plan = Make(true);
  EXPECT_TRUE(plan.HasNextStage());
  EXPECT_EQ(Apply(plan), "kube-apiserver ");
  EXPECT_EQ(texts_[kEtcd], before);
}

TEST_F(EtcdStages, OfSeveralMembersAPersonSaysThatNobodyAsksInTheClear) {
  WriteEtcd("a=http://127.0.0.1:2380,b=http://192.0.2.2:2380");
  Apply(Make(true));
  EXPECT_TRUE(Has(kEtcd, kBoth));
  const Plan refused = Make(true);
  EXPECT_FALSE(refused.HasNextStage());
  EXPECT_EQ(refused.Changes(), 0u);
  EXPECT_TRUE(WhyNot(refused, "etcd-client-urls-https").contains("API servers of other nodes"));
  const Plan plan = Make(true, {{"accept-etcd-http-end", "true"}});
  EXPECT_EQ(Apply(plan), "etcd ");
  EXPECT_FALSE(Has(kEtcd, "client-urls=http:"));
}

}  // namespace
}  // namespace seawall::harden
