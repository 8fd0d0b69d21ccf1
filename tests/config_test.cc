// Settings of seawall itself: which source wins, and that a wrong one is told with its place.
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// `seawall WORDS…` with this as the user's file.
Ran With(const std::string& config, std::vector<std::string> words,
         std::map<std::string, std::string> more = {}) {
  Tree tree;
  tree.Write("/config.yaml", config);
  more.try_emplace("SEAWALL_CONFIG", tree.Path("/config.yaml"));
  return Seawall(words, {.environment = more});
}

std::vector<std::string> Audit(std::vector<std::string> more) {
  std::vector<std::string> words = {"audit", "--root", "cp-0=" + Examples::Get().Path("cp-0")};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Config, TheStrongerSourceWins) {
  const std::string file = "output: json\nrules: apiserver-profiling-off\nfail-on: [critical]\n";
  Ran run = With(file, Audit({}));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Json(run.out)["findings"].Size(), 1u);
  EXPECT_EQ(With(file, Audit({"--fail-on", "low"})).status, 1);
  EXPECT_EQ(With(file, Audit({}), {{"SEAWALL_FAIL_ON", "high,low"}}).status, 1);
  EXPECT_EQ(With(file, Audit({"--fail-on", "high"}), {{"SEAWALL_FAIL_ON", "low"}}).status, 0);
  EXPECT_EQ(With(file, Audit({"-o", "csv"})).out.substr(0, 5), "node,");
}

TEST(Config, OfOneCommandIsStrongerThanOfAll) {
  const std::string file = "commands:\n  audit: {output: csv}\noutput: json\n";
  EXPECT_EQ(With(file, Audit({})).out.substr(0, 5), "node,");
  EXPECT_EQ(With(file, {"rules"}).out[0], '{');
  EXPECT_EQ(With(file, {"rules"}, {{"SEAWALL_OUTPUT", "text"}}).out.substr(0, 4), "RULE");
}

TEST(Config, WhatACommandDoesNotTakeIsForTheOthers) {
  EXPECT_EQ(With("output: sarif\n", {"rules"}).out.substr(0, 4), "RULE");
  EXPECT_EQ(With("output: [json, sarif=/nowhere/x]\n", {"rules"}).status, 0);
}

TEST(Config, OptionsThatExcludeEachOther) {
  EXPECT_EQ(With("verbose: true\n", Audit({"-q"})).status, 1);
  EXPECT_EQ(With("waivers: /nowhere\n", Audit({"--no-waivers"})).status, 1);
  EXPECT_EQ(With("verbose: true\n", Audit({}), {{"SEAWALL_QUIET", "true"}}).status, 1);
  EXPECT_EQ(With("verbose: true\nquiet: true\n", Audit({})).status, 1);
}

TEST(Config, ARuleThatIsNamedIsAskedWhateverNarrowsEveryDay) {
  const std::string file = "output: json\nseverity: critical\nrow: [5a]\n";
  Ran run = With(file, Audit({"--rules", "apiserver-profiling-off"}), {{"SEAWALL_CIS", "4.2.1"}});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(Json(run.out)["findings"].Size(), 1u);
  EXPECT_EQ(run.err, "");
  // Of the same source, and of the command line, they narrow each other.
  EXPECT_EQ(With("rules: apiserver-profiling-off\nseverity: critical\n", Audit({})).status, 2);
  EXPECT_EQ(With("rules: apiserver-profiling-off\n", Audit({"--severity", "critical"})).status, 2);
  run = With("", Audit({"--rules", "apiserver-profiling-off,kubelet-anonymous-auth", "--severity",
                        "critical"}));
  EXPECT_NE(run.err.find("not asked: apiserver-profiling-off (it is of severity low"),
            std::string::npos)
      << run.err;
  EXPECT_EQ(run.err.find("kubelet-anonymous-auth"), std::string::npos) << run.err;
}

TEST(Config, PatternsOfRules) {
  const auto findings = [](const std::string& rules, const std::string& severity) {
    const Ran run = With("", Audit({"--rules", rules, "--severity", severity, "-o", "json"}));
    EXPECT_EQ(run.err, "") << rules;
    std::set<std::string> all;
    const auto report = Json(run.out);
    for (const auto& finding : report["findings"].GetArray())
      all.insert(finding["rule"].GetString());
    return all;
  };
  const auto etcd = findings("etcd-*", "low");
  EXPECT_GT(etcd.size(), 10u);
  for (const std::string& rule : etcd) EXPECT_TRUE(rule.starts_with("etcd-")) << rule;
  EXPECT_LT(findings("etcd-*", "critical").size(), etcd.size()) << "and nothing is said of each";
  EXPECT_EQ(findings("kubelet-anonymous-aut?,etcd-fsync", "low").size(), 2u);
}

TEST(Config, TheUsersFileIsStrongerThanNothingAndFoundByXdg) {
  Tree tree;
  tree.Write("/seawall/config.yaml", "output: json\n");
  const auto run = [&](std::map<std::string, std::string> environment) {
    const std::string script = "unset SEAWALL_CONFIG; exec " + Program() + " rules";
    return RunCommand({"sh", "-c", script}, {.environment = std::move(environment)}).out[0];
  };
  EXPECT_EQ(run({{"XDG_CONFIG_HOME", tree.root()}}), '{');
  EXPECT_EQ(run({{"XDG_CONFIG_HOME", tree.Path("/none")}}), 'R');
  tree.Write("/.config/seawall/config.yaml", "output: json\n");
  EXPECT_EQ(run({{"HOME", tree.root()}}), '{');
  // The XDG specification ignores a relative folder.
  EXPECT_EQ(run({{"HOME", tree.root()}, {"XDG_CONFIG_HOME", "relative"}}), '{');
  EXPECT_EQ(run({{"HOME", "relative"}}), 'R');
}

