// seawall diff: what changed between two stored audits, and why.
#include <gtest/gtest.h>

#include <filesystem>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "/node/etc/kubernetes/manifests/kube-apiserver.yaml";
constexpr const char* kAddress = "    - --advertise-address=192.0.2.11\n";

/// The example's control plane with its audit in /before.json.
class Diff : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(Examples::Get().Path("cp-0"), tree_.Path("/node"),
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    Audit("/before.json");
  }
  void Audit(const std::string& file, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"audit", "--root", "cp-0=" + tree_.Path("/node"), "--at",
                               "2026-12-01", "-o", "json=" + tree_.Path(file)});
    Ran run = Seawall(more);
    ASSERT_NE(run.status, 2) << run.err;
  }
  Ran Run(const std::string& before, const std::string& after) {
    return Seawall({"diff", tree_.Path(before), tree_.Path(after), "-o", "json"});
  }
  /// The change of a rule in one of the lists; fails when it is not there.
  static const rapidjson::Value& Find(const rapidjson::Document& diff, const char* list,
                                      const std::string& rule) {
    static const rapidjson::Value kNone(rapidjson::kObjectType);
    for (const auto& change : diff[list].GetArray()) {
      if (change["rule"].GetString() == rule) return change;
    }
    ADD_FAILURE() << rule << " is not in " << list;
    return kNone;
  }
  Tree tree_;
};

TEST_F(Diff, NothingChanged) {
  Ran run = Run("/before.json", "/before.json");
  EXPECT_EQ(run.status, 0) << run.err;
  const rapidjson::Document diff = Json(run.out);
  for (const char* list : {"new", "fixed", "changed", "gone"}) EXPECT_EQ(diff[list].Size(), 0u);
  EXPECT_GT(diff["summary"]["same"].GetInt(), 100);
}

TEST_F(Diff, MovedLinesAreNoChange) {
  tree_.Replace(kManifest, kAddress, std::string("    # a line more\n") + kAddress);
  Audit("/after.json");
  const rapidjson::Document diff = Json(Run("/before.json", "/after.json").out);
  EXPECT_EQ(diff["new"].Size() + diff["fixed"].Size() + diff["changed"].Size(), 0u);
}

TEST_F(Diff, NewAndFixedByTheCluster) {
  tree_.Replace(kManifest, kAddress, std::string(kAddress) + "    - --profiling=false\n");
  Audit("/after.json");
  Ran better = Run("/before.json", "/after.json");
  EXPECT_EQ(better.status, 0) << better.err;
  const rapidjson::Document diff = Json(better.out);
  const auto& fixed = Find(diff, "fixed", "apiserver-profiling-off");
  EXPECT_STREQ(fixed["before"].GetString(), "fail");
  EXPECT_STREQ(fixed["after"].GetString(), "pass");
  EXPECT_STREQ(fixed["cause"].GetString(), "cluster");
  Ran worse = Run("/after.json", "/before.json");
  EXPECT_EQ(worse.status, 1);
  EXPECT_STREQ(Find(Json(worse.out), "new", "apiserver-profiling-off")["cause"].GetString(),
               "cluster");
}

TEST_F(Diff, WhatNobodyLookedAtIsNotFixed) {
  Audit("/after.json", {"--rules", "kubelet-anonymous-auth"});
  Ran run = Run("/before.json", "/after.json");
  EXPECT_EQ(run.status, 3);
  const rapidjson::Document diff = Json(run.out);
  EXPECT_EQ(diff["fixed"].Size(), 0u);
  EXPECT_STREQ(Find(diff, "gone", "apiserver-profiling-off")["cause"].GetString(), "rule");
}

TEST_F(Diff, WhatBecameUnknownIsNotFixed) {
  tree_.Write(kManifest, "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver\n");
  Audit("/after.json");
  Ran run = Run("/before.json", "/after.json");
  EXPECT_NE(run.status, 0);
  const rapidjson::Document diff = Json(run.out);
  EXPECT_GT(diff["summary"]["newlyUnknown"].GetInt() + diff["summary"]["gone"].GetInt(), 0);
  for (const auto& change : diff["fixed"].GetArray()) {
    EXPECT_STRNE(change["component"].GetString(), "kube-apiserver");
  }
}

TEST_F(Diff, WhatIsWaivedIsNotFixed) {
  tree_.Write("/w.yaml",
              "waivers:\n- {rule: apiserver-profiling-off, node: cp-0, reason: r, expires: "
              "2027-01-31}\n");
  Audit("/after.json", {"--waivers", tree_.Path("/w.yaml")});
  Ran run = Run("/before.json", "/after.json");
  EXPECT_EQ(run.status, 0);
  EXPECT_STREQ(Find(Json(run.out), "changed", "apiserver-profiling-off")["after"].GetString(),
               "waived");
  EXPECT_EQ(Run("/after.json", "/before.json").status, 1);
}

