#include "ssh_host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

extern char** environ;

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool Answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

void MakeKey(const std::string& path) {
  const Ran run = RunCommand({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path});
  ASSERT_EQ(run.status, 0) << run.err;
}

std::string PublicKey(const std::string& path) {
  const std::string line = ReadFile(path + ".pub");
  return line.substr(0, line.find_last_not_of(" \n") + 1);
}

// The host is this machine with what the node has in /etc and /var/lib, in namespaces of its own:
// its processes are sshd's only. $1: the node, $2: a folder for all that it writes, /mnt there, $3:
// what else is done, $4: sshd's configuration.
constexpr const char* kStart = R"(set -e
mount --make-rprivate / 2>/dev/null || :
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/sshd "$2/etc"
cp -a /etc/. "$2/etc"
if [ -n "$1" ]; then
  for part in kubernetes default hostname; do
    [ ! -e "$1/etc/$part" ] || cp -a "$1/etc/$part" "$2/etc"
  done
  mount --bind "$1/var/lib" /var/lib
  mount --bind "$1/srv" /srv
fi
mount --bind "$2/etc" /etc
mount --bind "$2" /mnt
mount --bind /mnt/scratch /tmp
mount --bind /mnt/var-tmp /var/tmp
eval "$3"
exec /usr/sbin/sshd -D -e -f "$4"
)";

}  // namespace

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

SshHost::SshHost(const std::string& node, const std::string& script) {
  for (const char* folder : {"/scratch", "/var-tmp", "/bin", "/config"})
    fs::create_directory(tree_.Path(folder));
  const int port = FreePort();
  WriteConfigs(port);
  std::vector<std::string> words = {"unshare",
                                    "-m",
                                    "-p",
                                    "-f",
                                    "--kill-child",
                                    "--mount-proc",
                                    "--propagation",
                                    "unchanged",
                                    "sh",
                                    "-c",
                                    kStart,
                                    "sh",
                                    node,
                                    tree_.root(),
                                    script,
                                    "/mnt/config/sshd_config"};
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (int fd : {1, 2})
    posix_spawn_file_actions_addopen(&actions, fd, tree_.Path("/config/log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  EXPECT_EQ(posix_spawnp(&pid_, words[0].c_str(), &actions, nullptr, pointers.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  for (int i = 0; i < 600 && !Answers(port); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(Answers(port)) << ReadFile(tree_.Path("/config/log"));
}

SshHost::~SshHost() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);  // with it the first process of the namespace, and so all of them
  waitpid(pid_, nullptr, 0);
}

void SshHost::WriteConfigs(int port) {
  for (const char* key : {"/config/host", "/config/other", "/config/id", "/config/unwanted"})
    MakeKey(tree_.Path(key));
  tree_.Write("/config/authorized", PublicKey(tree_.Path("/config/id")) + "\n");
  const std::string place = fmt::format("[127.0.0.1]:{} ", port);
  tree_.Write("/config/known", place + PublicKey(tree_.Path("/config/host")) + "\n");
  tree_.Write("/config/known-other", place + PublicKey(tree_.Path("/config/other")) + "\n");
  tree_.Write("/config/known-none", "");
  // As the host sees the tree: its /tmp is another one.
  tree_.Write("/config/sshd_config",
              fmt::format("Port {}\nListenAddress 127.0.0.1\nHostKey /mnt/config/host\n"
                          "AuthorizedKeysFile /mnt/config/authorized\nStrictModes no\n"
                          "PidFile none\nUsePAM no\nPasswordAuthentication no\n"
                          "PermitRootLogin yes\n"
                          "SetEnv PATH=/mnt/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
                          port));
  std::string config;
  const auto add = [&](const char* name, int where, const char* known, const char* key) {
    config += fmt::format(
        "Host {}\n  HostName 127.0.0.1\n  Port {}\n  User root\n  UserKnownHostsFile {}\n"
        "  GlobalKnownHostsFile none\n  IdentityFile {}\n  IdentitiesOnly yes\n"
        "  IdentityAgent none\n  StrictHostKeyChecking no\n",
        name, where, tree_.Path(known), tree_.Path(key));
  };
  add("host host-2", port, "/config/known", "/config/id");
  add("stranger", port, "/config/known-none", "/config/id");
  add("changed", port, "/config/known-other", "/config/id");
  add("refused", port, "/config/known", "/config/unwanted");
  add("nobody", FreePort(), "/config/known", "/config/id");
  tree_.Write("/config/ssh_config", config);
}

void SshHost::Install(const std::string& name, const std::string& script) {
  tree_.Write("/bin/" + name, "#!/bin/sh\n" + script, 0755);
}

std::string SshHost::Left() const {
  std::string names;
  for (int i = 0; i < 200; ++i) {
    names.clear();
    for (const char* folder : {"/scratch", "/var-tmp"}) {
      for (const auto& entry : fs::directory_iterator(tree_.Path(folder)))
        names += entry.path().filename().string() + " ";
    }
    if (names.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return names;
}

Ran SshHost::Audit(const std::vector<std::string>& more, const RunOptions& options) const {
  std::vector<std::string> words = {"audit", "--ssh-config", Config()};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.begin(), ReleaseProgram());
  return RunCommand(words, options);
}

Ran SshHost::There(const std::vector<std::string>& command) const {
  const std::string pid = std::to_string(pid_);
  std::string child = ReadFile("/proc/" + pid + "/task/" + pid + "/children");
  std::vector<std::string> words = {"nsenter", "-t", child.substr(0, child.find(' ')),
                                    "-m",      "-p", "-r"};
  words.insert(words.end(), command.begin(), command.end());
  return RunCommand(words);
}

}  // namespace seawall::test
