// Includes go downwards only: a room may use the rooms below it and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "program.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

// What each room may include, beside itself. docs/architecture.md draws the same.
const std::map<std::string, std::set<std::string>> kBelow = {
    {"base", {}},
    {"sandbox", {"base"}},
    {"yaml", {"base"}},
    {"x509", {"base"}},
    {"tls", {"base"}},
    {"rbac", {"base", "yaml"}},
    {"auditlog", {"base", "rbac"}},
    {"review", {"base", "yaml", "rbac", "auditlog", "cluster", "rules"}},
    {"probe", {"base", "tls", "x509"}},
    {"cluster", {"base", "yaml", "x509"}},
    {"rules", {"base", "yaml", "x509", "cluster"}},
    {"api", {"base", "yaml", "x509", "cluster", "rbac"}},
    {"etcd", {"base", "x509", "api"}},
    {"proofs", {"base", "x509", "tls", "probe", "cluster", "rules"}},
    {"harden", {"base", "yaml", "x509", "cluster", "rules"}},
    {"live", {"base", "yaml", "cluster", "rules", "probe", "proofs", "api", "etcd", "harden"}},
    {"bundle", {"base", "yaml", "x509", "cluster", "rules"}},
    {"report", {"base", "yaml", "x509", "tls", "probe", "cluster", "rules", "harden"}},
    {"app",
     {"base", "sandbox", "yaml", "x509", "api", "rbac", "auditlog", "review", "tls", "probe",
      "cluster", "rules", "proofs", "harden", "live", "report", "bundle"}},
};

std::vector<std::string> UpwardIncludes(const std::string& room, std::istream& source) {
  static const std::regex kInclude("^\\s*#\\s*include\\s*\"([a-z0-9]+)/");
  std::vector<std::string> bad;
  for (std::string line; std::getline(source, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, kInclude) || match[1] == room || !kBelow.contains(match[1]))
      continue;  // a library's
    if (!kBelow.at(room).contains(match[1])) bad.push_back(line);
  }
  return bad;
}

TEST(Includes, GoDownwardsOnly) {
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(Source() + "/src")) {
    std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc" && extension != ".inc") continue;
    std::string room = *fs::relative(entry.path(), Source() + "/src").begin();
    ASSERT_TRUE(kBelow.contains(room)) << "the room " << room << " is not in this test's table";
    std::ifstream source(entry.path());
    for (const std::string& line : UpwardIncludes(room, source))
      ADD_FAILURE() << entry.path() << " includes upwards: " << line;
    ++files;
  }
  EXPECT_GT(files, 50u);
}

TEST(Includes, AnUpwardIncludeIsSeen) {
  std::istringstream source("#include \"base/error.h\"\n#include \"app/app.h\"\n");
  EXPECT_EQ(UpwardIncludes("cluster", source).size(), 1u);
}

TEST(Includes, EachHeaderOpensWithWhatItIs) {
  for (const auto& entry : fs::recursive_directory_iterator(Source() + "/src")) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream source(entry.path());
    std::string first;
    std::getline(source, first);
    EXPECT_TRUE(first.starts_with("// ")) << entry.path();
  }
}

}  // namespace
}  // namespace seawall::test
