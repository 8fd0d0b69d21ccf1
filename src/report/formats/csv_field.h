// One field of a CSV file.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

/// As RFC 4180 has it; what a spreadsheet would take for a formula is begun with an apostrophe.
std::string CsvField(std::string_view text);

}  // namespace seawall::report
