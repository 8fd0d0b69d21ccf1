#include <algorithm>
#include <array>
#include <cctype>

#include "base/discovery_url.h"
#include "base/text.h"
#include "bundle/words.h"

namespace seawall::bundle {
namespace {

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool IsTokenChar(char c) {
  return IsAlnum(c) || std::string_view("_-./+=~%!$@:*^").find(c) != std::string_view::npos;
}

constexpr std::array<std::string_view, 14> kNames = {
    "token",   "password", "passwd",        "passphrase", "secret",    "bearer",       "apikey",
    "api-key", "api_key",  "client-secret", "basic",      "secretkey", "token-secret", "pwd"};

size_t RunFrom(std::string_view text, size_t at, auto belongs) {
  size_t end = at;
  while (end < text.size() && belongs(text[end])) ++end;
  return end;
}

/// user:password@ after "://", the path where it is one of discovery, the values of its query, and
/// its fragment.
void AddUrl(std::string_view text, size_t colon, std::vector<Span>& spans) {
  const size_t begin = colon + 3;
  const size_t end = std::min(text.find_first_of(" \t\n\"'`<>\\", begin), text.size());
  const size_t authority = std::min(text.find_first_of("/?#,", begin), end);
  const size_t at = text.substr(0, end).rfind('@');
  if (at != std::string_view::npos && at >= begin) {
    // A password may hold a slash: up to the last @ before the query.
    const size_t query = std::min(text.find('?', begin), end);
    const size_t sign = text.substr(0, std::max(authority, query)).rfind('@');
    if (sign != std::string_view::npos && sign >= begin) spans.push_back({begin, sign});
  }
  if (const auto secret = DiscoverySecretAt(text, colon)) spans.push_back(*secret);
  size_t query = text.substr(0, end).find_first_of("?#", begin);
  while (query != std::string_view::npos && query < end) {
    const size_t stop = std::min(text.substr(0, end).find_first_of("&;#", query + 1), end);
    const size_t equals = text.substr(0, stop).find('=', query + 1);
    const size_t from = equals == std::string_view::npos ? query + 1 : equals + 1;
    if (from < stop) spans.push_back({from, stop});
    query = stop;
  }
}

void AddNamed(std::string_view text, size_t at, std::vector<Span>& spans) {
  for (const std::string_view name : kNames) {
    if (at + name.size() >= text.size()) continue;
    if (!EqualsIgnoringCase(text.substr(at, name.size()), name)) continue;
    size_t i = at + name.size();
    const bool spaced = name == "bearer" || name == "basic";
    if (text[i] == '=' || (spaced && text[i] == ' ')) {
      ++i;
    } else if (text[i] == ':') {
      ++i;
    } else {
      continue;
    }
    while (i < text.size() && (text[i] == '"' || text[i] == '\'' || text[i] == ' ')) ++i;
    const size_t end = RunFrom(text, i, IsTokenChar);
    if (spaced && end - i < 8) continue;
    const std::string_view value = text.substr(i, end - i);
    if (!value.empty() && !value.starts_with('$') && value != "true" && value != "false")
      spans.push_back({i, end});
    return;
  }
}

/// Tokens by their form: JSON Web Tokens, bootstrap tokens, keys of clouds and forges.
size_t TokenAt(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  const auto run = [&](auto belongs) { return RunFrom(text, at, belongs) - at; };
  if (rest.starts_with("eyJ")) {
    const size_t length =
        run([](char c) { return IsAlnum(c) || c == '_' || c == '-' || c == '.'; });
    return length > 20 ? length : 0;
  }
  for (const std::string_view prefix : {"AKIA", "ASIA", "ghp_", "gho_", "ghs_", "github_pat_",
                                        "glpat-", "xoxb-", "xoxp-", "sk-", "hvs.", "AIza", "SG."}) {
    if (!rest.starts_with(prefix)) continue;
    const size_t length =
        run([](char c) { return IsAlnum(c) || c == '_' || c == '-' || c == '.'; });
    if (length >= prefix.size() + 12) return length;
  }
  constexpr size_t kBootstrap = 23;
  const auto low = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (rest.size() < kBootstrap || rest[6] != '.') return 0;
  for (size_t i = 0; i < kBootstrap; ++i) {
    if (i != 6 && !low(rest[i])) return 0;
  }
  const std::string_view end = rest.substr(7, 16);
  const bool has_digit = std::ranges::any_of(end, [](char c) { return c >= '0' && c <= '9'; });
  const bool ends = rest.size() == kBootstrap || !IsAlnum(rest[kBootstrap]);
  return ends && has_digit ? kBootstrap : 0;
}

}  // namespace

std::vector<Span> SecretsWithin(std::string_view text) {
  std::vector<Span> spans;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t from = spans.empty() ? 0 : spans.back().end;
    if (i < from) continue;
    if (text.substr(i).starts_with("://")) {
      AddUrl(text, i, spans);
      continue;
    }
    if (i > 0 && IsAlnum(text[i - 1])) continue;
    if (const size_t length = TokenAt(text, i)) {
      spans.push_back({i, i + length});
      continue;
    }
    AddNamed(text, i, spans);
    if (!spans.empty() && spans.back().end > i) continue;
    // A run of what keys and tokens are written in.
    const size_t end = RunFrom(text, i, [](char c) { return IsAlnum(c) || c == '+' || c == '='; });
    if (end > i && LooksRandom(text.substr(i, end - i))) spans.push_back({i, end});
  }
  return spans;
}

}  // namespace seawall::bundle
