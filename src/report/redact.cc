#include "report/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/discovery_url.h"
#include "base/place.h"

namespace seawall::report {
namespace {

constexpr std::string_view kHidden = "(hidden)";

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }
bool IsTokenChar(char c) {
  return IsWord(c) || c == '.' || c == '/' || c == '+' || c == '=' || c == '~' || c == '%' ||
         c == '!' || c == '$';
}
bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Length of a bootstrap token ([a-z0-9]{6}\.[a-z0-9]{16}) that begins at `at`, else 0.
size_t BootstrapToken(std::string_view s, size_t at) {
  if (at + 23 > s.size() || (at > 0 && IsWord(s[at - 1]))) return 0;
  for (size_t i = 0; i < 23; ++i) {
    if (i == 6 ? s[at + i] != '.' : !IsLowerOrDigit(s[at + i])) return 0;
  }
  return at + 23 < s.size() && IsWord(s[at + 23]) ? 0 : 23;
}

/// A JSON Web Token: three runs of base64url with dots, the first of them an encoded "{\"".
size_t WebToken(std::string_view s, size_t at) {
  if (!s.substr(at).starts_with("eyJ")) return 0;
  size_t end = at;
  int dots = 0;
  while (end < s.size() && (IsWord(s[end]) || s[end] == '.')) dots += s[end++] == '.';
  return dots >= 1 && end - at > 20 ? end - at : 0;
}

size_t PemBlock(std::string_view s, size_t at) {
  if (!s.substr(at).starts_with("-----BEGIN ")) return 0;
  size_t end = s.find("-----END ", at);
  if (end == std::string_view::npos) return s.size() - at;
  size_t close = s.find("-----", end + 9);
  return close == std::string_view::npos ? s.size() - at : close + 5 - at;
}

constexpr size_t kLongestUrl = 4096;

/// Whether what stands before a slash is "user:pass", and no host with its port.
bool BeginsPassword(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return false;
  return authority.find_first_not_of("0123456789", colon + 1) != std::string_view::npos;
}

/// user:password@ after "://". A password may hold what should have been written in percent signs:
/// it goes up to the last @.
std::optional<Span> UserInfo(std::string_view s, size_t at) {
  if (!s.substr(at).starts_with("://")) return std::nullopt;
  size_t begin = at + 3;
  size_t end = std::min(s.find_first_of("/ \t\n\"'?#,", begin), s.size());
  if (BeginsPassword(s.substr(begin, end - begin)))
    end = std::min({s.find_first_of(" \t\n\"'", begin), begin + kLongestUrl, s.size()});
  size_t sign = s.substr(0, end).rfind('@');
  if (sign == std::string_view::npos || sign < begin) return std::nullopt;
  return Span{begin, sign};
}

/// Whether a query follows in the URL whose "://" stands at `at`.
bool HasQuery(std::string_view s, size_t at) {
  if (!s.substr(at).starts_with("://")) return false;
  const std::string_view url = s.substr(at, kLongestUrl);
  const size_t mark = url.find_first_of("? \t\n\"'<>");
  return mark != std::string_view::npos && url[mark] == '?';
}

std::optional<Span> DiscoveryToken(std::string_view s, size_t at) {
  if (!s.substr(at).starts_with("://")) return std::nullopt;
  return DiscoverySecretAt(s, at);
}

/// Follows a text to the values of its URLs' queries, "?key=VALUE&x=VALUE": whatever such a value
/// is for, it is often what lets somebody in.
class Queries {
 public:
  /// The value that begins behind `at`, when that is an equals sign of a query.
  std::optional<Span> ValueBehind(std::string_view s, size_t at) {
    constexpr std::string_view kEnds = " \t\n\"'<>,";
    const char c = s[at];
    if (kEnds.find(c) != std::string_view::npos) {
      in_url_ = in_query_ = false;
    } else if (c == ':' && s.substr(at).starts_with("://")) {
      in_url_ = true;
    } else if (c == '?') {
      in_query_ = in_url_;
    } else if (c == '=' && in_query_) {
      const size_t end = std::min(s.find_first_of("&;# \t\n\"'<>,", at + 1), s.size());
      if (end > at + 1) return Span{at + 1, end};
    }
    return std::nullopt;
  }

