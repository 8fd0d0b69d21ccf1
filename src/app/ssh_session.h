// One host: what is said to it over ssh and what it answers, all of it bounded. Private to the
// ssh_* files.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/ssh_fetch.h"
#include "base/descriptor.h"

namespace seawall::app {

/// What is the same for every host of a run.
struct SshCargo {
  std::string program;  ///< this program's bytes
  std::string digest;   ///< SHA-256 of them, hexadecimal
  std::string machine;  ///< uname -m
  std::string key;      ///< secrets are replaced by it, on every host alike
};

Result<SshCargo> LoadSshCargo();

/// What a shell of the host is given on its standard input: `collect` there, or (`words` are not
/// empty) `harden` with those words, as a job that goes on when the connection breaks.
std::string RemoteScript(const SshOptions& options, const SshCargo& cargo,
                         const std::vector<std::string>& words = {});

/// What is said to a host and done with its answers.
struct SshTalk {
  std::string script;
  std::function<Result<void>(std::string_view)> hear;  ///< standard output behind the hello
  std::function<void(std::string_view)> complaint;     ///< standard error; not set: kept
  std::function<bool()> stop;                          ///< becomes true when it is to end there
  bool* begun = nullptr;  ///< becomes true when the host gets what it needs to begin
};
struct SshEnding {
  int status = -1;          ///< of ssh
  std::string said, hello;  ///< standard error; what came instead of the hello
  bool greeted = false;
};
Result<SshEnding> TalkTo(const std::string& host, const SshOptions& options, const SshCargo& cargo,
                         const SshTalk& talk);

/// The bundle that the host made, written into `file` from its beginning: how many bytes it has.
/// Errors say what, where, why and what to do.
Result<size_t> FetchFrom(const std::string& host, const SshOptions& options, const SshCargo& cargo,
                         const Descriptor& file);

}  // namespace seawall::app
