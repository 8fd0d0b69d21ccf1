// What auditors ask of a report: evidence, signatures, frameworks, attestations.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

std::string Cp0() { return "cp-0=" + Examples::Get().Path("cp-0"); }

/// A new key pair below the tree: /key.pem and /pub.pem.
void MakeKeys(Tree& tree, const std::string& name = "") {
  const std::string key = tree.Path("/" + name + "key.pem");
  const std::string pub = tree.Path("/" + name + "pub.pem");
  ASSERT_EQ(RunCommand({"openssl", "genpkey", "-algorithm", "ed25519", "-out", key}).status, 0);
  ASSERT_EQ(RunCommand({"openssl", "pkey", "-in", key, "-pubout", "-out", pub}).status, 0);
  tree.Chmod("/" + name + "key.pem", 0600);
}

Ran Sign(const Tree& tree, const std::string& key = "/key.pem") {
  return Seawall({"audit", "--root", Cp0(), "--at", "2026-12-01", "--rules", "rbac-secrets", "-o",
                  "json=" + tree.Path("/a.json"), "--sign", tree.Path(key)});
}
Ran Verify(const Tree& tree, const std::string& file = "/a.json",
           const std::string& signature = "/a.json.sig", const std::string& key = "/pub.pem") {
  return Seawall({"report", "verify", tree.Path(file), "--signature", tree.Path(signature), "--key",
                  tree.Path(key)});
}

TEST(Signatures, WhatWasSignedIsVerifiedAndNothingElse) {
  Tree tree;
  MakeKeys(tree);
  MakeKeys(tree, "other-");
  ASSERT_EQ(Sign(tree).status, 0);
  Ran run = Verify(tree);
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_TRUE(run.out.starts_with("good: ")) << run.out;
  // Without --signature it is the file beside it.
  EXPECT_EQ(
      Seawall({"report", "verify", tree.Path("/a.json"), "--key", tree.Path("/pub.pem")}).status,
      0);
  run = Verify(tree, "/a.json", "/a.json.sig", "/other-pub.pem");
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.out.find("another key"), std::string::npos) << run.out;
  const std::string signature = ReadFile(tree.Path("/a.json.sig"));
  const std::string report = ReadFile(tree.Path("/a.json"));
  for (size_t at = 0; at < report.size(); at += report.size() / 20 + 1) {
    std::string changed = report;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    tree.Write("/changed.json", changed);
    EXPECT_EQ(Verify(tree, "/changed.json").status, 1) << at;
  }
  // No byte of the signature is without meaning.
  for (size_t at = 0; at < signature.size(); at += 3) {
    std::string changed = signature;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    tree.Write("/changed.sig", changed);
    const int status = Verify(tree, "/a.json", "/changed.sig").status;
    EXPECT_TRUE(status == 1 || status == 2) << at << ": " << status;
  }
}

TEST(Signatures, OpensslVerifiesThemAlone) {
  Tree tree;
  MakeKeys(tree);
  ASSERT_EQ(Sign(tree).status, 0);
  Ran run = RunCommand(
      {"sh", "-c",
       "cd " + tree.root() +
           " && sed -n 's/^signature: //p' a.json.sig | openssl base64 -d -A > a.bin && openssl "
           "pkeyutl -verify -pubin -inkey pub.pem -rawin -in a.json -sigfile a.bin"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
}

TEST(Signatures, WhatIsMissingOrNoneIsAnError) {
  Tree tree;
  MakeKeys(tree);
  ASSERT_EQ(Sign(tree).status, 0);
  tree.Write("/rubbish", "rubbish\n");
  tree.Write("/cut.sig", ReadFile(tree.Path("/a.json.sig")).substr(0, 100));
  for (const Ran& run :
       {Verify(tree, "/none.json"), Verify(tree, "/a.json", "/none.sig"),
        Verify(tree, "/a.json", "/a.json.sig", "/none.pem"), Verify(tree, "/a.json", "/rubbish"),
        Verify(tree, "/a.json", "/cut.sig"), Verify(tree, "/a.json", "/a.json.sig", "/rubbish"),
        Verify(tree, "/a.json", "/a.json.sig", "/key.pem"),
        Seawall({"report", "verify", tree.Path("/a.json")}),
        Seawall({"report", "verify", "--key", tree.Path("/pub.pem")})}) {
    EXPECT_EQ(run.status, 2) << run.out;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err, "");
  }
}

TEST(Signatures, AKeyThatOthersCanReadIsRefusedAndNeverShown) {
  Tree tree;
  MakeKeys(tree);
  const std::string key = ReadFile(tree.Path("/key.pem"));
  for (const unsigned mode : {0644u, 0640u, 0604u, 0660u}) {
    tree.Chmod("/key.pem", mode);
    Ran run = Sign(tree);
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find("chmod 600"), std::string::npos) << run.err;
    EXPECT_FALSE(std::filesystem::exists(tree.Path("/a.json")));
  }
  tree.Chmod("/key.pem", 0600);
  Ran run = Sign(tree);
  ASSERT_EQ(run.status, 0);
  const std::string secret = key.substr(key.find('\n') + 20, 30);
  for (const std::string& text : {run.out, run.err, ReadFile(tree.Path("/a.json.sig"))})
    EXPECT_EQ(text.find(secret), std::string::npos);
  // A public key cannot sign.
  tree.Chmod("/pub.pem", 0600);
  EXPECT_EQ(Sign(tree, "/pub.pem").status, 2);
  // Nor is there anything to sign without a file.
  run = Seawall({"audit", "--root", Cp0(), "--sign", tree.Path("/key.pem")});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("FILE.sig"), std::string::npos) << run.err;
}

