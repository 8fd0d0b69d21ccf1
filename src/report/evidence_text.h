// Evidence in one line, for the formats that have no place of their own for it.
#pragma once

#include <string>
#include <vector>

#include "report/record.h"

namespace seawall::report {

/// "FILE:LINE:COLUMN", "FILE" or "".
std::string PlaceText(const Spot& place);
/// "SETTING = VALUE [ORIGIN FILE:LINE:COLUMN]"; the result is Printable.
std::string EvidenceText(const Observation& seen);
/// The first place in a file; nullptr when the evidence names none.
const Spot* FirstPlace(const std::vector<Observation>& evidence);

}  // namespace seawall::report
