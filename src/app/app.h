// The commands: one file each, one table of them. Options in, report out, nothing else.
#pragma once

namespace seawall::app {

/// Runs the program; the result is its exit status (see `seawall help exit-codes`).
int Main(int argc, char** argv);

}  // namespace seawall::app
