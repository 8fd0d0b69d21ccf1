// What a hostile tree costs the program that ships, and what is never called fine: a table of
// trees, and every kind of file in place of every file that matters. The parsers themselves meet
// worse under the sanitizers (fuzz/, and the rooms' own tests).
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "examples.h"
#include "node_paths.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPolicy = "/etc/kubernetes/audit/policy.yaml";
constexpr const char* kEncryption = "/srv/secrets/encryption/config.yaml";
constexpr const char* kPki = "/etc/kubernetes/pki";

/// `count` times the text that `line` gives for a number.
template <typename Line>
std::string Many(int count, Line line) {
  std::string all;
  for (int i = 0; i < count; ++i) all += line(i);
  return all;
}

std::string Repeat(size_t count, std::string_view text) {
  std::string all;
  all.reserve(count * text.size());
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// Control characters that a terminal obeys, and those that turn text around, as UTF-8.
bool IsSafe(const std::string& text) {
  static constexpr std::string_view kRaw[] = {"\xc2\x9b",     "\xe2\x80\xae", "\xe2\x81\xa6",
                                              "\xe2\x80\x8b", "\xe2\x80\xa8", "\xef\xbb\xbf"};
  const bool control = std::ranges::any_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
  });
  return !control && std::ranges::none_of(kRaw, [&](std::string_view raw) {
    return text.find(raw) != std::string::npos;
  });
}

/// One run of the program that ships, within its bounds of CPU and memory.
Ran RunWithin(std::vector<std::string> arguments, uint64_t largest_file) {
  Tree out;
  const std::string file = out.Path("/cost");
  std::vector<std::string> command = {"time", "-q", "-f", "%U %S %M", "-o", file, ReleaseProgram()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Ran run = RunCommand(command);
  std::istringstream words(ReadFile(file));
  double user = 0, system = 0;
  long peak_kib = 0;
  words >> user >> system >> peak_kib;
  EXPECT_TRUE(words) << "time(1) said: " << words.str();
  EXPECT_LE(user + system, 2.0);
  EXPECT_LE(peak_kib, static_cast<long>((64u << 10) + largest_file / 1024));
  EXPECT_TRUE(run.status == 1 || run.status == 3) << run.status << " " << run.err.substr(0, 500);
  return run;
}

uint64_t LargestFile(const Tree& tree) {
  uint64_t largest = 0;
  for (const auto& entry : fs::recursive_directory_iterator(tree.root())) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored) && !entry.is_symlink())
      largest = std::max(largest, std::min<uint64_t>(entry.file_size(), 16u << 20));
  }
  return largest;
}

/// The report in JSON; the text is looked at too.
rapidjson::Document AuditWithin(const Tree& tree) {
  const uint64_t largest = LargestFile(tree);
  const Ran text = RunWithin({"audit", "--root", tree.root(), "-v"}, largest);
  EXPECT_TRUE(IsSafe(text.out + text.err));
  Ran json = RunWithin({"audit", "--root", tree.root(), "-o", "json"}, largest);
  EXPECT_LE(json.out.size(), 64u << 20);
  return Json(json.out);
}

void AddFlag(Tree& tree, const std::string& flag) {
  tree.Replace(kApiServer, "    - --secure-port=6443\n",
               "    - --secure-port=6443\n    - " + flag + "\n");
}

/// A configuration of kube-apiserver behind `flag`.
void Configure(Tree& tree, const std::string& flag, const std::string& kind,
               const std::string& text) {
  AddFlag(tree, "--" + flag + "=/etc/kubernetes/audit/x.yaml");
  tree.Write("/etc/kubernetes/audit/x.yaml",
             "apiVersion: apiserver.config.k8s.io/v1\nkind: " + kind + "\n" + text);
}

struct Case {
  const char* name;
  void (*make)(Tree&);
  /// Rules that must not pass.
  std::vector<const char*> not_fine;
};

const Case kCases[] = {
#include "hostile_trees.inc"
};

TEST(HostileLimits, EveryTreeIsJudgedWithinItsBoundsAndNothingUnreadPasses) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Tree tree;
    tree.CopyFrom(Examples::Get().Path("cp-0"));
    c.make(tree);
    const rapidjson::Document report = AuditWithin(tree);
    for (const char* rule : c.not_fine) {
      const std::string verdict = VerdictOf(report, rule);
      EXPECT_TRUE(verdict == "unknown" || verdict == "fail" || verdict == "mixed")
          << rule << ": " << verdict;
    }
  }
}

// ---- another kind of file in place of each

struct Replacement {
  const char* name;
  void (*put)(const std::string& path);
};

void PutBytes(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ASSERT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close(fd);
}

const Replacement kReplacements[] = {
    {"a FIFO", [](const std::string& path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }},
    {"a socket",
     [](const std::string& path) {
       // A path of a socket is at most 107 bytes long.
       const fs::path before = fs::current_path();
       fs::current_path(fs::path(path).parent_path());
       sockaddr_un address{};
       address.sun_family = AF_UNIX;
       fs::path(path).filename().string().copy(address.sun_path, sizeof address.sun_path - 1);
       const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
       EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
       close(fd);
       fs::current_path(before);
     }},
    {"a gigabyte of nothing",
     [](const std::string& path) {
       PutBytes(path, "");
       ASSERT_EQ(truncate(path.c_str(), 1L << 30), 0);
     }},
    {"a link to itself",
     [](const std::string& path) { fs::create_symlink(fs::path(path).filename(), path); }},
    {"a link out of the tree",
     [](const std::string& path) { fs::create_symlink("/../../../../../../etc/passwd", path); }},
    {"noise", [](const std::string& path) { PutBytes(path, Repeat(1000, "\x01\xff\x02{[:\n")); }},
    {"16 MB of white space",
     [](const std::string& path) { PutBytes(path, std::string(16000000, ' ')); }},
};