TEST(Config, AVariableThatIsNearlyASettingIsTold) {
  const auto says = [](const char* name) {
    const Ran run = With("", {"config", "view"}, {{name, "high"}});
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(With("", {"rules", "--row", "5a"}, {{name, "high"}}).err, run.err);
    return run.err;
  };
  EXPECT_NE(says("SEAWALL_SEVERTIY").find("did you mean SEAWALL_SEVERITY?"), std::string::npos);
  EXPECT_NE(says("SEAWALL_FAILON").find("did you mean SEAWALL_FAIL_ON?"), std::string::npos);
  EXPECT_NE(says("SEAWALL_ROOT").find("cannot be set beforehand"), std::string::npos);
  for (const char* name : {"SEAWALL_SERVICE_HOST", "SEAWALL_PORT_443_TCP", "SEAWALLER", "SEAWALL_"})
    EXPECT_EQ(says(name), "") << name;
}

TEST(Config, AFileThatIsNamedMustBeThere) {
  const Ran run = With("", {"rules"}, {{"SEAWALL_CONFIG", "/nonexistent/config.yaml"}});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("/nonexistent/config.yaml"), std::string::npos) << run.err;
  EXPECT_EQ(With("", {"rules"}, {{"SEAWALL_CONFIG", ""}}).status, 0);
}

TEST(Config, AFileThatOthersMayWriteIsNotUsed) {
  Tree tree;
  tree.Write("/config.yaml", "severity: critical\n", 0666);
  tree.Chmod("/config.yaml", 0666);
  Ran run = Seawall({"rules"}, {.environment = {{"SEAWALL_CONFIG", tree.Path("/config.yaml")}}});
  EXPECT_NE(run.err.find("is not used"), std::string::npos);
  EXPECT_NE(run.out.find(" low "), std::string::npos);
}

TEST(Config, WhatIsWrongIsToldWithItsPlace) {
  const struct {
    const char* file;
    const char* place;
    const char* says;
  } kCases[] = {
      {"outptu: json\n", ":1:1", "did you mean output"},
      {"output: json\noutput: text\n", ":2:1", "twice"},
      {"output: jsn\n", ":1:9", "one of: text"},
      {"output: []\n", ":1:9", "empty list"},
      {"output: {a: b}\n", ":1:9", "no text"},
      {"quiet: sometimes\n", ":1:8", "true or false"},
      {"severity: [low, high]\n", ":1:11", "one value"},
      {"rules: [etcd-client-cert-aut]\n", ":1:8", "etcd-client-cert-auth"},
      {"row: 9z\n", ":1:6", "9z"},
      {"timeout: -1\n", ":1:10", "no time"},
      {"commands: {prove: {timeout: 99999999999999999999h}}\n", ":1:29", "at most an hour"},
      {"concurrency: 0\n", ":1:14", "concurrency"},
      {"max-per-host: many\n", ":1:15", "max-per-host"},
      {"root: /a\n", ":1:1", "cannot be set beforehand"},
      {"commands: {audti: {}}\n", ":1:12", "did you mean audit"},
      {"commands: {report: {timeout: 3s}}\n", ":1:21", "timeout"},
      {"commands: [audit]\n", ":1:11", "no mapping"},
      {"- output\n", ":1:1", "no mapping"},
      {"a: b\n---\nc: d\n", ":3:1", "second document"},
      {"output: \"json\n", ":", "settings"},
  };
  for (const auto& c : kCases) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"rules"}, {"config", "view"}}) {
      Ran run = With(c.file, words);
      EXPECT_EQ(run.status, 2) << c.file;
      EXPECT_EQ(run.out, "") << c.file;
      EXPECT_NE(run.err.find("config.yaml" + std::string(c.place)), std::string::npos) << run.err;
      EXPECT_NE(run.err.find(c.says), std::string::npos) << run.err;
    }
    EXPECT_EQ(With(c.file, {"help"}).status, 0) << c.file;
    EXPECT_EQ(With(c.file, {"version"}).status, 0) << c.file;
  }
  Ran run = With("", {"rules"}, {{"SEAWALL_SEVERITY", "sever"}});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("SEAWALL_SEVERITY"), std::string::npos) << run.err;
}

TEST(Config, ViewShowsWhatHoldsAndWhoSaidSo) {
  const std::string file = "# mine\nseverity: high\ncommands:\n  prove: {timeout: 10s}\n";
  Ran run = With(file, {"config", "view", "--origin"}, {{"SEAWALL_FAIL_ON", "high,new"}});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("fail-on: [high, new]  # SEAWALL_FAIL_ON\n"), std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find("config.yaml:2:11\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("commands:\n  prove:\n    timeout: 10s  # "), std::string::npos);
  EXPECT_NE(run.out.find("# color: auto  # default\n"), std::string::npos);
  // It can be read again.
  Ran again = With(With(file, {"config", "view"}).out, {"config", "view"});
  EXPECT_EQ(again.out, With(file, {"config", "view"}).out);
  EXPECT_EQ(With("", {"config", "edit"}).status, 2);
}

}  // namespace
}  // namespace seawall::test
