// A stored report is written again as the audit itself would have written it; a damaged one is
// refused whole.
#include <gtest/gtest.h>

#include <filesystem>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

const char* const kFormats[] = {"text", "json",    "jsonl", "sarif",       "junit",
                                "html", "metrics", "csv",   "policyreport"};

std::vector<std::string> Audit(std::vector<std::string> more) {
  std::vector<std::string> words = {
      "audit", "--root",    Examples::Get().Path("cp-0"), "--root", Examples::Get().Path("etcd-0"),
      "--at",  "2026-12-01"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const std::string& Stored() {
  static const std::string text = Seawall(Audit({"-o", "json"})).out;
  return text;
}

std::string With(const std::string& what, const std::string& instead) {
  std::string text = Stored();
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

TEST(StoredReport, IsWrittenAgainAsTheAuditWroteIt) {
  Tree tree;
  tree.Write("/stored.json", Stored());
  for (const char* format : kFormats) {
    for (const char* extent : {"-q", "-v"}) {
      Ran direct = Seawall(Audit({"-o", format, extent}));
      Ran again = Seawall({"report", tree.Path("/stored.json"), "-o", format, extent});
      EXPECT_EQ(again.status, direct.status) << again.err;
      EXPECT_EQ(again.out, direct.out) << format;
      EXPECT_EQ(again.err, "") << format;
    }
  }
}

TEST(StoredReport, WithWaiversAndABaseline) {
  Tree tree;
  tree.Write("/before.json", With("\"verdict\":\"pass\"", "\"verdict\":\"pass\""));
  tree.Write("/w.yaml",
             "waivers:\n- {rule: apiserver-*, node: cp-0, reason: r, expires: 2027-01-31, who: w}\n"
             "- {rule: etcd-client-cert-auth, node: cp-0, reason: r, expires: 2025-01-31}\n");
  const std::vector<std::string> more = {"--waivers", tree.Path("/w.yaml"), "--baseline",
                                         tree.Path("/before.json"), "-v"};
  const auto direct = [&](const char* format) {
    std::vector<std::string> words = Audit(more);
    words.insert(words.end(), {"-o", format});
    return Seawall(words);
  };
  tree.Write("/stored.json", direct("json").out);
  for (const char* format : kFormats) {
    Ran again = Seawall({"report", tree.Path("/stored.json"), "-v", "-o", format});
    EXPECT_EQ(again.out, direct(format).out) << format << again.err;
    EXPECT_EQ(again.status, 0) << "everything is known or waived: " << again.err;
  }
}

TEST(StoredReport, OfConfigurationAndOfNothing) {
  Tree empty;
  Tree tree;
  tree.Write("/a.yaml",
             "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
             "kubernetesVersion: v1.37.2\n");
  const std::vector<std::vector<std::string>> sources = {{"--root", empty.root()},
                                                         {"-f", tree.Path("/a.yaml")}};
  for (std::vector<std::string> source : sources) {
    source.insert(source.begin(), "audit");
    Ran text = Seawall(source);
    source.insert(source.end(), {"-o", "json"});
    Ran again = Seawall({"report", "-"}, {.input = Seawall(source).out});
    EXPECT_EQ(again.out, text.out) << again.err;
    EXPECT_EQ(again.status, text.status);
  }
}

TEST(StoredReport, TheOrderOfItsKeysDoesNotMatter) {
  Ran sorted = RunCommand({"python3", "-c",
                           "import json, sys; print(json.dumps(json.load(sys.stdin), "
                           "sort_keys=True, indent=1))"},
                          {.input = Stored()});
  Ran run = Seawall({"report", "-", "-o", "json"}, {.input = sorted.out});
  EXPECT_EQ(run.out, Stored()) << run.err;
}

TEST(StoredReport, ANewerMinorVersionMayHaveMore) {
  Ran run = Seawall({"report", "-", "-o", "csv"},
                    {.input = With("\"schemaVersion\":\"1.0\"",
                                   "\"later\":{\"a\":[1]},\"schemaVersion\":\"1.99\"")});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(run.out, Seawall(Audit({"-o", "csv"})).out);
}

TEST(StoredReport, DamageIsRefusedWhole) {
  struct Case {
    std::string text;
    const char* says;
  };
  const Case cases[] = {
      {"", "it ends too early"},
      {"{}", "it has no schemaVersion"},
      {"[]", "begins with no object"},
      {"\"x\"", "begins with no object"},
      {With("\"schemaVersion\":\"1.0\"", "\"schemaVersion\":\"2.0\""), "'2.0'"},
      {With("\"schemaVersion\":\"1.0\"", "\"schemaVersion\":\"1\""), "'1'"},
      {With("\"schemaVersion\":\"1.0\"", "\"schemaVersion\":1.0"), "schemaVersion"},
      {With("\"schemaVersion\":\"1.0\"", "\"schemaVersion\":\"1.0\",\"more\":1"), "no field more"},
      {With("\"name\":\"seawall\"", "\"name\":\"other\""), "tool.name"},
      {With("\"verdict\":\"fail\"", "\"verdict\":\"pass\""), "does not count"},
      {With("\"verdict\":\"fail\"", "\"verdict\":\"fine\""), ".verdict is none of"},
      {With("\"manual\":false", "\"manual\":0"), ".manual is no boolean"},
      {With("\"manual\":false,", ""), ".manual is missing"},
      {With("\"manual\":false,", "\"manual\":false,\"manual\":false,"), "twice"},
      {With("\"line\":1,", "\"line\":-1,"), ".line is out of range"},
      {With("\"line\":1,", "\"line\":1.5,"), ".line is no whole number"},
      {With("\"line\":1,", "\"line\":99999999999,"), ".line is out of range"},
      {With("\"node\":\"cp-0\"", "\"node\":\"cp-9\""), "not in `nodes`"},
      {With("\"readAsRoot\":", "\"readAsRoott\":"), "readAsRoot is missing"},
      {With("\"exitStatus\":1", "\"exitStatus\":9"), "exitStatus is out of range"},
      {With("\"nodes\":2", "\"nodes\":3"), "does not count"},
      {With("cp-0", std::string("cp\0-0", 5)), ""},
      {With("cp-0", "cp-\xFF"), ""},
      {Stored() + "x", ""},
      {Stored() + std::string(1, '\0'), "NUL"},
      {With("\"evidence\":[", "\"evidence\":" + std::string(100000, '[')), "nested deeper"},
      {With("\"nodes\":[", "\"nodes\":[7,"), "no object"},
      {With("\n\"nodes\":[", "\n\"other\":["), "no field other"},
  };
  for (const Case& c : cases) {
    Tree tree;
    tree.Write("/stored.json", c.text);
    Ran run = Seawall({"report", tree.Path("/stored.json"), "-o", "json", "-o",
                       "csv=" + tree.Path("/again.csv")});
    EXPECT_EQ(run.status, 2) << c.says;
    EXPECT_EQ(run.out, "") << c.says;
    EXPECT_NE(run.err.find("stored.json"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find(c.says), std::string::npos) << c.says << "\n" << run.err;
    EXPECT_FALSE(fs::exists(tree.Path("/again.csv"))) << c.says;
  }
}

TEST(StoredReport, CutAnywhereItIsRefused) {
  for (size_t size = 0; size + 2 < Stored().size(); size += 1 + Stored().size() / 60) {
    Ran run = Seawall({"report", "-"}, {.input = Stored().substr(0, size)});
    EXPECT_EQ(run.status, 2) << size;
    EXPECT_EQ(run.out, "") << size;
  }
}

TEST(StoredReport, TheErrorSaysWhere) {
  Ran run = Seawall({"report", "-"}, {.input = "{\"schemaVersion\": \"1.0\",\n \"tööl\": x}"});
  EXPECT_NE(run.err.find("standard input:2:10"), std::string::npos) << run.err;
}

TEST(StoredReport, ItsExitStatusIsTheAudits) {
  Ran run = Seawall({"report", "-"}, {.input = With("\"exitStatus\":1", "\"exitStatus\":2")});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.out, "");
}

TEST(StoredReport, IsJudgedAgainOnlyWhereSomethingAsks) {
  Tree tree;
  const auto status = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"report"});
    return Seawall(words).status;
  };
  const std::string mild = tree.Path("/mild.json"), marked = tree.Path("/marked.json");
  std::vector<std::string> audit = {"audit", "--root", Examples::Get().Path("cp-0"), "--rules",
                                    "apiserver-profiling-off"};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), audit.begin(), audit.end());
    return Seawall(more).status;
  };
  ASSERT_EQ(run({"--fail-on", "critical", "-o", "json=" + mild}), 0);
  EXPECT_EQ(status({mild}), 0) << "the audit's own";
  EXPECT_EQ(status({mild, "--fail-on", "low"}), 1);
  EXPECT_EQ(status({mild, "--fail-on", "medium"}), 0);
  EXPECT_EQ(status({mild, "--fail-on", "new"}), 2) << "against what?";
  EXPECT_EQ(status({mild, "--fail-on", "new", "--baseline", mild}), 0);
  tree.Write("/w.yaml",
             "waivers:\n- {rule: apiserver-profiling-off, node: '*', reason: r, expires: "
             "2999-01-01}\n");
  EXPECT_EQ(status({mild, "--fail-on", "low", "--waivers", tree.Path("/w.yaml")}), 0);
  // What was measured stays so until there is another measure.
  ASSERT_EQ(run({"--baseline", mild, "-o", "json=" + marked}), 0);
  EXPECT_EQ(status({marked, "--fail-on", "low"}), 0);
  ASSERT_EQ(Seawall({"audit", "--root", Examples::Get().Path("cp-0"), "--rules",
                     "kubelet-anonymous-auth", "-o", "json=" + tree.Path("/other.json")})
                .status,
            0);
  EXPECT_EQ(status({marked, "--fail-on", "low", "--baseline", tree.Path("/other.json")}), 1);
}

TEST(StoredReport, SecretsThatWereWrittenIntoItAreHidden) {
  const std::string text = With("\"reason\":\"", "\"reason\":\"password: canary-in-a-report ");
  for (const char* format : kFormats) {
    Ran run = Seawall({"report", "-", "-v", "-o", format}, {.input = text});
    EXPECT_EQ(run.status, 1) << run.err;
    EXPECT_EQ(run.out.find("canary-in-a-report"), std::string::npos) << format;
  }
}

TEST(StoredReport, WhatIsNoFileIsAnError) {
  for (const char* path : {"/no/such/file", "/etc", "/dev/null"}) {
    Ran run = Seawall({"report", path});
    EXPECT_EQ(run.status, 2) << path;
    EXPECT_NE(run.err.find(path), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace seawall::test
