// Hostile trees: a clear error or unknown; no crash, no hang, no memory without bound, nothing raw
// on the terminal.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

bool Printable(const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n') || c == 0x7F) return false;
  }
  return true;
}

struct Cost {
  double seconds = 0;  ///< of CPU, so that a busy machine does not count
  long peak_kib = 0;   ///< largest resident set
};

/// Runs the shipped program and measures it by time(1): a process forked from this one would count
/// this one's memory too.
Ran Measured(const Tree& tree, Cost& cost) {
  Tree out;
  const std::string file = out.Path("/cost");
  Ran run = RunCommand({"time", "-q", "-f", "%U %S %M", "-o", file, ReleaseProgram(), "audit",
                        "--root", tree.root(), "-v"});
  std::istringstream words(ReadFile(file));
  double user = 0, system = 0;
  words >> user >> system >> cost.peak_kib;
  EXPECT_TRUE(words) << "time(1) said: " << words.str();
  cost.seconds = user + system;
  return run;
}

/// Audits with the sanitized program for its verdicts and with the shipped one for time and memory.
rapidjson::Document Audit(const Tree& tree, uint64_t largest_file = 0) {
  Ran checked = Seawall({"audit", "--root", tree.root(), "-o", "json"}, {.timeout_seconds = 60});
  EXPECT_TRUE(checked.status == 1 || checked.status == 3)
      << checked.status << " " << checked.err.substr(0, 2000);
  Cost cost;
  Ran text = Measured(tree, cost);
  EXPECT_TRUE(Printable(text.out + text.err));
  EXPECT_EQ(text.status, checked.status);
  EXPECT_LE(cost.seconds, 2.0);
  EXPECT_LE(cost.peak_kib, static_cast<long>((64u << 10) + largest_file / 1024));
  return Json(checked.out);
}

class Hostile : public testing::Test {
 protected:
  void SetUp() override { tree.CopyFrom(Examples::Get().Path("cp-0")); }
  Tree tree;
};

TEST_F(Hostile, TruncatedAtEveryEighth) {
  std::string whole = ReadFile(tree.Path(kApiServer));
  for (size_t i = 1; i < 8; ++i) {
    tree.Write(kApiServer, whole.substr(0, whole.size() * i / 8));
    rapidjson::Document report = Audit(tree);
    for (const char* rule : {"apiserver-authorizes-with-rbac", "apiserver-anonymous-auth-off"}) {
      // A cut behind the arguments leaves a whole pod.
      const std::string verdict = VerdictOf(report, rule);
      EXPECT_TRUE(verdict == "unknown" || i >= 4) << rule << " at " << i << ": " << verdict;
      EXPECT_TRUE(verdict != "" && verdict != "not-applicable") << rule << " at " << i;
    }
  }
}

TEST_F(Hostile, BinaryAndInvalidUtf8) {
  std::string noise;
  unsigned seed = 7;
  for (int i = 0; i < 65536; ++i)
    noise += static_cast<char>((seed = seed * 1103515245 + 12345) >> 16);
  tree.Write(kKubelet, noise);
  tree.Write(kApiServer, "\xff\xfe\x00\x01" + noise);
  rapidjson::Document report = Audit(tree);
  EXPECT_EQ(VerdictOf(report, "kubelet-anonymous-auth"), "unknown");
}

TEST_F(Hostile, ControlCharactersNeverReachTheTerminal) {
  tree.Replace(kApiServer, "--secure-port=6443",
               "\"--secure-port=6443\\e]0;owned\\a\\x1b[2J\\u202egpj\"");
  Audit(tree);
  tree.Write("/etc/hostname", "cp\033[31m-0\n");
  Audit(tree);
}

