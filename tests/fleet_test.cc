// Several stored reports: as one, judged again, and as a fleet.
#include <gtest/gtest.h>

#include <sstream>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// The example's control plane, audited; `more` is given to the audit.
std::string Stored(const Tree& tree, const std::string& name, std::vector<std::string> more = {}) {
  const std::string file = tree.Path("/" + name);
  std::vector<std::string> words = {"audit", "--root", "cp-0=" + Examples::Get().Path("cp-0"), "-o",
                                    "json=" + file};
  words.insert(words.end(), more.begin(), more.end());
  Ran run = Seawall(words);
  EXPECT_LE(run.status, 3) << run.err;
  return file;
}

TEST(Reports, SeveralBecomeOne) {
  Tree tree;
  const std::string a = Stored(tree, "a.json");
  const std::string b = tree.Path("/b.json");
  Seawall({"audit", "--root", "etcd-0=" + Examples::Get().Path("etcd-0"), "-o", "json=" + b});
  Ran run = Seawall({"report", a, b, "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  // Beside what each audit said, an audit of both judges them together, which reports cannot.
  Ran direct = Seawall({"audit", "--root", "cp-0=" + Examples::Get().Path("cp-0"), "--root",
                        "etcd-0=" + Examples::Get().Path("etcd-0"), "-o", "jsonl"});
  Ran lines = Seawall({"report", a, b, "-o", "jsonl"});
  std::istringstream in(direct.out);
  std::string of_nodes;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("{\"rule\":") && line.find("\"node\":\"(cluster)\"") == std::string::npos)
      of_nodes += line + "\n";
  }
  EXPECT_GT(of_nodes.size(), 100'000u);
  EXPECT_TRUE(lines.out.starts_with(of_nodes));
}

TEST(Reports, TwoNodesOfOneNameAreToldApartOrRefused) {
  Tree tree;
  const std::string a = Stored(tree, "a.json");
  Ran run = Seawall({"report", a, a, "-o", "csv=" + tree.Path("/out.csv")});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("cp-0"), std::string::npos) << run.err;
  EXPECT_EQ(ReadFile(tree.Path("/out.csv")), "");
  run = Seawall({"report", "east=" + a, "west=" + a, "-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  rapidjson::Document report = Json(run.out);
  ASSERT_EQ(report["nodes"].Size(), 2u);
  EXPECT_STREQ(report["nodes"][1]["name"].GetString(), "west/cp-0");
  EXPECT_EQ(Seawall({"report", "-"}, {.input = run.out}).status, 1);
}

TEST(Reports, AreJudgedAgain) {
  Tree tree;
  const std::string all = Stored(tree, "all.json");
  const std::string a = Stored(tree, "a.json", {"--rules", "apiserver-profiling-off"});
  EXPECT_EQ(Seawall({"report", a}).status, 1);
  EXPECT_EQ(Seawall({"report", a, "--fail-on", "critical"}).status, 0);
  EXPECT_EQ(Seawall({"report", a, "--baseline", all}).status, 0);
  EXPECT_EQ(Seawall({"report", a, "--fail-on", "new"}).status, 2);
  tree.Write("/w.yaml",
             "waivers:\n- {rule: apiserver-profiling-off, node: cp-0, reason: agreed, expires: "
             "2027-01-31}\n");
  Ran run =
      Seawall({"report", a, "--waivers", tree.Path("/w.yaml"), "--at", "2027-01-01", "-o", "json"});
  EXPECT_EQ(run.status, 0) << run.err;
  rapidjson::Document report = Json(run.out);
  EXPECT_EQ(report["summary"]["waived"].GetInt(), 1);
  EXPECT_EQ(report["summary"]["exitStatus"].GetInt(), 0);
  EXPECT_STREQ(report["waivers"][0]["state"].GetString(), "used");
  EXPECT_EQ(Seawall({"report", a, "--waivers", tree.Path("/w.yaml"), "--at", "2027-02-01"}).status,
            1);
}

TEST(Reports, OfAnAuditThatWasNotCompleteStaysSo) {
  Tree tree;
  std::string text = ReadFile(Stored(tree, "a.json", {"--rules", "apiserver-profiling-off"}));
  const size_t at = text.find("\"exitStatus\":1");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 14, "\"exitStatus\":2");
  EXPECT_EQ(Seawall({"report", "-", "--fail-on", "critical"}, {.input = text}).status, 2);
}

TEST(FleetReport, TheNewestTwoOfEachCluster) {
  Tree tree;
  const std::string bad = Stored(tree, "east-2026-11-01.json", {"--at", "2026-11-01"});
  Tree node;
  node.CopyFrom(Examples::Get().Path("cp-0"));
  node.Replace("/etc/kubernetes/manifests/kube-apiserver.yaml",
               "    - --advertise-address=192.0.2.11\n",
               "    - --advertise-address=192.0.2.11\n    - --profiling=false\n");
  Seawall({"audit", "--root", "cp-0=" + node.root(), "--at", "2026-11-02", "-o",
           "json=" + tree.Path("/east-2026-11-02.json")});
  const std::vector<std::string> files = {"report", "--fleet", tree.Path("/east-2026-11-02.json"),
                                          bad, "west=" + bad};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), files.begin(), files.end());
    return Seawall(more);
  };
  Ran run = with({"-o", "json"});
  EXPECT_EQ(run.status, 1) << run.err;
  rapidjson::Document fleet = Json(run.out);
  ASSERT_EQ(fleet["clusters"].Size(), 2u);
  EXPECT_STREQ(fleet["clusters"][0]["cluster"].GetString(), "east");
  EXPECT_STREQ(fleet["clusters"][0]["result"]["time"].GetString(), "2026-11-02T00:00:00Z");
  EXPECT_STREQ(fleet["clusters"][0]["previous"]["time"].GetString(), "2026-11-01T00:00:00Z");
  EXPECT_TRUE(fleet["clusters"][1]["previous"].IsNull());
  bool found = false;
  for (const auto& control : fleet["controls"].GetArray()) {
    if (std::string(control["control"].GetString()) != "apiserver-profiling-off") continue;
    found = true;
    EXPECT_STREQ(control["clusters"][0]["verdict"].GetString(), "pass");
    EXPECT_STREQ(control["clusters"][0]["trend"].GetString(), "better");
    EXPECT_STREQ(control["clusters"][1]["verdict"].GetString(), "fail");
    EXPECT_STREQ(control["clusters"][1]["trend"].GetString(), "none");
  }
  EXPECT_TRUE(found);
  EXPECT_NE(with({}).out.find("1 better, 0 worse"), std::string::npos) << with({}).out;
  EXPECT_NE(with({"-o", "csv"}).out.find("east,apiserver-profiling-off,"), std::string::npos);
  EXPECT_NE(with({"-o", "html"}).out.find("<!DOCTYPE html>"), std::string::npos);
  EXPECT_EQ(with({"-o", "sarif"}).status, 2);
}

