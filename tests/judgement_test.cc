// What decides the exit status: --fail-on, --baseline, waivers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

Ran Audit(const Tree& tree, std::vector<std::string> more, const RunOptions& options = {}) {
  std::vector<std::string> words = {"audit", "--root", "cp-0=" + tree.Path("/node"), "--at",
                                    "2026-12-01"};
  words.insert(words.end(), more.begin(), more.end());
  return Seawall(words, options);
}

/// The example's control plane in a tree with room beside it.
void LayOut(Tree& tree) {
  fs::copy(Examples::Get().Path("cp-0"), tree.Path("/node"),
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

std::string Waiver(const std::string& fields) {
  return "waivers:\n- {" + fields + ", reason: agreed, expires: 2027-01-31, who: us}\n";
}

TEST(Judgement, SeveritiesBelowDoNotCount) {
  Tree tree;
  LayOut(tree);
  const std::vector<std::string> low = {"--rules", "apiserver-profiling-off", "-o", "json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), low.begin(), low.end());
    return Audit(tree, more);
  };
  EXPECT_EQ(with({}).status, 1);
  EXPECT_EQ(with({"--fail-on", "low"}).status, 1);
  EXPECT_EQ(with({"--fail-on", "critical,low"}).status, 1);
  Ran run = with({"--fail-on", "medium"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(Json(run.out)["summary"]["fail"].GetInt(), 1);
  EXPECT_EQ(Json(run.out)["summary"]["exitStatus"].GetInt(), 0);
  EXPECT_EQ(Audit(tree, {"--fail-on", "critical"}).status, 1);
}

TEST(Judgement, UnknownMayFail) {
  Tree empty;
  EXPECT_EQ(Seawall({"audit", "--root", empty.root()}).status, 3);
  EXPECT_EQ(Seawall({"audit", "--root", empty.root(), "--fail-on", "unknown"}).status, 1);
}

TEST(Judgement, OnlyWhatIsNewCountsWithABaseline) {
  Tree tree;
  LayOut(tree);
  Ran before = Audit(tree, {"-o", "json=" + tree.Path("/before.json")});
  ASSERT_EQ(before.status, 1) << before.err;
  Ran same = Audit(tree, {"--baseline", tree.Path("/before.json"), "-o", "json"});
  EXPECT_EQ(same.status, 0) << same.err;
  EXPECT_GT(Json(same.out)["summary"]["fail"].GetInt(), 0);
  tree.Replace("/node" + std::string(kApiServer), "    - --advertise-address=192.0.2.11\n",
               "    - --advertise-address=192.0.2.11\n    - --profiling=true\n    - "
               "--authorization-mode=AlwaysAllow\n");
  Ran worse =
      Audit(tree, {"--baseline", tree.Path("/before.json"), "--fail-on", "new", "-o", "json"});
  EXPECT_EQ(worse.status, 1) << worse.err;
  rapidjson::Document report = Json(worse.out);
  size_t fresh = 0;
  for (const auto& finding : report["findings"].GetArray()) {
    if (!finding.HasMember("baseline")) continue;
    fresh += std::string(finding["baseline"].GetString()) == "new" &&
             std::string(finding["verdict"].GetString()) == "fail";
  }
  EXPECT_GT(fresh, 0u);
  EXPECT_LT(fresh, report["summary"]["fail"].GetUint());
}

TEST(Judgement, ABaselineThatCannotBeReadIsAnError) {
  Tree tree;
  LayOut(tree);
  tree.Write("/broken.json", "{\"schemaVersion\":\"1.1\"");
  for (const char* file : {"/broken.json", "/none.json"}) {
    Ran run = Audit(tree, {"--baseline", tree.Path(file)});
    EXPECT_EQ(run.status, 2) << file;
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(Audit(tree, {"--fail-on", "new"}).status, 2);
}

TEST(Judgement, WhatIsWaivedIsCountedByItself) {
  Tree tree;
  LayOut(tree);
  tree.Write("/w.yaml", Waiver("rule: apiserver-*, node: cp-*"));
  const rapidjson::Document before = Json(Audit(tree, {"-o", "json"}).out);
  const rapidjson::Document after =
      Json(Audit(tree, {"-o", "json", "--waivers", tree.Path("/w.yaml")}).out);
  EXPECT_EQ(before["findings"].Size(), after["findings"].Size());
  EXPECT_EQ(before["summary"]["pass"].GetInt(), after["summary"]["pass"].GetInt());
  const int waived = after["summary"]["waived"].GetInt();
  EXPECT_GT(waived, 0);
  int was = 0;
  for (const char* count : {"fail", "unknown", "manual"})
    was += before["summary"][count].GetInt() - after["summary"][count].GetInt();
  EXPECT_EQ(was, waived);
  EXPECT_STREQ(after["waivers"][0]["state"].GetString(), "used");
  EXPECT_EQ(after["waivers"][0]["findings"].GetInt(), waived);
}

TEST(Judgement, WaiversThatNoLongerHoldAreSaid) {
  Tree tree;
  LayOut(tree);
  tree.Write(
      "/w.yaml",
      "waivers:\n- {rule: etcd-*, node: cp-0, reason: r, expires: 2026-11-30}\n"
      "- {rule: apiserver-profiling-off, reason: r, expires: 2027-01-01}\n"
      "- {rule: apiserver-profiling-off, node: cp-0, path: /x, reason: r, expires: 2027-01-01}\n");
  Ran run = Audit(tree, {"--waivers", tree.Path("/w.yaml")});
  for (const char* says : {"w.yaml:2:3: the waiver of etcd-* until 2026-11-30 has expired",
                           "w.yaml:3:3: the waiver of apiserver-profiling-off", "is too wide",
                           "w.yaml:4:3", "waives nothing any more"}) {
    std::string flat = run.out;
    std::replace(flat.begin(), flat.end(), '\n', ' ');
    EXPECT_NE(flat.find(says), std::string::npos) << says;
  }
  EXPECT_EQ(
      Json(Audit(tree, {"--waivers", tree.Path("/w.yaml"), "-o", "json"}).out)["summary"]["waived"]
          .GetInt(),
      0);
}

TEST(Judgement, ABrokenFileOfWaiversIsAnError) {
  Tree tree;
  LayOut(tree);
  tree.Write("/w.yaml", "waivers:\n- {rule: apiserver-profiling-off, node: cp-0, reason: r}\n");
  Ran run = Audit(tree, {"--waivers", tree.Path("/w.yaml")});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("w.yaml:2:3"), std::string::npos) << run.err;
  EXPECT_EQ(Audit(tree, {"--waivers", tree.Path("/none")}).status, 2);
  EXPECT_EQ(Audit(tree, {"--waivers", tree.root()}).status, 2);
  EXPECT_EQ(Audit(tree, {"--waivers", tree.Path("/w.yaml"), "--no-waivers"}).status, 2);
}

TEST(Judgement, WaiversInTheWorkingFolderHaveToBeOnesOwn) {
  Tree tree;
  LayOut(tree);
  tree.Write("/seawall-waivers.yaml", Waiver("rule: apiserver-*, node: cp-0"), 0644);
  const RunOptions there{.directory = tree.root()};
  const auto waived = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"-o", "json"});
    return Json(Audit(tree, more, there).out)["summary"]["waived"].GetInt();
  };
  EXPECT_GT(waived({}), 0);
  EXPECT_EQ(waived({"--no-waivers"}), 0);
  tree.Chmod("/seawall-waivers.yaml", 0666);
  EXPECT_EQ(waived({}), 0);
  EXPECT_NE(Audit(tree, {}, there).err.find("is not used"), std::string::npos);
  EXPECT_GT(waived({"--waivers", "seawall-waivers.yaml"}), 0);
  if (geteuid() == 0) {
    tree.Chmod("/seawall-waivers.yaml", 0644);
    ASSERT_EQ(chown(tree.Path("/seawall-waivers.yaml").c_str(), 65534, 65534), 0);
    EXPECT_EQ(waived({}), 0);
  }
}

}  // namespace
}  // namespace seawall::test
