// Foreign input is read by a process that has given up what it does not need; and by the same
// program on a kernel that has no such bounds.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

/// A line of /proc/PID/status, without its name; "" when there is none.
std::string StatusOf(pid_t pid, const std::string& name) {
  const std::string text = ReadFile("/proc/" + std::to_string(pid) + "/status");
  const size_t at = text.find("\n" + name + ":\t");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 3;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST(SandboxedProgram, IsConfinedBeforeItReads) {
  int input[2];
  ASSERT_EQ(pipe2(input, O_CLOEXEC), 0);
  const std::string program = Program();
  const pid_t child = fork();
  if (child == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execl(program.c_str(), "seawall", "audit", "-f", "-", nullptr);
    _exit(99);
  }
  // It waits for its input, which does not come before this has looked.
  std::string seccomp;
  for (int i = 0; i < 600 && seccomp != "2"; ++i) {
    usleep(50'000);
    seccomp = StatusOf(child, "Seccomp");
  }
  EXPECT_EQ(seccomp, "2");
  EXPECT_EQ(StatusOf(child, "NoNewPrivs"), "1");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(input[0]);
  close(input[1]);
}

TEST(SandboxedProgram, VersionTellsWhatTheKernelHas) {
  const Ran run = Seawall({"version", "-v"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("sandbox of this kernel: "), std::string::npos) << run.out;
}

/// Runs `command` where the kernel knows neither Landlock nor seccomp's filters.
Ran OnAnOldKernel(const std::vector<std::string>& command) {
  Tree tree;
  const std::string out = tree.Path("/out");
  const std::string err = tree.Path("/err");
  // A filter that refuses both stays with what is started in it.
  const pid_t child = fork();
  if (child == 0) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    for (const char* name : {"landlock_create_ruleset", "seccomp"})
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), seccomp_syscall_resolve_name(name), 0);
    if (seccomp_load(filter) != 0) _exit(98);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(99);
  }
  Ran ran;
  int status = 0;
  waitpid(child, &status, 0);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.out = ReadFile(out);
  ran.err = ReadFile(err);
  return ran;
}

TEST(SandboxedProgram, WorksOnAKernelWithoutBounds) {
  const std::string node = Examples::Get().Path("cp-0");
  const std::vector<std::string> audit = {"audit", "--root", node, "-o", "json"};
  const Ran bounded = Seawall(audit);
  std::vector<std::string> command = {Program()};
  command.insert(command.end(), audit.begin(), audit.end());
  const Ran unbounded = OnAnOldKernel(command);
  EXPECT_EQ(unbounded.status, bounded.status) << unbounded.err;
  EXPECT_EQ(unbounded.out, bounded.out);
  EXPECT_NE(unbounded.err.find("this kernel has no Landlock, seccomp"), std::string::npos)
      << unbounded.err;
  command.emplace_back("-q");
  EXPECT_EQ(OnAnOldKernel(command).err, "");
}

TEST(SandboxedProgram, ReportsGoWhereTheyShould) {
  Tree tree;
  const std::string node = Examples::Get().Path("cp-0");
  fs::create_directory(tree.Path("/reports"));
  const Ran run = Seawall({"audit", "--root", node, "-o", "json=reports/a.json", "-o",
                           "html=" + tree.Path("/reports/a.html")},
                          {.directory = tree.root()});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_TRUE(fs::exists(tree.Path("/reports/a.json")));
  EXPECT_TRUE(fs::exists(tree.Path("/reports/a.html")));
  const Ran again =
      Seawall({"report", tree.Path("/reports/a.json"), "-o", "csv=" + tree.Path("/reports/a.csv")});
  EXPECT_EQ(again.status, 1) << again.err;
  EXPECT_TRUE(fs::exists(tree.Path("/reports/a.csv")));
}

}  // namespace
}  // namespace seawall::test
