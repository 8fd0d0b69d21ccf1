// A real control plane for tests: `testbed up --foreground`, which ends when this process does,
// however that happens.
#pragma once

#include <rapidjson/document.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "program.h"

namespace seawall::test {

/// Asks once a second until `done` says yes, at the longest for `most`: on a busy machine what is
/// waited for may take long, and on an idle one nobody waits.
template <typename Done>
bool Eventually(std::chrono::seconds most, Done&& done) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  while (true) {
    if (done()) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

class Bed {
 public:
  /// Brings a bed up; `arguments` as `testbed up` takes them ("--layout", "systemd", …). Fails the
  /// test when it does not come up within eight minutes.
  explicit Bed(const std::vector<std::string>& arguments = {});
  ~Bed();
  Bed(const Bed&) = delete;
  Bed& operator=(const Bed&) = delete;

  bool up() const { return !nodes_.empty(); }
  /// Folder on this machine that is the node's root.
  std::string Root(const std::string& node) const;
  std::vector<std::string> Names() const;
  /// In the bed's network.
  std::string Address(const std::string& node) const;
  /// A file on this machine; the server in it is reached from the bed's network.
  std::string Kubeconfig() const { return description_["kubeconfig"].GetString(); }
  /// A component's program on this machine.
  std::string Binary(const std::string& name) const;
  /// The process on this machine that is the node's init.
  int InitPid(const std::string& node) const;
  /// Runs a command on the node, in its namespaces and root.
  Ran Exec(const std::string& node, const std::vector<std::string>& command,
           int timeout_seconds = 120) const;
  /// Any other word of the test bed's program ("run", "logs", "restart"), with this bed's name.
  Ran Testbed(const std::vector<std::string>& words, int timeout_seconds = 240) const;
  /// The same, ended after `seconds` (status 124 then, as timeout(1) says it).
  Ran TestbedFor(int seconds, const std::vector<std::string>& words) const;
  /// Copies the shipped program to the node and runs it there.
  Ran SeawallInside(const std::string& node, std::vector<std::string> words,
                    int timeout_seconds = 60) const;
  /// Audits there, live.
  Ran AuditInside(const std::string& node, std::vector<std::string> arguments) const;

 private:
  void ReadDescription();
  std::vector<std::string> Command(const std::vector<std::string>& words) const;
  std::string name_;
  pid_t pid_ = -1;
  int keep_open_ = -1;  ///< its standard input: the bed ends when this closes
  int output_ = -1;
  rapidjson::Document description_;
  std::vector<std::pair<std::string, std::string>> nodes_;  ///< name, root
};

}  // namespace seawall::test
