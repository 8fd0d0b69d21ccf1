// Kubernetes' own authorizer and seawall are asked the same 200,000 questions: no answer may
// differ. The policies and questions are drawn (testbed/cmd/rbacoracle), the same in every run; the
// genuine bootstrap policy is among them.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// Whether each line of answers says `"allowed":true`.
std::vector<bool> Allowed(const std::string& lines) {
  std::vector<bool> allowed;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);)
    allowed.push_back(line.starts_with("{\"allowed\":true"));
  return allowed;
}

std::string Line(const std::string& text, size_t number) {
  std::istringstream in(text);
  std::string line;
  for (size_t i = 0; i <= number && std::getline(in, line); ++i) {
  }
  return line;
}

TEST(RbacOracle, EveryAnswerIsTheSame) {
  const Tree folder;
  const Ran drawn = RunCommand({Source() + "/build/rbacoracle", "-seed", "7", "-policies", "60",
                                "-questions", "3700", "-dir", folder.root()},
                               {.timeout_seconds = 120});
  ASSERT_EQ(drawn.status, 0) << drawn.err;
  size_t questions = 0;
  size_t yes = 0;
  for (const auto& entry : fs::directory_iterator(folder.root())) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".questions.jsonl")) continue;
    const std::string base = path.substr(0, path.size() - std::string(".questions.jsonl").size());
    const Ran ran =
        RunCommand({ReleaseProgram(), "rbac", "can-i", "--questions", path, "-f", base + ".json"},
                   {.timeout_seconds = 120});
    ASSERT_EQ(ran.status, 0) << base << "\n" << ran.err;
    const std::vector<bool> ours = Allowed(ran.out);
    const std::vector<bool> genuine = Allowed(ReadFile(base + ".answers.jsonl"));
    ASSERT_EQ(ours.size(), genuine.size()) << base;
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_EQ(ours[i], genuine[i]) << base << ": " << Line(ReadFile(path), i);
      yes += genuine[i];
    }
    questions += ours.size();
  }
  EXPECT_GE(questions, 200'000u);
  EXPECT_GE(yes, 10'000u) << "questions that nothing allows prove little";
}

}  // namespace
}  // namespace seawall::test
