#include "auditlog/time.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace seawall::auditlog {
namespace {

int Digits(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// What follows the seconds: a fraction, then Z or how far local time is ahead.
std::optional<int64_t> ZoneSeconds(std::string_view text) {
  if (text.starts_with('.')) {
    const size_t end = text.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    text.remove_prefix(end);
  }
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int hours = Digits(text, 1, 2);
  const int minutes = Digits(text, 4, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (int64_t{hours} * 3600 + minutes * 60);
}

}  // namespace

int64_t ReadTime(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return 0;
  const auto zone = ZoneSeconds(text.substr(19));
  if (!zone) return 0;
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 ||
      second < 0)
    return 0;
  const std::chrono::sys_days days(std::chrono::year_month_day(
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
      std::chrono::day(static_cast<unsigned>(day))));
  return int64_t{days.time_since_epoch().count()} * 86400 + hour * 3600 + minute * 60 + second -
         *zone;
}

std::string TimeText(int64_t seconds) {
  if (seconds == 0) return "an unknown time";
  const int64_t days = seconds / 86400;
  const int64_t rest = seconds % 86400;
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / 3600, rest / 60 % 60, rest % 60);
}

}  // namespace seawall::auditlog
