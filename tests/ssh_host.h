// A host with a real sshd on a loopback port, with keys that are made on the spot, and an
// ssh_config that knows it. Needs root.
#pragma once

#include <string>
#include <vector>

#include "program.h"
#include "tree.h"

namespace seawall::test {

/// A TCP port of 127.0.0.1 that is free now.
int FreePort();

class SshHost {
 public:
  /// `node`: a folder whose /etc/kubernetes, /var/lib and so on are the host's own; "": none.
  /// `script`: what else makes the host what it is, before sshd starts.
  explicit SshHost(const std::string& node = "", const std::string& script = "");
  ~SshHost();
  SshHost(const SshHost&) = delete;
  SshHost& operator=(const SshHost&) = delete;

  /// Knows "host" and "host-2", "stranger" with a key that nobody knows, "changed" with another one
  /// in known_hosts, "refused" by a key that the host does not take, and "nobody" where nobody
  /// listens. For all of them it says StrictHostKeyChecking no, which must not be believed.
  std::string Config() const { return tree_.Path("/config/ssh_config"); }
  /// A program of the host, before all others of that name.
  void Install(const std::string& name, const std::string& script);
  std::string ProgramPath(const std::string& name) const { return tree_.Path("/bin/" + name); }
  /// What is in the host's temporary folders; waits until that is nothing, for a while.
  std::string Left() const;

  Ran Audit(const std::vector<std::string>& more, const RunOptions& options = {}) const;
  /// A command on the host, not by ssh.
  Ran There(const std::vector<std::string>& command) const;

 private:
  void WriteConfigs(int port);
  Tree tree_;
  int pid_ = -1;
};

}  // namespace seawall::test
