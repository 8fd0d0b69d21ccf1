#include "bed_ssh.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace seawall::test {
namespace {

void Write(const std::string& path, const std::string& text, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  chmod(path.c_str(), mode);
}

void MakeKey(const std::string& path) {
  const Ran run = RunCommand({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path});
  ASSERT_EQ(run.status, 0) << run.err;
}

// /run is the node's own; sshd refuses a root that has no entry in /etc/shadow.
constexpr const char* kStart =
    "mkdir -p /run/sshd && "
    "{ grep -q ^sshd: /etc/passwd || "
    "echo sshd:x:110:65534::/run/sshd:/usr/sbin/nologin >>/etc/passwd; } && "
    "exec /usr/sbin/sshd -f /root/ssh/sshd_config -E /root/ssh/log";

}  // namespace

BedSsh::BedSsh(const Bed& bed) {
  MakeKey(tree_.Path("/id"));
  for (const std::string& node : bed.Names()) Start(bed, node);
  Write(tree_.Path("/known"), known_);
  Write(tree_.Path("/config"), config_);
}

void BedSsh::Start(const Bed& bed, const std::string& node) {
  const std::string folder = bed.Root(node) + "/root/ssh";
  std::filesystem::create_directory(folder);
  MakeKey(folder + "/host");
  Write(folder + "/authorized", ReadFile(tree_.Path("/id.pub")));
  Write(folder + "/sshd_config",
        "Port 22\nHostKey /root/ssh/host\nAuthorizedKeysFile /root/ssh/authorized\n"
        "StrictModes no\nPidFile none\nUsePAM no\nPasswordAuthentication no\n"
        "PermitRootLogin yes\n");
  const std::string shadow = bed.Root(node) + "/etc/shadow";
  if (!std::filesystem::exists(shadow)) Write(shadow, "root:*:19000:0:99999:7:::\n");
  const Ran run = bed.Exec(node, {"sh", "-c", kStart});
  EXPECT_EQ(run.status, 0) << run.err;
  known_ += fmt::format("{} {}", bed.Address(node), ReadFile(folder + "/host.pub"));
  config_ += fmt::format(
      "Host {}\n  HostName {}\n  User root\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n"
      "  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n",
      node, bed.Address(node), tree_.Path("/known"), tree_.Path("/id"));
}

}  // namespace seawall::test
