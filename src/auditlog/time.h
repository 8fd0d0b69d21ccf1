// Times of audit events.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::auditlog {

/// "2026-11-28T20:53:58.123456Z", or with another time zone ("+02:00" for "Z"), as seconds since
/// the epoch; 0 for anything else.
int64_t ReadTime(std::string_view text);
/// "2026-11-28T20:53:58Z"; "an unknown time" for 0.
std::string TimeText(int64_t seconds);

}  // namespace seawall::auditlog
