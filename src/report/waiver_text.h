// Waivers, attestations and the baseline in words, for the formats that people read.
#pragma once

#include <string>
#include <vector>

#include "report/record.h"

namespace seawall::report {

/// The finding's reason; of a waived or attested one also who says so, until when and
/// why. Printable.
std::string ReasonText(const Record& record);
/// What a person should know of the waivers of a run: a line each, those first that no longer hold.
/// Printable.
std::vector<std::string> WaiverLines(const std::vector<WaiverUse>& uses);
/// The same of attestations.
std::vector<std::string> AttestationLines(const std::vector<AttestationUse>& uses);

}  // namespace seawall::report
