// Another program as a process of its own: no descriptor of this one but those that are given to
// it, and every signal as it usually is.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace seawall {

struct SpawnOptions {
  static constexpr int kNothing = -1;  ///< /dev/null
  static constexpr int kOurs = -2;     ///< as this process has it
  int input = kNothing;
  int output = kNothing;
  int errors = kOurs;
  std::string program{};  ///< "": the first word, looked for in PATH
  std::string folder{};   ///< "": this process' own
  /// nullptr: this process' own.
  const std::vector<std::string>* environment = nullptr;
  /// Away from the terminal: its end and its keys do not reach the process. Otherwise in a group of
  /// its own.
  bool session = true;
};

/// Starts `words` (the first is what the program is called). 0, or the error's number. The process
/// is the first of its group: kill(-pid, …) reaches whatever it starts.
int Spawn(const std::vector<std::string>& words, const SpawnOptions& options, pid_t& pid);

}  // namespace seawall
