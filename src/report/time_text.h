// Moments as RFC 3339 has them, in UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace seawall::report {

/// "2027-11-23T19:24:58Z"; seconds since the epoch.
std::string TimeText(int64_t seconds);
/// Exactly that form; nothing for any other.
std::optional<int64_t> ParseTimeText(const std::string& text);
/// A day, "2027-11-23", as its last second in UTC, or a moment; nothing for what the calendar does
/// not have.
std::optional<int64_t> ParseDayOrTime(const std::string& text);

}  // namespace seawall::report
