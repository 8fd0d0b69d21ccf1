// Kubernetes' own ABAC authorizer, seawall's, and RBAC after the conversion are asked the same
// questions. Where a line is exact, all answers are equal; where it is not, exactly those questions
// differ that the gap is about. The policies are drawn (testbed/cmd/rbacoracle -abac).
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "program.h"
#include "rbac/evaluator.h"
#include "rbac/manifests.h"
#include "rbac/question.h"
#include "review/abac_convert.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;
using review::Gap;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Whether a gap takes a question from its line that the line allows.
bool Lost(Gap gap, const review::AbacLine& line, const rbac::Attributes& q) {
  switch (gap) {
    case Gap::kSubresources:
      return q.resource_request && !q.subresource.empty();
    case Gap::kNoNamespace:
      return q.resource_request && !(line.resource == "namespaces" &&
                                     (q.verb == "list" || q.verb == "watch" || q.verb == "create"));
    case Gap::kResourceName:
    case Gap::kNamespaceName:
      return q.resource_request;
    case Gap::kUserAndGroup:
      return true;
  }
  return true;
}

class Case {
 public:
  explicit Case(const std::string& base) : base_(base) {
    auto read = review::ReadAbac("policy", ReadFile(base + ".abac"));
    EXPECT_TRUE(read) << base << ": " << read.error().ToString();
    if (read) policy_ = std::move(*read);
    for (const std::string& line : Lines(ReadFile(base + ".answers.jsonl")))
      genuine_.push_back(line == "{\"allowed\":true}");
    questions_ = Lines(ReadFile(base + ".questions.jsonl"));
    EXPECT_EQ(questions_.size(), genuine_.size());
  }

  void Compare(const review::ConvertOptions& options) {
    const review::Converted converted = review::Convert(policy_, options);
    std::string yaml;
    for (const review::GrantSpec& grant : converted.grants) yaml += review::GrantYaml(grant);
    auto objects = rbac::ReadManifests({{"converted.yaml", yaml}}, {.strict = true});
    ASSERT_TRUE(objects) << base_ << ": " << objects.error().ToString();
    const rbac::Evaluator evaluator(*objects);
    rbac::QuestionReader reader;
    rbac::Question question;
    for (size_t i = 0; i < questions_.size(); ++i) {
      std::string text = questions_[i];
      ASSERT_TRUE(reader.Read(text.data(), text.size(), question)) << reader.error();
      const rbac::Attributes q = question.attributes();
      const rbac::Answer answer = evaluator.Ask(q);
      EXPECT_EQ(genuine_[i], answer.masters || policy_.Ask(q) != nullptr)
          << base_ << ": " << questions_[i];
      if (options.widen) {
        const bool possible = q.space != "Not_A_Name";  // no namespace is called so
        EXPECT_TRUE(answer.allowed || !genuine_[i] || !possible) << base_ << ": " << questions_[i];
        widened += answer.allowed && !genuine_[i];
        continue;
      }
      const bool expected = answer.masters || Kept(converted, q);
      EXPECT_EQ(expected, answer.allowed) << base_ << ": " << questions_[i];
      EXPECT_FALSE(answer.allowed && !genuine_[i]) << "wider: " << base_ << ": " << questions_[i];
      differ += expected != genuine_[i];
      yes += answer.allowed;
      ++asked;
    }
  }

  size_t asked = 0, yes = 0, differ = 0, widened = 0;

 private:
  /// Whether some line allows it in spite of its gaps.
  bool Kept(const review::Converted& converted, const rbac::Attributes& q) const {
    for (const review::AbacLine& line : policy_.lines) {
      bool kept = review::Allows(line, q);
      for (const review::Inexact& inexact : converted.inexact)
        kept = kept && (inexact.line != line.line || !Lost(inexact.gap, line, q));
      if (kept) return true;
    }
    return false;
  }

  std::string base_;
  review::AbacPolicy policy_;
  std::vector<std::string> questions_;
  std::vector<bool> genuine_;
};

TEST(AbacOracle, RbacAnswersAsAbacDidAndGapsAreExactlyWhatIsLost) {
  const Tree folder;
  const Ran drawn = RunCommand({Source() + "/build/rbacoracle", "-seed", "11", "-abac", "200",
                                "-questions", "500", "-dir", folder.root()},
                               {.timeout_seconds = 120});
  ASSERT_EQ(drawn.status, 0) << drawn.err;
  review::Discovery discovery = review::BuiltInDiscovery();
  discovery.AddSubresource("example.com", "widgets", "status");
  discovery.Add("example.com", "widgets", true);
  size_t asked[2] = {};
  size_t yes[2] = {};
  size_t differ[2] = {};
  size_t widened = 0;
  for (const auto& entry : fs::directory_iterator(folder.root())) {
    if (entry.path().extension() != ".abac") continue;
    fs::path base = entry.path();
    for (const bool known : {false, true}) {
      Case one(base.replace_extension());
      one.Compare({.discovery = known ? &discovery : nullptr});
      asked[known] += one.asked;
      yes[known] += one.yes;
      differ[known] += one.differ;
      one.Compare({.discovery = known ? &discovery : nullptr, .widen = true});
      widened += one.widened;
    }
  }
  EXPECT_GE(asked[0], 50'000u);
  EXPECT_GE(yes[1], 8'000u) << "questions that nothing allows prove little";
  EXPECT_GT(differ[0], 1'000u) << "no gap was ever felt";
  EXPECT_GT(differ[0], differ[1]) << "discovery closes none";
  EXPECT_GT(widened, 100u);
  RecordProperty("asked", static_cast<int>(asked[0]));
  RecordProperty("differ", static_cast<int>(differ[0]));
}

}  // namespace
}  // namespace seawall::test
