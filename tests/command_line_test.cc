// The command line: help, mistakes, exit statuses, completion, manual pages.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

/// Every command, as the program's own page lists them.
std::vector<std::string> Commands() {
  std::vector<std::string> commands;
  std::istringstream page(Seawall({"man"}).out);
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(".It Ic ")) commands.push_back(line.substr(7));
  }
  EXPECT_GE(commands.size(), 11u);
  return commands;
}

TEST(CommandLine, NothingAtAllIsAUsageError) {
  Ran run = Seawall({});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("Commands:"), std::string::npos);
}

TEST(CommandLine, HelpOfEveryCommandHasAnExample) {
  EXPECT_EQ(Seawall({"--help"}).status, 0);
  for (const std::string& command : Commands()) {
    Ran run = Seawall({command, "--help"});
    EXPECT_EQ(run.status, 0) << command;
    EXPECT_NE(run.out.find("Examples:\n  # "), std::string::npos) << command;
    EXPECT_EQ(Seawall({"help", command}).out, run.out);
  }
}

TEST(CommandLine, HelpFitsANarrowTerminal) {
  Ran run = Seawall({"audit", "--help"}, {.environment = {{"COLUMNS", "60"}}});
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  seawall") || line.starts_with("  sudo") || line.starts_with("  #"))
      continue;  // to be copied
    EXPECT_LE(line.size(), 60u) << line;
  }
}

TEST(CommandLine, MistakesGetTheNearestWord) {
  struct Case {
    std::vector<std::string> words;
    std::string hint;
  };
  const Case cases[] = {
      {{"audti"}, "seawall audit"},
      {{"audit", "--rooot", "/"}, "--root"},
      {{"audit", "--serverity=high"}, "--severity"},
      {{"explain", "etcd-client-cert-aut"}, "etcd-client-cert-auth"},
      {{"audit", "--rules", "etcd-client-cert-aut"}, "etcd-client-cert-auth"},
      {{"audit", "--row", "5x"}, "5a"},
      {{"help", "exit-code"}, "exit-codes"},
      {{"audit", "--severity", "hihg"}, "low, medium, high, critical"},
      {{"audit", "-o", "xml"}, "text, json"},
      {{"audit", "--cis", "1.2.99"}, "1.2.29"},
      {{"audit", "--rules", ""}, "seawall rules"},
      {{"audit", "--row", "4", "--cis", "4.2.1"}, "narrow each other"},
      {{"audit", "--rules", "etdc-*"}, "there is no rule 'etdc-*'"},
      {{"explain", "--", "--rules"}, "there is no rule '--rules'"},
      {{"audit", "--rules", "etcd-client-cert-auth", "--row", "3d"}, "it stands in row 5a"},
      {{"audit", "--rules", "apiserver-profiling-off", "--severity", "critical"},
       "it is of severity low"},
      {{"audit", "--rules", "kubelet-anonymous-auth", "--cis", "1.2.15"}, "--cis asks for 1.2.15"},
  };
  for (const Case& c : cases) {
    Ran run = Seawall(c.words);
    EXPECT_EQ(run.status, 2) << c.words[0];
    EXPECT_EQ(run.out, "") << c.words[0];
    EXPECT_NE(run.err.find(c.hint), std::string::npos) << run.err;
  }
}

TEST(CommandLine, OtherUsageErrors) {
  const std::vector<std::vector<std::string>> cases = {
      {"explain"},
      {"explain", "a", "b"},
      {"audit", "stray"},
      {"audit", "--at", "tomorrow"},
      {"audit", "--component-version", "etcd"},
      {"audit", "--component-version", "ectd=3.7.0"},
      {"audit", "-q", "-v"},
      {"audit", "--root"},
      {"audit", "--root", ""},
      {"audit", "--root", "/no/such/folder"},
      {"audit", "-f", "/no/such/file"},
      {"audit", "--severity", "low", "--severity", "high"},
      {"completion", "csh"},
      {"man", "nothing"},
      {"man", "--dir", "/no/such/folder"},
  };
  for (const auto& words : cases) {
    Ran run = Seawall(words);
    EXPECT_EQ(run.status, 2) << words[0] << " " << words.back();
    EXPECT_EQ(run.out, "") << words.back();
    EXPECT_TRUE(run.err.starts_with("seawall: ")) << run.err;
  }
}

TEST(CommandLine, ErrorsAreJsonWhereJsonIsAsked) {
  Ran run = Seawall({"audit", "--root", "/no/such/folder", "-o", "json"});
  EXPECT_EQ(run.status, 2);
  rapidjson::Document error = Json(run.err);
  EXPECT_STREQ(error["error"]["code"].GetString(), "not-found");
}

