// A cluster of etcd beside the main one, for events.
#include "rules/whole/etcd_clusters.h"

#include <fmt/format.h>

#include "rules/whole/test_cluster.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;
using x509::testing::IssueCa;
using x509::testing::IssueLeaf;

constexpr const char* kAgree = "cluster-etcd-members-agree";
constexpr const char* kAsked = "cluster-etcd-endpoints-are-members";

struct Kind {
  const char* name;  ///< "main"
  int client, peer;  ///< ports
};
constexpr Kind kMain = {"main", 2379, 2380};
constexpr Kind kEvents = {"events", 2479, 2480};

std::string ListOf(const Kind& kind) {
  std::string list;
  for (int i = 0; i < 2; ++i)
    list += fmt::format("{}{}-{}=https://192.0.2.{}:{}", i == 0 ? "" : ",", kind.name, i, i + 1,
                        kind.peer);
  return list;
}

cluster::Component& AddMember(TestNode& node, const Kind& kind, int i) {
  cluster::Component& etcd = node.Add(ComponentKind::kEtcd);
  etcd.instance = std::string("etcd-") + kind.name;
  const std::string url = fmt::format("https://192.0.2.{}:{}", i + 1, kind.client);
  TestNode::Set(etcd, "name", fmt::format("{}-{}", kind.name, i));
  TestNode::Set(etcd, "initial-cluster", ListOf(kind));
  TestNode::Set(etcd, "initial-cluster-state", "new");
  TestNode::Set(etcd, "initial-cluster-token", kind.name);
  TestNode::Set(etcd, "listen-client-urls", url);
  TestNode::Set(etcd, "advertise-client-urls", url);
  return etcd;
}

/// Two nodes, as kops makes them: each has a member of either cluster, with CAs of their own.
struct WithEvents : TestCluster {
  explicit WithEvents(bool with_servers = true) {
    const auto main_ca = IssueCa("main");
    const auto events_ca = IssueCa("events");
    for (int i = 0; i < 2; ++i) {
      TestNode& node = Add(fmt::format("cp-{}", i));
      for (const auto& [kind, ca] :
           {std::pair(&kMain, &main_ca), std::pair(&kEvents, &events_ca)}) {
        cluster::Component& etcd = AddMember(node, *kind, i);
        const std::string path = fmt::format("/pki/{}-", kind->name);
        node.files().Add(path + "peer.crt", IssueLeaf(*ca, "peer").certificate);
        node.files().Add(path + "ca.crt", ca->certificate);
        TestNode::Set(etcd, "peer-cert-file", path + "peer.crt");
        TestNode::Set(etcd, "peer-trusted-ca-file", path + "ca.crt");
      }
      if (!with_servers) continue;
      cluster::Component& server = node.Add(ComponentKind::kApiServer);
      TestNode::Set(server, "etcd-servers", "https://192.0.2.1:2379,https://192.0.2.2:2379");
      TestNode::Set(server, "etcd-servers-overrides",
                    "/events#https://192.0.2.1:2479;https://192.0.2.2:2479");
    }
  }
  cluster::Component& Events(size_t node) { return (*this)[node].node.components[1]; }
};

TEST(EtcdClusters, EventsMayBeKeptApart) {
  WithEvents all;
  for (size_t i = 0; i < 2; ++i) {
    all.Events(i).version->minor = 5;
    TestNode::Set(all.Events(i), "tls-min-version", "TLS1.3");
  }
  for (const char* rule : {kAgree, kAsked, "cluster-etcd-versions-match", "cluster-etcd-same-tls",
                           "cluster-etcd-peers-trusted"})
    EXPECT_EQ(all.Verdict(rule), "pass") << rule << ": " << all.last.reason;
  all.listed = {"cp-0", "cp-1"};
  EXPECT_EQ(all.Verdict("cluster-nodes-complete"), "pass") << all.last.reason;
}

TEST(EtcdClusters, WhatIsWrongAmongThemIsTold) {
  WithEvents all;
  TestNode::Set(all.Events(1), "initial-cluster-token", "other");
  EXPECT_EQ(all.Verdict(kAgree), "fail");
  EXPECT_NE(all.last.reason.find("etcd-events"), std::string::npos) << all.last.reason;
  all.Events(0).version->minor = 5;
  EXPECT_EQ(all.Verdict("cluster-etcd-versions-match"), "fail") << all.last.reason;
  TestNode::Set(all.Events(1), "tls-min-version", "TLS1.3");
  EXPECT_EQ(all.Verdict("cluster-etcd-same-tls"), "fail") << all.last.reason;
  all[0].files().Add("/pki/events-peer.crt", IssueLeaf(IssueCa("foreign"), "x").certificate);
  EXPECT_EQ(all.Verdict("cluster-etcd-peers-trusted"), "fail") << all.last.reason;
}

TEST(EtcdClusters, AnOverrideThatAsksNobodyKnown) {
  WithEvents all;
  EXPECT_EQ(all.Verdict(kAsked), "pass") << all.last.reason;
  TestNode::Set(all[0].node.components[2], "etcd-servers-overrides",
                "/events#https://192.0.2.1:2479;https://192.0.2.77:2479");
  EXPECT_EQ(all.Verdict(kAsked), "fail");
  EXPECT_NE(all.last.reason.find("192.0.2.77"), std::string::npos) << all.last.reason;
}

TEST(EtcdClusters, WithoutAnApiServerNobodyKnowsWhetherTheyBelongTogether) {
  WithEvents all(false);
  EXPECT_EQ(all.Verdict(kAgree), "unknown") << all.last.reason;
  EXPECT_NE(all.last.reason.find("overrides"), std::string::npos) << all.last.reason;
  TestNode::Set(all.Events(1), "initial-cluster-token", "other");
  EXPECT_EQ(all.Verdict(kAgree), "fail") << "of one cluster they are in any case";
}

TEST(EtcdClusters, WithoutOverridesAllAreOne) {
  WithEvents all;
  for (size_t i = 0; i < 2; ++i)
    TestNode::Set(all[i].node.components[2], "etcd-servers-overrides", "");
  EXPECT_EQ(all.Verdict(kAgree), "fail") << all.last.reason;
}

TEST(EtcdClusters, OneMemberTwiceIsNoAgreement) {
  TestCluster all;
  for (const char* name : {"cp-0", "cp-1"}) AddMember(all.Add(name), kMain, 0);
  EXPECT_EQ(all.Verdict(kAgree), "fail") << all.last.reason;
  EXPECT_NE(all.last.reason.find("are both member main-0"), std::string::npos) << all.last.reason;
  TestCluster real;
  AddMember(real.Add("cp-0"), kMain, 0);
  AddMember(real.Add("cp-1"), kMain, 1);
  EXPECT_EQ(real.Verdict(kAgree), "pass") << real.last.reason;
}

}  // namespace
}  // namespace seawall::rules::whole