TEST(Evidence, SaysWhoAuditedWhatAndWhatWasNotSeen) {
  Tree tree;
  const std::vector<std::string> words = {
      "audit",      "--root",     Cp0(),          "--root", "cp-9=" + tree.Path("/none"),
      "--evidence", "--operator", "Ann, Example", "--at",   "2026-12-01",
      "-o",         "json"};
  Ran run = Seawall(words);
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(Seawall(words).out, run.out);  // the same bytes again
  rapidjson::Document report = Json(run.out);
  const auto& evidence = report["evidence"][0];
  EXPECT_TRUE(evidence["clusterUid"].IsNull());
  EXPECT_STREQ(evidence["operator"].GetString(), "Ann, Example");
  EXPECT_STREQ(evidence["begin"].GetString(), "2026-12-01T00:00:00Z");
  EXPECT_STREQ(evidence["end"].GetString(), "2026-12-01T00:00:00Z");
  EXPECT_STREQ(evidence["seen"][0].GetString(), "cp-0");
  EXPECT_STREQ(evidence["notSeen"][0]["name"].GetString(), "cp-9");
  Ran digest = RunCommand({"sha256sum", Program()});
  EXPECT_EQ(digest.out.substr(0, 64), evidence["toolSha256"].GetString());
  digest = RunCommand({"sh", "-c", Program() + " rules -o json | sha256sum"});
  EXPECT_EQ(digest.out.substr(0, 64), evidence["rulesSha256"].GetString());
  bool profiling = false;
  for (const auto& component : report["nodes"][0]["components"].GetArray()) {
    for (const auto& setting : component["settings"].GetArray())
      profiling |= std::string(setting["setting"].GetString()) == "advertise-address";
  }
  EXPECT_TRUE(profiling);
}

TEST(Evidence, MembersOfEtcdThatNobodyGaveAreNotSeen) {
  std::vector<std::string> words = {"audit", "--evidence", "-o", "json"};
  for (const char* node : {"etcd-0", "etcd-1"}) {
    words.emplace_back("--root");
    words.push_back(fmt::format("{}={}", node, Examples::Get().Path(node)));
  }
  rapidjson::Document report = Json(Seawall(words).out);
  const auto& two = report["evidence"][0]["notSeen"];
  ASSERT_EQ(two.Size(), 1u);
  EXPECT_STREQ(two[0]["name"].GetString(), "etcd-2");
  EXPECT_NE(std::string(two[0]["why"].GetString()).find("https://192.0.2.32:2380"),
            std::string::npos);
  words.insert(words.end(), {"--root", "third=" + Examples::Get().Path("etcd-2")});
  report = Json(Seawall(words).out);
  EXPECT_EQ(report["evidence"][0]["notSeen"].Size(), 0u);
}

