#include "rules/whole/pool.h"

#include "rules/whole/test_cluster.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

Fact Saying(const std::string& value) {
  Fact fact;
  fact.state = Fact::State::kKnown;
  fact.setting = "--tls-min-version";
  fact.value = fact.same = value;
  return fact;
}

CertificatePtr Print(const std::string& fingerprint, uint32_t line) {
  x509::Certificate certificate;
  certificate.fingerprint_sha256 = fingerprint;
  certificate.line = line;
  return std::make_shared<const x509::Certificate>(std::move(certificate));
}

NodeFacts Node(const std::string& value, CertificatePtr certificate) {
  ComponentFacts component;
  component.facts.Set("tls-min-version", Saying(value));
  Chain chain;
  chain.state = Chain::State::kKnown;
  chain.certificates = {std::move(certificate)};
  component.chains.Set("client-ca-file", chain);
  NodeFacts node;
  node.components.push_back(std::move(component));
  return node;
}

TEST(Pool, EqualOnesAreOne) {
  Pool pool;
  NodeFacts one = Node("VersionTLS12", Print("aa", 1));
  NodeFacts same = Node("VersionTLS12", Print("aa", 1));
  NodeFacts other = Node("VersionTLS13", Print("aa", 1));
  for (NodeFacts* node : {&one, &same, &other}) pool.Share(*node);
  const auto& first = one.components[0];
  EXPECT_EQ(&first.facts.all(), &same.components[0].facts.all());
  EXPECT_EQ(first.FindChain("client-ca-file"), same.components[0].FindChain("client-ca-file"));
  EXPECT_NE(first.Find("tls-min-version"), other.components[0].Find("tls-min-version"));
  EXPECT_EQ(other.components[0].Find("tls-min-version")->value, "VersionTLS13");
  // What they have alike is one object there, too.
  EXPECT_EQ(first.FindChain("client-ca-file"), other.components[0].FindChain("client-ca-file"));
}

TEST(Pool, ACertificateKeepsTheLineOfItsOwnFile) {
  Pool pool;
  NodeFacts one = Node("", Print("aa", 1));
  NodeFacts lower = Node("", Print("aa", 21));
  pool.Share(one);
  pool.Share(lower);
  EXPECT_EQ(lower.components[0].FindChain("client-ca-file")->certificates[0]->line, 21u);
}

TEST(Pool, WhatIsSharedIsNotWrittenTo) {
  Pool pool;
  NodeFacts one = Node("VersionTLS12", Print("aa", 1));
  NodeFacts same = Node("VersionTLS12", Print("aa", 1));
  pool.Share(one);
  pool.Share(same);
  same.components[0].facts.Set("tls-min-version", Saying("VersionTLS10"));
  EXPECT_EQ(one.components[0].Find("tls-min-version")->value, "VersionTLS12");
}

TEST(Pool, AHundredThatSayTheSameAreShownAFewTimes) {
  TestCluster all = Several(ComponentKind::kApiServer, 100);
  for (size_t i = 0; i < 100; ++i)
    TestNode::Set(all[i].node.components[0], "tls-min-version", "VersionTLS13");
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-tls"), "pass") << all.last.reason;
  EXPECT_NE(all.last.reason.find("100 kube-apiserver"), std::string::npos) << all.last.reason;
  EXPECT_LE(all.last.evidence.size(), 16u);
}

TEST(Pool, AHundredThatDifferAreShownAFewTimesAndCounted) {
  TestCluster all = Several(ComponentKind::kApiServer, 100);
  for (size_t i = 0; i < 100; ++i) {
    const std::string issuer = i < 60 ? "https://most" : "https://issuer-" + std::to_string(i);
    TestNode::Set(all[i].node.components[0], "service-account-issuer", issuer);
  }
  EXPECT_EQ(all.Verdict("cluster-apiservers-same-tokens"), "fail") << all.last.reason;
  EXPECT_NE(all.last.reason.find("https://most on cp-0"), std::string::npos) << all.last.reason;
  EXPECT_NE(all.last.reason.find("33 other values"), std::string::npos) << all.last.reason;
  EXPECT_LE(all.last.evidence.size(), 16u);
}

}  // namespace
}  // namespace seawall::rules::whole