TEST(CommandLine, NodesWithoutAHostNameAreCalledByTheirFolder) {
  Tree tree;
  tree.Write("/a/etc/x", "");
  tree.Write("/b/etc/x", "");
  tree.Write("/c/b/etc/hostname", "# ours\n\ncp-0\n");
  tree.Write("/d/b/etc/x", "");
  Ran run = Seawall({"audit", "--root", tree.Path("/a/"), "--root", tree.Path("/b"), "--root",
                     tree.Path("/c/b"), "--root", tree.Path("/d/b"), "--root",
                     "b=" + tree.Path("/d/b"), "-o", "json"});
  rapidjson::Document report = Json(run.out);
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b-2", "cp-0", "b-3", "b", "(cluster)"}));
}

TEST(CommandLine, VersionForPrograms) {
  rapidjson::Document version = Json(Seawall({"version", "-o", "json"}).out);
  EXPECT_STREQ(version["name"].GetString(), "seawall");
  EXPECT_GE(version["rules"].GetInt(), 150);
}

TEST(CommandLine, KubectlRunsItUnderAnotherName) {
  Tree tree;
  const std::string plugin = tree.Path("/kubectl-seawall");
  std::filesystem::create_symlink(Program(), plugin);
  const Ran run =
      RunCommand({plugin, "rbac", "can-i", "get", "pods", "--as", "jane", "-f", "-"},
                 {.input = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                           "metadata: {name: r}\n"});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(run.out, "no\n");
}

TEST(CommandLine, ExitCodesAreExplained) {
  Ran run = Seawall({"help", "exit-codes"});
  for (const char* line : {"\n1 ", "\n2 ", "\n3 ", "\n130 "})
    EXPECT_NE(run.out.find(line), std::string::npos) << line;
}

TEST(CommandLine, CompletionScriptsAreValidInTheirShells) {
  const std::pair<const char*, std::vector<std::string>> shells[] = {
      {"bash", {"bash", "-n"}}, {"zsh", {"zsh", "-n"}}, {"fish", {"fish", "-n"}}};
  for (const auto& [shell, check] : shells) {
    Ran script = Seawall({"completion", shell});
    ASSERT_EQ(script.status, 0);
    EXPECT_NE(script.out.find("etcd-client-cert-auth"), std::string::npos) << shell;
    Tree tree;
    tree.Write("/script", script.out);
    std::vector<std::string> command = check;
    command.push_back(tree.Path("/script"));
    Ran run = RunCommand(command);
    EXPECT_EQ(run.status, 0) << shell << ": " << run.err;
  }
}

TEST(CommandLine, BashCompletesOptionsAndRules) {
  Tree tree;
  tree.Write("/script", Seawall({"completion", "bash"}).out);
  std::string ask = ". " + tree.Path("/script") +
                    "; COMP_WORDS=(seawall explain etcd-client-cert-); COMP_CWORD=2; _seawall; "
                    "echo \"${COMPREPLY[@]}\"";
  EXPECT_NE(RunCommand({"bash", "-c", ask}).out.find("etcd-client-cert-auth"), std::string::npos);
}

TEST(CommandLine, ManualPagesAreClean) {
  Tree tree;
  ASSERT_EQ(Seawall({"man", "--dir", tree.root()}).status, 0);
  size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tree.root())) {
    Ran lint = RunCommand({"mandoc", "-T", "lint", "-W", "warning", entry.path()});
    EXPECT_EQ(lint.out + lint.err, "") << entry.path();
    ++pages;
  }
  EXPECT_EQ(pages, Commands().size() + 1);
  EXPECT_EQ(Seawall({"man", "audit"}).out, ReadFile(tree.Path("/seawall-audit.1")));
}

TEST(CommandLine, AFullDiskIsAnError) {
  Ran run = RunCommand({"sh", "-c", Program() + " rules > /dev/full"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("standard output"), std::string::npos) << run.err;
}

TEST(CommandLine, TheProgramNeedsOnlyTheCLibrary) {
  Ran run = RunCommand({"readelf", "-d", ReleaseProgram()});
  ASSERT_EQ(run.status, 0);
  std::istringstream lines(run.out);
  size_t needed = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("(NEEDED)") == std::string::npos) continue;
    ++needed;
    bool known = line.find("[libc.so.6]") != std::string::npos ||
                 line.find("[libm.so.6]") != std::string::npos ||
                 line.find("[ld-linux") != std::string::npos;  // libm belongs to the C library
    EXPECT_TRUE(known) << line;
  }
  EXPECT_GE(needed, 1u);
  EXPECT_LE(std::filesystem::file_size(ReleaseProgram()), 15u << 20);
}

}  // namespace
}  // namespace seawall::test