TEST(Evidence, StaysWhenAReportIsWrittenAgain) {
  Tree tree;
  ASSERT_EQ(Seawall({"audit", "--root", Cp0(), "--evidence", "--at", "2026-12-01", "-o",
                     "json=" + tree.Path("/a.json")})
                .status,
            1);
  Ran run = Seawall({"report", tree.Path("/a.json"), "--evidence", "-o", "json"});
  EXPECT_EQ(run.out, ReadFile(tree.Path("/a.json")));
  for (const char* format : {"text", "html"}) {
    run = Seawall({"report", tree.Path("/a.json"), "-o", format});
    EXPECT_NE(run.out.find("operator"), std::string::npos) << format;
    EXPECT_NE(run.out.find("cluster: not known"), std::string::npos) << format;
  }
  ASSERT_EQ(Seawall({"audit", "--root", Cp0(), "-o", "json=" + tree.Path("/b.json")}).status, 1);
  run = Seawall({"report", tree.Path("/b.json"), "--evidence"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("holds none"), std::string::npos) << run.err;
}

TEST(Attestations, CloseManualItemsInEveryFormatAndAreNoPass) {
  Tree tree;
  tree.Write("/seawall-attestations.yaml",
             "attestations:\n- {rule: rbac-secrets, node: cp-0, who: Ann, when: 2026-11-30, "
             "statement: looked at <b>all</b>, digest: " +
                 std::string(64, 'a') +
                 ", expires: 2027-01-31}\n"
                 "- {rule: rbac-wildcards, node: \"*\", who: Ann, when: 2026-10-30, statement: s, "
                 "digest: " +
                 std::string(64, 'b') + ", expires: 2026-11-01}\n");
  const auto audit = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {
        "audit", "--root", Cp0(), "--at", "2026-12-01", "--rules", "rbac-secrets,rbac-wildcards"};
    words.insert(words.end(), more.begin(), more.end());
    return Seawall(words, {.directory = tree.root()});
  };
  Ran run = audit({"-o", "json"});
  EXPECT_EQ(run.status, 0) << run.err;
  rapidjson::Document report = Json(run.out);
  EXPECT_EQ(report["summary"]["attested"].GetInt(), 1);
  EXPECT_EQ(report["summary"]["manual"].GetInt(), 1);
  EXPECT_EQ(report["summary"]["pass"].GetInt(), 0);
  EXPECT_EQ(VerdictOf(report, "rbac-secrets"), "attested");
  EXPECT_EQ(VerdictOf(report, "rbac-wildcards"), "unknown");
  EXPECT_EQ(audit({"--fail-on", "manual"}).status, 3);
  EXPECT_EQ(Json(audit({"--no-attestations", "-o", "json"}).out)["summary"]["manual"].GetInt(), 2);
  EXPECT_NE(audit({}).out.find("has expired; "), std::string::npos);
  EXPECT_NE(audit({"-o", "csv"}).out.find(",attested,"), std::string::npos);
  EXPECT_NE(audit({"-o", "junit"}).out.find("<skipped message=\"attested: "), std::string::npos);
  EXPECT_NE(audit({"-o", "policyreport"}).out.find("\"result\":\"skip\""), std::string::npos);
  EXPECT_EQ(audit({"-o", "html"}).out.find("<b>all</b>"), std::string::npos);
  EXPECT_NE(audit({"-o", "metrics"}).out.find("verdict=\"attested\""), std::string::npos);
  // Written again, and judged again.
  ASSERT_EQ(audit({"-o", "json=" + tree.Path("/a.json")}).status, 0);
  EXPECT_EQ(Seawall({"report", tree.Path("/a.json"), "-o", "json"}).out,
            ReadFile(tree.Path("/a.json")));
  ASSERT_EQ(audit({"--no-attestations", "-o", "json=" + tree.Path("/b.json")}).status, 0);
  run = Seawall({"report", tree.Path("/b.json"), "--attestations",
                 tree.Path("/seawall-attestations.yaml"), "-o", "json"});
  EXPECT_EQ(VerdictOf(Json(run.out), "rbac-secrets"), "attested") << run.err;
}

TEST(Frameworks, GroupTheReportAndSayWhatNoRuleCovers) {
  for (const std::string framework : {"cis", "nsa", "stig", "pci", "soc2"}) {
    Ran run = Seawall({"audit", "--root", Cp0(), "--framework", framework, "-v"});
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.out.find(": no rule covers\n"), std::string::npos) << framework;
    run = Seawall({"rules", "--framework", framework});
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.out.find("\nNo rule covers\n"), std::string::npos) << framework;
  }
  Ran run = Seawall({"audit", "--root", Cp0(), "--framework", "stig", "-v"});
  EXPECT_NE(run.out.find("V-242376 Controller manager: TLS 1.2 at least"), std::string::npos);
  EXPECT_EQ(Seawall({"rules", "--framework", "iso"}).status, 2);
  // Every finding says which items it speaks of.
  run =
      Seawall({"audit", "--root", Cp0(), "--rules", "controller-manager-tls-floor", "-o", "json"});
  EXPECT_NE(
      run.out.find("\"DISA Kubernetes STIG\":[{\"edition\":\"2024-06-10\",\"item\":\"V-242376\"}]"),
      std::string::npos)
      << run.out;
}

}  // namespace
}  // namespace seawall::test