TEST_F(Hostile, DeepNesting) {
  tree.Write(kKubelet, std::string(40000, '['));
  EXPECT_EQ(VerdictOf(Audit(tree), "kubelet-anonymous-auth"), "unknown");
  tree.Write(kKubelet, std::string(1 << 20, '{'));
  EXPECT_EQ(VerdictOf(Audit(tree), "kubelet-anonymous-auth"), "unknown");
  std::string block;
  for (int i = 0; i < 2000; ++i) block += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  tree.Write(kKubelet, block);
  EXPECT_EQ(VerdictOf(Audit(tree, block.size()), "kubelet-anonymous-auth"), "unknown");
}

TEST_F(Hostile, BillionLaughs) {
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 9; ++j) laughs += fmt::format("{}*a{}", j ? ", " : "", i - 1);
    laughs += "]\n";
  }
  tree.Write(kKubelet, laughs);
  EXPECT_EQ(VerdictOf(Audit(tree), "kubelet-anonymous-auth"), "unknown");
}

TEST_F(Hostile, OneSparseGigabyte) {
  int fd = open(tree.Path(kKubelet).c_str(), O_WRONLY | O_TRUNC);
  ASSERT_EQ(ftruncate(fd, 1L << 30), 0);
  close(fd);
  EXPECT_EQ(VerdictOf(Audit(tree), "kubelet-anonymous-auth"), "unknown");
}

TEST_F(Hostile, CyclicLinksEverywhere) {
  fs::remove_all(tree.Path("/etc/kubernetes/pki"));
  fs::create_symlink("/etc/kubernetes/pki", tree.Path("/etc/kubernetes/pki"));
  fs::create_symlink("..", tree.Path("/etc/kubernetes/manifests/up"));
  fs::create_symlink("b", tree.Path("/etc/systemd"));
  Audit(tree);
}

TEST_F(Hostile, TenThousandManifests) {
  std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {{name: p-{}}}\nspec: {{containers: [{{name: c, image: "
      "app:1}}]}}\n";
  for (int i = 0; i < 10000; ++i)
    tree.Write(fmt::format("/etc/kubernetes/manifests/p-{}.yaml", i),
               fmt::format(fmt::runtime(pod), i));
  Audit(tree);
}

TEST_F(Hostile, ALineOfSixteenMegabytes) {
  std::string file =
      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: " +
      std::string((16u << 20) - 200, 'x') + "\n";
  tree.Write(kKubelet, file);
  Audit(tree, file.size());
}

TEST_F(Hostile, EveryFileReplacedByEachKindOfRubbish) {
  const std::string rubbish[] = {
      "",           "\n",   "-", "{", "null", "[]", "a", std::string("\0", 1), "%YAML 9.9\n---\n",
      "!!binary x", "&a *a"};
  for (const std::string& bytes : rubbish) {
    Tree copy;
    copy.CopyFrom(Examples::Get().Path("cp-0"));
    for (const auto& entry : fs::recursive_directory_iterator(copy.root())) {
      if (entry.is_regular_file())
        copy.Write(entry.path().string().substr(copy.root().size()), bytes);
    }
    rapidjson::Document report = Audit(copy);
    for (const auto& finding : report["findings"].GetArray()) {
      std::string rule = finding["rule"].GetString();
      if (rule.starts_with("kubelet-") || rule.starts_with("apiserver-")) {
        bool file_rule = rule.find("file") != std::string::npos ||
                         rule.find("mode") != std::string::npos ||
                         rule.find("owner") != std::string::npos;
        if (!file_rule) {
          EXPECT_STRNE(finding["verdict"].GetString(), "pass") << rule << " of '" << bytes << "'";
        }
      }
    }
  }
}

TEST(HostileInput, StandardInput) {
  for (const std::string& input : {std::string(""), std::string("\xff\xfe"),
                                   std::string(100000, '['), std::string("{{ .Values.x }}")}) {
    Ran run = Seawall({"audit", "-f", "-"}, {.input = input});
    EXPECT_EQ(run.status, 2) << input.substr(0, 20);
    EXPECT_TRUE(run.err.starts_with("seawall: ")) << run.err;
    EXPECT_TRUE(Printable(run.err));
  }
}

}  // namespace
}  // namespace seawall::test
