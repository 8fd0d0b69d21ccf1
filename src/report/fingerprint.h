// What stays the same of a finding from one audit to the next.
#pragma once

#include <cstdint>
#include <string>

#include "report/record.h"

namespace seawall::report {

/// Rule, node, component and instance, in hexadecimal: neither the verdict nor what was seen, so
/// that a finding is known again when lines move or values change.
std::string Fingerprint(const Record& record);
/// The first 64 bits of it, for looking a finding up among many.
uint64_t ShortFingerprint(const Record& record);
/// The same four for looking a finding up in another report.
std::string Key(const Record& record);

}  // namespace seawall::report
