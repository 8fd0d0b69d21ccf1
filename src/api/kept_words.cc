#include "api/kept_words.h"

#include <algorithm>

namespace seawall::api {

std::string OriginOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == url.npos) return "…";
  std::string_view rest = url.substr(scheme + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view host = rest.substr(0, end);
  if (const size_t at = host.rfind('@'); at != host.npos) host.remove_prefix(at + 1);
  return std::string(url.substr(0, scheme + 3)) + std::string(host) +
         (end < rest.size() ? "/…" : "");
}

std::optional<bool> FelixBool(std::string_view word) {
  for (const std::string_view yes : {"true", "1", "yes", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"false", "0", "no", "n", "f"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

}  // namespace seawall::api