TEST(FleetReport, OnlyNewOnesFail) {
  Tree tree;
  const std::string a = Stored(tree, "c-2026-11-01.json", {"--at", "2026-11-01"});
  const std::string b = Stored(tree, "c-2026-11-02.json", {"--at", "2026-11-02"});
  EXPECT_EQ(Seawall({"report", "--fleet", a, b}).status, 1);
  EXPECT_EQ(Seawall({"report", "--fleet", a, b, "--fail-on", "new"}).status, 0);
  EXPECT_EQ(Seawall({"report", "--fleet", b, "--fail-on", "new"}).status, 1);
}

TEST(FleetReport, AClusterWithoutAResultIsARowAndAnError) {
  Tree tree;
  const std::string a = Stored(tree, "a.json");
  tree.Write("/torn.json", ReadFile(a).substr(0, 5000));
  Ran run = Seawall(
      {"report", "--fleet", a, tree.Path("/torn.json"), "lost=" + tree.Path("/no"), "-o", "json"});
  EXPECT_EQ(run.status, 2);
  rapidjson::Document fleet = Json(run.out);
  ASSERT_EQ(fleet["clusters"].Size(), 3u);
  EXPECT_STREQ(fleet["clusters"][1]["state"].GetString(), "no-result");
  EXPECT_NE(std::string(fleet["clusters"][1]["notRead"][0]["why"].GetString()).find("torn.json:"),
            std::string::npos);
  EXPECT_STREQ(fleet["clusters"][2]["cluster"].GetString(), "lost");
  EXPECT_EQ(fleet["summary"]["withoutResult"].GetInt(), 2);
}

}  // namespace
}  // namespace seawall::test