/// A file, and a rule that cannot pass without it.
struct Needed {
  const char* file;
  const char* rule;
};

const Needed kNeeded[] = {
    {kApiServer, "apiserver-client-ca"},
    {kEtcd, "etcd-client-cert-auth"},
    {kKubelet, "kubelet-anonymous-auth"},
    {kKubelet, "kubelet-has-config"},
    {"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", "kubelet-anonymous-auth"},
    {"/etc/kubernetes/kubelet.conf.d/10-monitoring.conf", "kubelet-read-only-port"},
    {"/etc/kubernetes/pki/apiserver.crt", "apiserver-serving-certificate"},
    {"/etc/kubernetes/pki/apiserver.crt", "apiserver-starts"},
    {"/etc/kubernetes/pki/apiserver.key", "apiserver-serving-certificate"},
    {"/etc/kubernetes/pki/ca.crt", "apiserver-client-ca"},
    {"/etc/kubernetes/pki/ca.crt", "kubelet-starts"},
    {"/etc/kubernetes/pki/ca.key", "cluster-signing-pair"},
    {"/etc/kubernetes/pki/sa.pub", "apiserver-service-account-key"},
    {"/etc/kubernetes/pki/sa.key", "controller-manager-service-account-key"},
    {"/etc/kubernetes/pki/sa.key", "controller-manager-starts"},
    {"/etc/kubernetes/pki/etcd/ca.crt", "etcd-client-cert-auth"},
    {"/etc/kubernetes/pki/etcd/ca.crt", "etcd-peer-client-cert-auth"},
    {"/etc/kubernetes/pki/etcd/server.key", "etcd-serving-certificate"},
    {"/etc/kubernetes/pki/etcd/healthcheck-client.crt", "certificates-not-expired"},
    {"/etc/kubernetes/pki/etcd/healthcheck-client.key", "certificate-keys-match"},
    {kPolicy, "audit-policy"},
    {kPolicy, "apiserver-starts"},
    {kEncryption, "encryption-covers-secrets"},
    {kEncryption, "apiserver-starts"},
    {"/etc/kubernetes/abac/policy.jsonl", "apiserver-starts"},
    {"/etc/kubernetes/tokens/known.csv", "apiserver-starts"},
    {"/etc/kubernetes/kubelet.conf", "kubelet-own-identity"},
    {"/etc/kubernetes/scheduler.conf", "scheduler-starts"},
    {"/etc/kubernetes/controller-manager.conf", "kubeconfigs-verify-server"},
};

TEST(HostileLimits, AnotherKindOfFileInPlaceOfEachIsNeverFine) {
  std::set<std::string> files;
  for (const Needed& needed : kNeeded) files.insert(needed.file);
  for (const std::string& file : files) {
    for (const Replacement& replacement : kReplacements) {
      SCOPED_TRACE(fmt::format("{} in place of {}", replacement.name, file));
      Tree tree;
      tree.CopyFrom(Examples::Get().Path("cp-0"));
      tree.Remove(file);
      replacement.put(tree.Path(file));
      const rapidjson::Document report = AuditWithin(tree);
      for (const Needed& needed : kNeeded) {
        if (file != needed.file) continue;
        // White space is an empty policy or token file, which the server takes.
        if (replacement.name == std::string_view("16 MB of white space") &&
            (file.ends_with(".jsonl") || file.ends_with(".csv")))
          continue;
        EXPECT_NE(VerdictOf(report, needed.rule), "pass") << needed.rule;
        EXPECT_NE(VerdictOf(report, needed.rule), "") << needed.rule;
      }
    }
  }
}

TEST(HostileLimits, WhatIsGivenAsConfiguration) {
  const std::string inputs[] = {
      Repeat(1000000, "[[],["),
      Repeat(2000000, "---\na: 1\n"),
      Repeat(200000, "---\nkind: ConfigMap\napiVersion: v1\n"),
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n" +
          Repeat(400000, "  - {name: v, value: '1'}\n"),
      Repeat(100000,
             "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
      std::string(16000000, '\0'),
      std::string(16000000, '\xff'),
  };
  for (const std::string& input : inputs) {
    SCOPED_TRACE(input.substr(0, 60));
    Tree tree;
    tree.Write("/x.yaml", input);
    Tree out;
    const std::string cost = out.Path("/cost");
    for (const bool stdin_too : {false, true}) {
      const Ran run = RunCommand({"time", "-q", "-f", "%U %S %M", "-o", cost, ReleaseProgram(),
                                  "audit", "-f", stdin_too ? "-" : tree.Path("/x.yaml")},
                                 {.input = stdin_too ? input : ""});
      EXPECT_TRUE(run.status >= 1 && run.status <= 3) << run.status;
      EXPECT_TRUE(IsSafe(run.out + run.err));
      std::istringstream words(ReadFile(cost));
      double user = 0, system = 0;
      long peak_kib = 0;
      words >> user >> system >> peak_kib;
      EXPECT_LE(user + system, 2.0);
      EXPECT_LE(peak_kib, static_cast<long>((64u << 10) + input.size() / 1024));
    }
  }
}

}  // namespace
}  // namespace seawall::test
