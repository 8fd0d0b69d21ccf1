#include "base/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace seawall {
namespace {

/// What it says on standard output, and its exit status behind it.
std::string Said(const std::vector<std::string>& words, SpawnOptions options) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  options.output = writing.get();
  pid_t pid = -1;
  const int error = Spawn(words, options, pid);
  writing = Descriptor();
  if (error != 0) return "error " + std::to_string(error);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(reading.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return text + std::to_string(WEXITSTATUS(status));
}

TEST(Spawn, GivesWhatIsGivenAndNothingElse) {
  EXPECT_EQ(Said({"sh", "-c", "echo one; exit 3"}, {}), "one\n3");
  EXPECT_EQ(Said({"sh", "-c", "cat"}, {}), "0") << "nothing to read";
  EXPECT_EQ(Said({"pwd"}, {.folder = "/"}), "/\n0");
  const std::vector<std::string> variables = {"X=1"};
  EXPECT_EQ(
      Said({"called", "-c", "echo $0 $X $HOME"}, {.program = "/bin/sh", .environment = &variables}),
      "called 1\n0");
  EXPECT_EQ(Said({"no-such-program-anywhere"}, {}), "error " + std::to_string(ENOENT));
}

TEST(Spawn, SignalsAreAsUsualAndTheGroupIsItsOwn) {
  void (*before)(int) = signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(Said({"sh", "-c", "kill -PIPE $$; echo ignored"}, {}), "0") << "it ends by the signal";
  signal(SIGPIPE, before);
  const std::string ours = std::to_string(getpgid(0));
  for (const bool session : {true, false}) {
    const std::string group =
        Said({"sh", "-c", "ps -o pgid= -p $$ | tr -d ' '"}, {.session = session});
    EXPECT_EQ(group.find(ours + "\n"), std::string::npos) << group;
  }
}

}  // namespace
}  // namespace seawall