 private:
  bool in_url_ = false;
  bool in_query_ = false;
};

constexpr std::array<std::string_view, 12> kNames = {
    "token",  "password", "passwd",        "passphrase", "secret",    "bearer",
    "apikey", "api-key",  "client-secret", "basic",      "secretkey", "token-secret"};

/// The value in "password=VALUE", "token: VALUE", "Bearer VALUE".
std::optional<Span> NamedValue(std::string_view s, size_t at) {
  if (at > 0 && std::isalnum(static_cast<unsigned char>(s[at - 1]))) return std::nullopt;
  for (std::string_view name : kNames) {
    if (at + name.size() >= s.size()) continue;
    if (!std::equal(name.begin(), name.end(), s.begin() + static_cast<long>(at),
                    [](char a, char b) { return a == Lower(b); })) {
      continue;
    }
    size_t i = at + name.size();
    bool spaced = name == "bearer" || name == "basic";
    if (s[i] == '=' || (spaced && s[i] == ' ')) {
      ++i;
    } else if (s[i] == ':' && i + 1 < s.size() && s[i + 1] == ' ') {
      // "/etc/passwd: not a folder" is a file and what became of it.
      if (at > 0 && s[at - 1] == '/') continue;
      i += 2;
    } else {
      continue;
    }
    while (i < s.size() && (s[i] == '"' || s[i] == '\'')) ++i;
    size_t end = i;
    while (end < s.size() && IsTokenChar(s[end])) ++end;
    if (spaced && end - i < 16) continue;  // "basic authentication" is prose
    if (end > i) return Span{i, end};
  }
  return std::nullopt;
}

/// Whether a variable of this name is likely to hold a secret.
bool NamesSecret(std::string_view name) {
  constexpr std::array<std::string_view, 9> kWithin = {"password",   "passwd",     "secret",
                                                       "token",      "apikey",     "api_key",
                                                       "credential", "access_key", "private_key"};
  constexpr std::array<std::string_view, 3> kEnds = {"_pass", "_pwd", "_key"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), Lower);
  return std::ranges::any_of(kWithin, [&](auto w) { return lower.find(w) != lower.npos; }) ||
         std::ranges::any_of(kEnds, [&](auto e) { return lower.ends_with(e); });
}

/// The value in "name: ADMIN_PASSWORD, value: VALUE" of a container's environment, in one line or
/// two, and in the lines of a difference; `at` is the first colon's place.
std::optional<Span> Variable(std::string_view s, size_t at) {
  constexpr std::string_view kName = "name", kValue = "value", kQuotes = "\"'";
  constexpr std::string_view kBetween = "\"', \t\r\n+-";
  constexpr size_t kLongestName = 128, kLongestGap = 200;
  if (s[at] != ':') return std::nullopt;
  const std::string_view before = s.substr(0, at);
  const bool json = before.ends_with('"');
  if (!before.substr(0, before.size() - (json ? 1 : 0)).ends_with(kName)) return std::nullopt;
  size_t i = std::min(s.find_first_not_of(" \"'", at + 1), s.size());
  const size_t begin = i;
  while (i < s.size() && i - begin < kLongestName && IsWord(s[i])) ++i;
  if (!NamesSecret(s.substr(begin, i - begin))) return std::nullopt;
  const size_t value =
      s.substr(0, std::min(i + kLongestGap, s.size())).find_first_not_of(kBetween, i);
  if (value == std::string_view::npos || !s.substr(value).starts_with(kValue)) return std::nullopt;
  const bool flow = s.substr(i, value - i).find('\n') == std::string_view::npos;
  i = value + kValue.size();
  if (i < s.size() && s[i] == '"') ++i;
  if (i >= s.size() || s[i] != ':') return std::nullopt;
  i = std::min(s.find_first_not_of(' ', i + 1), s.size());
  const bool quoted = i < s.size() && kQuotes.find(s[i]) != std::string_view::npos;
  const size_t end = quoted ? s.find(s[i], i + 1) : s.find_first_of(flow ? ",}\n" : "\n", i);
  if (quoted) ++i;
  const Span span{i, std::min(end, s.size())};
  return span.end > span.begin ? std::optional(span) : std::nullopt;
}

/// The letters that they end in.
constexpr std::string_view kLast = "ndetryc";
static_assert(std::ranges::all_of(kNames, [](std::string_view name) {
  return kLast.find(name.back()) != std::string_view::npos;
}));

