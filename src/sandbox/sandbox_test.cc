#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace seawall::sandbox {
namespace {

namespace fs = std::filesystem;

/// A folder with inside/file, outside/file, and reports/.
class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (Supported().landlock < 1 || !Supported().seccomp) GTEST_FAIL() << "needs Landlock, seccomp";
    char name[] = "/tmp/sandbox-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    for (const char* below : {"inside", "outside", "reports"}) {
      fs::create_directory(folder_ / below);
      std::ofstream(folder_ / below / "file") << "text";
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  Profile Reader() const {
    return {.read = {folder_ / "inside", folder_ / "not there"}, .write = {folder_ / "reports"}};
  }

  /// The exit status of `attempt`, made by a child within `profile`.
  static int In(const Profile& profile, const std::function<int()>& attempt) {
    const pid_t child = fork();
    if (child == 0) {
      if (auto entered = Enter(profile); !entered || !entered->files == !profile.all_files) {
        _exit(99);
      }
      _exit(attempt());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  /// 0, or the errno of opening.
  static int Open(const fs::path& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
    return fd >= 0 ? 0 : errno;
  }
  static int Connect(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  }

  fs::path folder_;
};

/// Listens on loopback while it lives.
struct Listener {
  Listener() : fd(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd, 4);
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listener() { close(fd); }
  int fd, port = 0;
};

TEST_F(Sandbox, OnlyWhatWasNamedIsRead) {
  EXPECT_EQ(In(Reader(), [&] { return Open(folder_ / "inside/file", O_RDONLY); }), 0);
  EXPECT_EQ(In(Reader(), [&] { return Open(folder_ / "outside/file", O_RDONLY); }), EACCES);
  EXPECT_EQ(In(Reader(), [&] { return Open("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(In(Reader(), [&] { return Open(folder_ / "outside", O_RDONLY | O_DIRECTORY); }),
            EACCES);
}

TEST_F(Sandbox, OnlyReportsAreWritten) {
  EXPECT_EQ(In(Reader(), [&] { return Open(folder_ / "inside/file", O_WRONLY); }), EACCES);
  EXPECT_EQ(In(Reader(), [&] { return Open(folder_ / "inside/new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(In(Reader(), [&] { return unlink((folder_ / "inside/file").c_str()) ? errno : 0; }),
            EACCES);
  EXPECT_EQ(In(Reader(),
               [&] {
                 const fs::path made = folder_ / "reports/new";
                 if (int error = Open(made, O_WRONLY | O_CREAT); error != 0) return error;
                 return rename(made.c_str(), (folder_ / "reports/file").c_str()) ? errno : 0;
               }),
            0);
}

TEST_F(Sandbox, NothingIsStarted) {
  const auto attempt = [] {
    execl("/bin/true", "true", nullptr);
    return errno;
  };
  EXPECT_EQ(In(Reader(), attempt), EPERM);
  Profile everything = Reader();
  everything.all_files = everything.execute = true;
  EXPECT_EQ(In(everything, attempt), 0);
}

TEST_F(Sandbox, NobodyIsSpokenTo) {
  const Listener listener;
  const auto attempt = [&] { return Connect(listener.port); };
  EXPECT_EQ(In(Reader(), attempt), EPERM);
  Profile speaks = Reader();
  speaks.network = true;
  EXPECT_EQ(In(speaks, attempt), 0);
  EXPECT_EQ(In(speaks,
               [] {
                 const int fd = socket(AF_INET, SOCK_STREAM, 0);
                 return listen(fd, 1) == 0 ? 0 : errno;
               }),
            EPERM);
}

TEST_F(Sandbox, OtherProcessesAndTheMachineAreLeftAlone) {
  const pid_t parent = getpid();
  EXPECT_EQ(
      In(Reader(), [&] { return ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) ? errno : 0; }),
      EPERM);
  EXPECT_EQ(In(Reader(), [&] { return chroot(folder_.c_str()) ? errno : 0; }), EPERM);
  EXPECT_EQ(In(Reader(), [] { return setuid(65534) ? errno : 0; }), EPERM);
}

TEST_F(Sandbox, NoCoreFileIsLeft) {
  EXPECT_EQ(In(Reader(),
               [] {
                 rlimit limit{};
                 getrlimit(RLIMIT_CORE, &limit);
                 return static_cast<int>(limit.rlim_max);
               }),
            0);
}

TEST(SandboxSupport, IsToldInWords) {
  EXPECT_EQ(Describe({.landlock = 7, .seccomp = true}), "Landlock 7 (files, TCP), seccomp");
  EXPECT_EQ(Describe({.landlock = 1, .seccomp = true}), "Landlock 1 (files), seccomp");
  EXPECT_EQ(Describe({}),
            "no Landlock (files are not bounded), no seccomp (system calls are not bounded)");
}

}  // namespace
}  // namespace seawall::sandbox
