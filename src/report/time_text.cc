#include "report/time_text.h"

#include <ctime>

namespace seawall::report {
namespace {

constexpr const char* kForm = "%Y-%m-%dT%H:%M:%SZ";

}  // namespace

std::string TimeText(int64_t seconds) {
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (gmtime_r(&time, &parts) == nullptr) return "";
  return {text, std::strftime(text, sizeof text, kForm, &parts)};
}

std::optional<int64_t> ParseTimeText(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), kForm, &parts);
  if (rest == nullptr || *rest != '\0' || text.size() != 20) return std::nullopt;
  const auto seconds = static_cast<int64_t>(timegm(&parts));
  // The 31st of June becomes the 1st of July in timegm.
  return TimeText(seconds) == text ? std::optional(seconds) : std::nullopt;
}

std::optional<int64_t> ParseDayOrTime(const std::string& text) {
  return ParseTimeText(text.size() == 10 ? text + "T23:59:59Z" : text);
}

}  // namespace seawall::report