/// Whether the word that ends at `end` is one of kNames.
bool EndsWithName(std::string_view s, size_t end) {
  if (end == 0 || kLast.find(Lower(s[end - 1])) == std::string_view::npos) return false;
  for (std::string_view name : kNames) {
    if (end < name.size()) continue;
    auto begin = s.begin() + static_cast<long>(end - name.size());
    if (std::equal(name.begin(), name.end(), begin, [](char a, char b) { return a == Lower(b); }))
      return true;
  }
  return false;
}

/// A cheap look that lets most texts pass without the careful one: an audit writes megabytes of
/// paths and flags. It stops at letters that are rare in them.
bool MayHoldSecret(std::string_view s) {
  static constexpr auto kBegins = [] {
    std::array<bool, 256> table{};
    for (const unsigned char c : {'.', ':', '=', ' ', 'B', 'J'}) table[c] = true;
    return table;
  }();
  for (size_t i = 0; i < s.size(); ++i) {
    if (!kBegins[static_cast<unsigned char>(s[i])]) continue;
    switch (s[i]) {
      case '.':
        if (i >= 6 && BootstrapToken(s, i - 6)) return true;
        break;
      case ':':
        if (UserInfo(s, i) || HasQuery(s, i) || DiscoveryToken(s, i) || EndsWithName(s, i) ||
            Variable(s, i))
          return true;
        break;
      case '=':
        if (EndsWithName(s, i)) return true;
        break;
      case ' ':
        if (i >= 5 && (Lower(s[i - 1]) == 'r' || Lower(s[i - 1]) == 'c') && EndsWithName(s, i))
          return true;
        break;
      case 'B':
        if (s.substr(0, i).ends_with("-----") && s.substr(i).starts_with("BEGIN ")) return true;
        break;
      case 'J':
        if (s.substr(0, i).ends_with("ey")) return true;
        break;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

bool IsHarmless(std::string_view text) { return !MayHoldSecret(text); }

std::string Redact(std::string_view text) {
  if (!MayHoldSecret(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  size_t i = 0;
  auto hide = [&](size_t from, size_t to) {
    out += text.substr(i, from - i);
    out += kHidden;
    i = to;
  };
  Queries queries;
  std::optional<Span> later;  // a secret of which the beginning is told before it comes
  while (i < text.size()) {
    const auto in_query = queries.ValueBehind(text, i);
    if (const auto found = DiscoveryToken(text, i)) later = found;
    if (const auto found = Variable(text, i)) later = found;
    if (later && later->begin == i) {
      hide(later->begin, later->end);
    } else if (size_t n = PemBlock(text, i)) {
      hide(i, i + n);
    } else if (size_t m = WebToken(text, i)) {
      hide(i, i + m);
    } else if (size_t b = BootstrapToken(text, i)) {
      hide(i, i + b);
    } else if (auto user = UserInfo(text, i)) {
      hide(user->begin, user->end);
    } else if (auto value = NamedValue(text, i)) {
      hide(value->begin, value->end);
    } else if (in_query) {
      hide(in_query->begin, in_query->end);
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool HoldsSecret(std::string_view setting) {
  setting.remove_prefix(setting.find_last_of(".:") + 1);
  constexpr size_t kShortest = 5, kLongest = 18;
  if (setting.size() < kShortest || setting.size() > kLongest) return false;
  std::string name(setting);
  std::transform(name.begin(), name.end(), name.begin(), Lower);
  static constexpr std::array<std::string_view, 11> kSecret = {
      "token",          "password",          "secret",
      "client-secret",  "token-secret",      "agent-token",
      "clientsecret",   "bootstrap-token",   "discovery-token",
      "discovery-user", "discovery-password"};
  return std::find(kSecret.begin(), kSecret.end(), name) != kSecret.end();
}

std::string RedactValue(std::string_view setting, std::string_view value) {
  if (value.empty()) return "";
  if (HoldsSecret(setting)) return std::string(kHidden);
  std::string shown(value);
  if (setting == "discovery" || setting == "discovery-srv") {
    if (const auto secret = SecretOfDiscovery(shown))
      shown.replace(secret->begin, secret->end - secret->begin, kHidden);
  }
  return Redact(shown);
}

}  // namespace seawall::report
