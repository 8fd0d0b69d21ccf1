// Stored reports as commands are given them: a file, or - for standard input.
#pragma once

#include <string>

#include "report/stored_report.h"

namespace seawall::app {

/// Checked as a whole. Standard input and pipes are set aside in a nameless file first.
Result<report::StoredReport> OpenStored(const std::string& path);

/// A file of the command line with the name that was given to it.
struct NamedFile {
  std::string name;  ///< "": none was given
  std::string path;
};
/// NAME=FILE or FILE; a file that has a = in its own name is taken as it is.
NamedFile SplitNamedFile(const std::string& word);

}  // namespace seawall::app
