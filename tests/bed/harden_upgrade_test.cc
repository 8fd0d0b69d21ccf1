// kubeadm upgrade apply of the same version after a hardening: what it writes anew is what the plan
// had said, no more and no less, and another apply puts it back.
#include "harden_live.h"

namespace seawall::test {
namespace {

constexpr const char* kRules =
    "audit-policy,audit-log-path,scheduler-profiling-off,kubelet-profiling-off,kubelet-unit-mode";

/// By path: whether the last apply's change is there.
std::map<std::string, bool> Standing(const std::string& status) {
  std::map<std::string, bool> standing;
  const auto document = Json(status);
  const auto& journals = document["journals"];
  if (journals.Empty()) return standing;
  for (const auto& change : journals[journals.Size() - 1]["changes"].GetArray())
    standing[change["path"].GetString()] = std::string_view(change["is"].GetString()) == "after";
  return standing;
}

TEST_F(HardenLive, WhatKubeadmUpgradeUndoesIsWhatThePlanSaid) {
  const std::vector<std::string> plan = {"plan", "--rules", kRules, "-o", "json"};
  Ran run = Harden(plan);
  ASSERT_EQ(run.status, 1) << run.err;
  std::map<std::string, bool> said;
  const auto document = Json(run.out);
  for (const auto& step : document["steps"].GetArray()) {
    for (const auto& change : step["changes"].GetArray())
      said[change["path"].GetString()] =
          change.HasMember("undoneBy") &&
          std::string_view(change["undoneBy"].GetString()).starts_with("kubeadm upgrade");
  }
  EXPECT_GE(said.size(), 6u) << run.out;
  run = Harden({"apply", "--rules", kRules, "--yes", "--settle", "2s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;

  run = bed_->Exec(
      "cp-0", {"kubeadm", "upgrade", "apply", "v1.37.2", "--yes", "--ignore-preflight-errors=all"},
      kPatience);
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  const auto standing = Standing(Harden({"status", "-o", "json"}).out);
  EXPECT_EQ(standing.size(), said.size());
  for (const auto& [path, stands] : standing) {
    ASSERT_TRUE(said.contains(path)) << path;
    EXPECT_NE(stands, said[path]) << path;
  }

  run = Harden({"apply", "--rules", kRules, "--yes", "--settle", "2s"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Harden(plan).status, 0) << "nothing is left to do";
  ExpectWorks();
}

}  // namespace
}  // namespace seawall::test
