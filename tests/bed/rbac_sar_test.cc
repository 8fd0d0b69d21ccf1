// A seeded tenth of the differential questions to a real API server: it stores drawn policies (what
// its validation refuses is left out) and answers SubjectAccessReviews; seawall answers from what
// is stored, as manifests and through the API. Beside that, what a genuine cluster's own objects
// say.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "bed.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// SubjectAccessReviews in all; a quiet machine with two cores answers 1,000 a second.
constexpr int kPolicies = 20;
constexpr int kQuestions = 1200;
constexpr const char* kLongest = "90s";

const Bed& TheBed() {
  static const Bed bed;
  return bed;
}

Ran Rbac(std::vector<std::string> words, const std::string& kubeconfig) {
  words.insert(words.begin(), {"exec", "--net", "bed", "--", ReleaseProgram(), "rbac"});
  words.insert(words.end(), {"--kubeconfig", kubeconfig});
  return TheBed().Testbed(words);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Compared {
  size_t asked = 0, yes = 0, differ = 0;
};

Compared Compare(const std::string& base, const Ran& ran) {
  EXPECT_EQ(ran.status, 0) << base << "\n" << ran.err;
  const auto ours = Lines(ran.out);
  const auto genuine = Lines(ReadFile(base + ".answers.jsonl"));
  const auto questions = Lines(ReadFile(base + ".questions.jsonl"));
  Compared compared;
  EXPECT_EQ(ours.size(), genuine.size()) << base;
  for (size_t i = 0; i < genuine.size() && i < ours.size(); ++i) {
    const bool yes = genuine[i] == "{\"allowed\":true}";
    const bool same = ours[i].starts_with(yes ? "{\"allowed\":true" : "{\"allowed\":false");
    EXPECT_TRUE(same) << base << ": " << questions[i] << "\nthe API server says " << genuine[i]
                      << ", seawall " << ours[i];
    compared.differ += !same;
    compared.yes += yes;
    ++compared.asked;
  }
  return compared;
}

TEST(RbacSar, AGenuineClusterHasNothingButItsOwn) {
  ASSERT_TRUE(TheBed().up());
  const std::string admin = TheBed().Kubeconfig();
  EXPECT_EQ(Rbac({"can-i", "delete", "nodes"}, admin).status, 0) << "as whom the server knows us";
  EXPECT_EQ(Rbac({"can-i", "delete", "nodes", "--as", "bob"}, admin).status, 1);
  const Ran risks = Rbac({"risks", "-o", "json"}, admin);
  EXPECT_EQ(risks.status, 0) << risks.out.substr(0, 3000) << risks.err;
  const Ran lint = Rbac({"lint"}, admin);
  EXPECT_EQ(lint.status, 0) << lint.out;
  Tree tree;
  tree.Write("/none.yaml", "");
  const Ran diff = Rbac({"diff", tree.Path("/none.yaml"), "cluster:"}, admin);
  EXPECT_EQ(diff.out, "nobody gains or loses a right\n") << diff.err;
  // A kubelet may not list roles: nothing is certain then, and nothing is a pass.
  const Ran kubelet =
      TheBed().SeawallInside("cp-0", {"rbac", "can-i", "get", "secrets", "-n", "default", "--as",
                                      "bob", "--kubeconfig", "/etc/kubernetes/kubelet.conf"});
  EXPECT_EQ(kubelet.status, 3) << kubelet.out << kubelet.err;
  EXPECT_NE(kubelet.out.find("cannot be listed: status 403"), std::string::npos) << kubelet.out;
}

/// Node,RBAC, as kubeadm has it: what nodes ask for depends on the pods that run on them.
TEST(RbacSar, NodesAreAnsweredByWhatRunsOnThem) {
  ASSERT_TRUE(TheBed().up());
  const Tree folder;
  const std::string admin = TheBed().Kubeconfig();
  const Ran asked =
      TheBed().Testbed({"exec", "--net", "bed", "--", Source() + "/build/rbacoracle", "-sar", admin,
                        "-nodes", "-seed", "5", "-questions", "4000", "-dir", folder.root()});
  ASSERT_EQ(asked.status, 0) << asked.err;
  const std::string base = folder.Path("/nodes");
  const std::vector<std::string> words = {"can-i", "--questions", base + ".questions.jsonl",
                                          "--authorization-mode", "Node,RBAC"};
  std::vector<std::string> files = {ReleaseProgram(), "rbac"};
  files.insert(files.end(), words.begin(), words.end());
  files.insert(files.end(), {"-f", base + ".json"});
  const Compared compared = Compare(base, RunCommand(files));
  EXPECT_EQ(compared.asked, 4000u);
  EXPECT_GE(compared.yes, 400u);
  Compare(base, Rbac(words, admin));
}

TEST(RbacSar, EveryAnswerIsTheApiServers) {
  ASSERT_TRUE(TheBed().up());
  const Tree folder;
  const std::string admin = TheBed().Kubeconfig();
  const Ran asked =
      TheBed().Testbed({"exec", "--net", "bed", "--", Source() + "/build/rbacoracle", "-sar", admin,
                        "-seed", "7", "-policies", std::to_string(kPolicies), "-questions",
                        std::to_string(kQuestions), "-for", kLongest, "-dir", folder.root()},
                       600);
  ASSERT_EQ(asked.status, 0) << asked.err;
  std::cout << asked.out;  // how many there were time for
  Compared all;
  size_t policies = 0;
  std::string last;
  for (const auto& entry : fs::directory_iterator(folder.root())) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".questions.jsonl")) continue;
    ++policies;
    const std::string base = path.substr(0, path.size() - std::string(".questions.jsonl").size());
    const Compared one = Compare(base, RunCommand({ReleaseProgram(), "rbac", "can-i", "--questions",
                                                   path, "-f", base + ".json"}));
    all.asked += one.asked;
    all.yes += one.yes;
  }
  ASSERT_GE(policies, 1u);
  EXPECT_EQ(all.asked, policies * kQuestions);
  EXPECT_GE(all.yes, all.asked / 40) << "questions that nothing allows prove little";
  // The last policy is still there: the same from the cluster itself.
  const std::string base = folder.Path("/stored-" + std::to_string(policies - 1));
  Compare(base, Rbac({"can-i", "--questions", base + ".questions.jsonl"}, admin));
  RecordProperty("asked", static_cast<int>(all.asked));
}

}  // namespace
}  // namespace seawall::test
