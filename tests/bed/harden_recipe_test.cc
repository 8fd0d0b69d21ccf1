// seawall harden where the components run: a control plane as kubeadm init leaves it gets the
// recipe's profile, goes on working, has no finding left but what only a person can choose, and is
// taken back byte by byte.
#include <set>

#include "harden_live.h"

namespace seawall::test {
namespace {

/// What is proven over the network of something that the plan leaves to a person, by the plan's own
/// rule.
const std::map<std::string, std::string> kProofOf = {
    {"no-anonymous-apiserver", "apiserver-anonymous-auth-off"},
    {"served-certificate-issued", "kubelet-serving-certificate"},
    {"served-certificate-names", "kubelet-serving-certificate"},
};

/// The rows that the profile speaks of.
const std::set<std::string> kRows = {"2a", "2b", "3a", "3c", "3d", "4", "5a", "5b", "6a", "6b"};

TEST_F(HardenLive, TheRecipeIsAppliedProvenAndTakenBack) {
  const std::string before = Snapshot();
  Ran run = Harden({"apply", "--profile", "recipe", "--yes", "--settle", "3s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(Snapshot(), before);

  // A second plan is empty, and says what is left to a person.
  run = Harden({"plan", "--profile", "recipe", "-o", "json"});
  EXPECT_EQ(run.status, 0) << run.err;
  const auto plan = Json(run.out);
  std::set<std::string> chosen;
  for (const auto& one : plan["notDone"].GetArray()) chosen.insert(one["rule"].GetString());
  run = bed_->AuditInside("cp-0", {"--prove", "-o", "json"});
  const auto report = Json(run.out);
  for (const auto& finding : report["findings"].GetArray()) {
    const std::string rule = finding["rule"].GetString();
    const bool counts = finding["verdict"] == "fail" && kRows.contains(finding["row"].GetString());
    const auto proof = kProofOf.find(rule);
    const bool a_persons = chosen.contains(proof == kProofOf.end() ? rule : proof->second);
    EXPECT_TRUE(!counts || a_persons) << rule << ": " << finding["reason"].GetString();
  }

  // It goes on working: also what is new.
  ExpectWorks();
  bed_->Exec("cp-0", {"sh", "-c",
                      "printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {nodeName: "
                      "cp-0, containers: [{name: c, image: example.com/sleeper:1, command: [sleep, "
                      "\"600\"]}]}\n' > /root/pod.yaml"});
  EXPECT_EQ(Kubectl({"apply", "-f", "/root/pod.yaml"}).status, 0);
  EXPECT_TRUE(Becomes({"get", "pod", "new"}, " Running "));
  EXPECT_EQ(Kubectl({"delete", "pod", "new", "--now"}).status, 0);

  run = Harden({"rollback", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Snapshot(), before);
  // What the API server has logged meanwhile is not thrown away.
  EXPECT_NE(run.out.find("stays, for something was written into it since: /var/log/kubernetes"),
            std::string::npos)
      << run.out;
  ExpectWorks();
}

}  // namespace
}  // namespace seawall::test
