// The commands of seawall: one file each, one table of them (commands.cc). Options in, report out,
// nothing else.
#pragma once

namespace seawall::app {

/// The exit statuses; `seawall help exit-codes` prints the same table.
enum ExitStatus : int {
  kExitClean = 0,          ///< nothing to report
  kExitFindings = 1,       ///< findings
  kExitError = 2,          ///< usage or operational error
  kExitUnknown = 3,        ///< nothing failed, but something could not be evaluated
  kExitInterrupted = 130,  ///< interrupted (Ctrl-C)
};

/// Runs the program. No exception leaves it.
int Main(int argc, char** argv);

}  // namespace seawall::app