TEST_F(Diff, AnotherRuleIsToldFromAnotherCluster) {
  std::string text = ReadFile(tree_.Path("/before.json"));
  const auto replace = [&text](const std::string& what, const std::string& with) {
    const size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), with);
  };
  // As an older seawall would have had it: the rule passed on the same evidence.
  const size_t finding = text.find("{\"rule\":\"apiserver-profiling-off\"");
  ASSERT_NE(finding, std::string::npos);
  text.replace(text.find("\"verdict\":\"fail\"", finding), 16, "\"verdict\":\"pass\"");
  const rapidjson::Document before = Json(ReadFile(tree_.Path("/before.json")));
  const auto& summary = before["summary"];
  const auto number = [&](const char* key, int less) {
    replace("\"" + std::string(key) + "\":" + std::to_string(summary[key].GetInt()),
            "\"" + std::string(key) + "\":" + std::to_string(summary[key].GetInt() - less));
  };
  number("pass", -1);
  number("fail", 1);
  const int low = summary["failBySeverity"]["low"].GetInt();
  replace("\"low\":" + std::to_string(low), "\"low\":" + std::to_string(low - 1));
  tree_.Write("/same-tool.json", text);
  replace("\"version\":\"", "\"version\":\"0.0.");
  tree_.Write("/older-tool.json", text);
  Ran run = Run("/older-tool.json", "/before.json");
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_STREQ(Find(Json(run.out), "new", "apiserver-profiling-off")["cause"].GetString(), "rule");
  EXPECT_STREQ(Find(Json(Run("/same-tool.json", "/before.json").out), "new",
                    "apiserver-profiling-off")["cause"]
                   .GetString(),
               "other");
}

TEST_F(Diff, NodesThatCameAndWent) {
  ASSERT_NE(Seawall({"audit", "--root", "cp-9=" + tree_.Path("/node"), "-o",
                     "json=" + tree_.Path("/after.json")})
                .status,
            2);
  Ran run = Run("/before.json", "/after.json");
  EXPECT_EQ(run.status, 1);
  const rapidjson::Document diff = Json(run.out);
  EXPECT_STREQ(diff["nodesAdded"][0].GetString(), "cp-9");
  EXPECT_STREQ(diff["nodesRemoved"][0].GetString(), "cp-0");
  EXPECT_EQ(diff["fixed"].Size(), 0u);
}

TEST_F(Diff, WhatNobodyLookedAtIsNoGoodNews) {
  // Everything passes, before and after; but afterwards one node was not audited.
  const auto audit = [&](const std::string& file, const std::vector<std::string>& nodes) {
    std::vector<std::string> words = {"audit",      "--rules", "apiserver-request-timeout", "--at",
                                      "2026-12-01", "-o",      "json=" + tree_.Path(file)};
    for (const std::string& node : nodes) {
      words.insert(words.end(), {"--root", node + "=" + tree_.Path("/node")});
    }
    EXPECT_EQ(Seawall(words).status, 0);
  };
  audit("/both.json", {"cp-0", "cp-1"});
  audit("/one.json", {"cp-0"});
  EXPECT_EQ(Run("/both.json", "/both.json").status, 0);
  EXPECT_EQ(Run("/both.json", "/one.json").status, 3);
  EXPECT_EQ(Run("/one.json", "/both.json").status, 0);
  // The later one could not do all that it was asked to.
  std::string text = ReadFile(tree_.Path("/one.json"));
  text.replace(text.find("\"exitStatus\":0"), 14, "\"exitStatus\":2");
  tree_.Write("/broken-off.json", text);
  Ran run = Run("/one.json", "/broken-off.json");
  EXPECT_EQ(run.status, 3);
  EXPECT_FALSE(Json(run.out)["afterIsWhole"].GetBool());
}

TEST_F(Diff, ForPeopleAndInFiles) {
  tree_.Replace(kManifest, kAddress, std::string(kAddress) + "    - --profiling=false\n");
  Audit("/after.json");
  Ran text = Seawall({"diff", tree_.Path("/after.json"), tree_.Path("/before.json"), "-o", "text",
                      "-o", "json=" + tree_.Path("/diff.json")});
  EXPECT_EQ(text.status, 1);
  EXPECT_NE(text.out.find("NEW     low      apiserver-profiling-off  pass → fail"),
            std::string::npos)
      << text.out;
  EXPECT_NE(text.out.find("1 new, 0 fixed"), std::string::npos);
  EXPECT_EQ(Json(ReadFile(tree_.Path("/diff.json")))["new"].Size(), 1u);
}

TEST_F(Diff, WhatIsNoReportIsAnError) {
  tree_.Write("/broken.json", "{");
  for (const auto& [before, after] : {std::pair{"/before.json", "/broken.json"},
                                      {"/broken.json", "/before.json"},
                                      {"/before.json", "/none.json"}}) {
    Ran run = Run(before, after);
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(Seawall({"diff", tree_.Path("/before.json")}).status, 2);
}

}  // namespace
}  // namespace seawall::test
