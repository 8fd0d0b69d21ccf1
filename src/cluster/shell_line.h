// A shell's one-liner (`sh -c "exec kube-apiserver --x 2>&1 | tee /var/log/x"`) as far as it can be
// known without a shell: simple commands of a pipeline, quotes, assignments before a command,
// redirections. Everything else makes it unknown.
#pragma once

#include <string>
#include <vector>

#include "cluster/command_line.h"
#include "cluster/located.h"

namespace seawall::cluster {

struct ShellCommand {
  std::vector<Argument> words;
  std::vector<Variable> assignments;  ///< `A=b` before the command
};

struct ShellLine {
  std::vector<ShellCommand> pipeline;
  std::string unknown;  ///< not empty: why nothing certain can be said of the line
  std::vector<std::string>
      words;  ///< with `unknown`: what looks like words, to see what the line may be about
};

/// `environment` is what the shell is started with: `$A` becomes known by it.
ShellLine ReadShellLine(const Argument& text, const std::vector<Variable>& environment,
                        const Locate& locate);

}  // namespace seawall::cluster
