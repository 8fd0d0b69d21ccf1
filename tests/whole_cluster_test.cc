// Several nodes in one report: what only all of them together show.
#include <gtest/gtest.h>

#include <filesystem>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// Two control plane nodes from one copy: alike in everything, their private keys included.
void LayOutTwins(Tree& tree) {
  for (const char* name : {"/cp-0", "/cp-1"}) {
    fs::copy(Examples::Get().Path("cp-0"), tree.Path(name),
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }
}

Ran Audit(const Tree& tree, std::vector<std::string> more) {
  std::vector<std::string> words = {
      "audit", "--root",    "cp-0=" + tree.Path("/cp-0"), "--root", "cp-1=" + tree.Path("/cp-1"),
      "--at",  "2026-12-01"};
  words.insert(words.end(), more.begin(), more.end());
  return Seawall(words);
}

const rapidjson::Value* Find(const rapidjson::Document& report, const std::string& rule) {
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["rule"].GetString() == rule) return &finding;
  }
  return nullptr;
}

TEST(WholeCluster, TwinsAgreeAndShareTheirKeys) {
  Tree tree;
  LayOutTwins(tree);
  Ran run = Audit(tree, {"-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  rapidjson::Document report = Json(run.out);
  EXPECT_EQ(report["summary"]["nodes"].GetInt(), 2);
  ASSERT_EQ(report["nodes"].Size(), 3u);
  EXPECT_STREQ(report["nodes"][2]["name"].GetString(), "(cluster)");
  EXPECT_TRUE(report["nodes"][2]["cluster"].GetBool());
  for (const char* rule : {"cluster-apiservers-same-tls", "cluster-apiservers-same-encryption",
                           "cluster-apiservers-same-ca", "cluster-etcd-peers-trusted"})
    EXPECT_EQ(VerdictOf(report, rule), "pass") << rule;
  EXPECT_EQ(VerdictOf(report, "cluster-keys-not-shared"), "fail");
  EXPECT_EQ(VerdictOf(report, "cluster-etcd-apart"), "fail");
}

TEST(WholeCluster, ADifferenceIsToldWithNodeAndPlace) {
  Tree tree;
  LayOutTwins(tree);
  tree.Replace("/cp-1" + std::string(kApiServer), "    - --advertise-address=192.0.2.11\n",
               "    - --advertise-address=192.0.2.11\n    - --tls-min-version=VersionTLS13\n");
  Ran run = Audit(tree, {"-o", "json", "--rules", "cluster-apiservers-same-tls"});
  EXPECT_EQ(run.status, 1) << run.err;
  rapidjson::Document report = Json(run.out);
  const rapidjson::Value* finding = Find(report, "cluster-apiservers-same-tls");
  ASSERT_NE(finding, nullptr);
  EXPECT_STREQ((*finding)["node"].GetString(), "(cluster)");
  EXPECT_STREQ((*finding)["component"].GetString(), "cluster");
  std::string nodes;
  for (const auto& evidence : (*finding)["evidence"].GetArray()) {
    nodes += std::string(evidence["node"].GetString()) + " ";
    if (std::string(evidence["node"].GetString()) != "cp-1") continue;
    EXPECT_STREQ(evidence["file"].GetString(), kApiServer);
    EXPECT_GT(evidence["line"].GetInt(), 0);
    EXPECT_GT(evidence["column"].GetInt(), 0);
  }
  EXPECT_EQ(nodes, "cp-0 cp-1 ");
  // People read the same.
  run = Audit(tree, {"--rules", "cluster-apiservers-same-tls"});
  EXPECT_NE(run.out.find("cp-1: --tls-min-version = VersionTLS13"), std::string::npos) << run.out;
}

TEST(WholeCluster, StoredAndWrittenAgainItIsTheSame) {
  Tree tree;
  LayOutTwins(tree);
  for (const char* format : {"json", "text", "sarif", "html", "csv", "junit", "metrics"}) {
    Ran run = Audit(tree, {"-o", format, "-o", "json=" + tree.Path("/a.json")});
    if (std::string(format) == "json") continue;
    EXPECT_EQ(Seawall({"report", tree.Path("/a.json"), "-o", format}).out, run.out) << format;
  }
}

TEST(WholeCluster, OneNodeIsNothingToCompareAndConfigurationIsNoNode) {
  Tree tree;
  LayOutTwins(tree);
  Ran run = Seawall({"audit", "--root", tree.Path("/cp-0"), "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-tls"), "");
  run = Seawall({"audit", "--root", tree.Path("/cp-0"), "-o", "json", "--rules",
                 "cluster-apiservers-same-tls"});
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-tls"), "not-applicable");
  run = Seawall({"audit", "-f", tree.Path("/cp-0" + std::string(kApiServer)), "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(run.out), "cluster-apiservers-same-tls"), "");
}

TEST(WholeCluster, ANodeThatCannotBeReadTakesThePassesAway) {
  Tree tree;
  LayOutTwins(tree);
  Ran run = Audit(tree, {"-o", "json", "--root", "cp-2=" + tree.Path("/none")});
  EXPECT_EQ(run.status, 2);
  rapidjson::Document report = Json(run.out);
  EXPECT_EQ(VerdictOf(report, "cluster-apiservers-same-tls"), "unknown");
  EXPECT_EQ(VerdictOf(report, "cluster-nodes-complete"), "unknown");
}

TEST(WholeCluster, ItsRulesAreListedAndExplained) {
  EXPECT_NE(Seawall({"rules"}).out.find("cluster-signing-keys-stay"), std::string::npos);
  Ran run = Seawall({"explain", "cluster-signing-keys-stay"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Json(Seawall({"rules", "--row", "5c", "-o", "json"}).out).IsObject(), true);
}

}  // namespace
}  // namespace seawall::test
