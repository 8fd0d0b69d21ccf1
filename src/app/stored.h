// Stored reports as commands are given them: a file, or - for standard input.
#pragma once

#include <string>

#include "report/stored_report.h"

namespace seawall::app {

/// Checked as a whole. Standard input and pipes are set aside in a nameless file first.
Result<report::StoredReport> OpenStored(const std::string& path);

}  // namespace seawall::app
