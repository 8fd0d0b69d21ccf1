#include "bundle/words.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "bundle/vocabulary.h"
#include "cluster/versions/tables.h"

namespace seawall::bundle {
namespace {

namespace versions = cluster::versions;

using Words = std::unordered_set<std::string_view>;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

void AddWords(std::string_view text, std::string_view separators, Words& words) {
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) words.insert(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const Words& KnownWords() {
  static const Words kWords = [] {
    Words words;
    for (const auto& flag : versions::Flags()) {
      words.insert(flag.name);
      if (flag.default_text != nullptr) AddWords(flag.default_text, ",[]", words);
    }
    for (const auto& gate : versions::Gates()) words.insert(gate.gate);
    for (const auto& plugin : versions::AdmissionPlugins()) words.insert(plugin.plugin);
    for (const auto& removed : versions::RemovedThings()) words.insert(removed.name);
    AddWords(kPlainWords, " \n", words);
    return words;
  }();
  return kWords;
}

const Words& KnownKeys() {
  static const Words kKeys = [] {
    Words keys;
    for (const auto& field : versions::Fields()) AddWords(field.path, ".[]{}", keys);
    AddWords(kPlainKeys, " \n", keys);
    return keys;
  }();
  return kKeys;
}

/// Lower case without what separates its words.
std::string Bare(std::string_view name) {
  std::string bare;
  for (const char c : Lower(name)) {
    if (IsAlnum(c)) bare += c;
  }
  return bare;
}

bool AllOf(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool IsNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  size_t digits = 0;
  while (digits < text.size() && (IsDigit(text[digits]) || text[digits] == '.')) ++digits;
  if (digits == 0 || digits > 5) return false;
  const std::string_view unit = text.substr(digits);
  static constexpr std::string_view kUnits[] = {"",  "%",  "m",  "Ki", "Mi", "Gi", "Ti",
                                                "k", "K",  "M",  "G",  "T",  "ms", "s",
                                                "h", "us", "ns", "KB", "MB", "GB", "d"};
  return std::ranges::find(kUnits, unit) != std::end(kUnits);
}

/// "1h30m", "10m0s".
bool IsDuration(std::string_view text) {
  return text.size() <= 12 && IsDigit(text.front()) && AllOf(text, "0123456789hmsun.") &&
         !IsDigit(text.back());
}

bool IsAddress(std::string_view text) {
  if (text.size() > 60 || text.find_first_of("0123456789:") == text.npos) return false;
  const auto dots = std::ranges::count(text, '.');
  if (dots == 3 && AllOf(text, "0123456789.:/")) return true;
  if (!AllOf(text, "0123456789abcdefABCDEF:.[]/%")) return false;
  size_t run = 0;
  for (const char c : text) {
    run = std::isxdigit(static_cast<unsigned char>(c)) != 0 ? run + 1 : 0;
    if (run > 5) return false;
  }
  return std::ranges::count(text, ':') >= 2 || text.starts_with(':');
}

bool IsPath(std::string_view text) {
  const bool begins = text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
                      text.starts_with("~/") || text.starts_with("-/");
  if (!begins || text.size() > 4096) return false;
  for (const std::string_view segment : Split(text, '/')) {
    const bool fits = std::ranges::all_of(segment, [](char c) {
      return IsAlnum(c) || std::string_view("._@:+%-$*{}~?[]").find(c) != std::string_view::npos;
    });
    if (!fits || LooksRandom(segment)) return false;
  }
  return true;
}

/// "$X", "${X}", "$(X)", "%i".
bool IsReference(std::string_view text) {
  if (text.size() == 2 && text[0] == '%') return true;
  if (text.size() < 2 || text[0] != '$') return false;
  const auto named = [](char c) {
    return IsAlnum(c) || c == '_' || c == '@' || c == '*' || c == '#';
  };
  std::string_view name = text.substr(1);
  const bool braced = (name.starts_with('{') && name.ends_with('}')) ||
                      (name.starts_with('(') && name.ends_with(')'));
  if (braced) name = name.substr(1, name.size() - 2);
  return !name.empty() && std::ranges::all_of(name, named);
}

bool IsUrl(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == text.npos || colon == 0 || colon > 10) return false;
  if (!std::ranges::all_of(text.substr(0, colon), IsLower)) return false;
  const std::string_view rest = text.substr(colon + 3);
  const auto fits = [](char c) {
    return IsAlnum(c) || std::string_view(".:/-_[]%$(){}").find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(rest, fits)) return false;  // no @, no ?, no #
  return std::ranges::none_of(Split(rest, '/'), LooksRandom);
}

bool IsPlainPart(std::string_view part) {
  return part.empty() || IsNumber(part) || IsDuration(part) || IsAddress(part) || IsPath(part) ||
         IsReference(part) || IsUrl(part) || IsKnownWord(part);
}

}  // namespace

bool IsKnownWord(std::string_view word) { return KnownWords().contains(word); }

bool IsKnownKey(std::string_view key) { return KnownKeys().contains(key); }

bool NamesSecret(std::string_view name) {
  static constexpr std::string_view kEnds[] = {"token",
                                               "tokens",
                                               "password",
                                               "passwd",
                                               "passphrase",
                                               "secret",
                                               "apikey",
                                               "secretkey",
                                               "accesskey",
                                               "privatekey",
                                               "credential",
                                               "credentials",
                                               "authorization",
                                               "bearer",
                                               "cookie",
                                               "keydata",
                                               "username",
                                               "certificatekey",
                                               "encryptionkey",
                                               "signingkey",
                                               "pass",
                                               "pwd",
                                               "accesskeyid",
                                               "secretaccesskey",
                                               "connectionstring",
                                               "dsn",
                                               "psk",
                                               "pin",
                                               "webhookurl",
                                               "licensekey"};
  const std::string bare = Bare(name);
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return bare.ends_with(end); });
}

FlagKind KindOfFlag(std::string_view name) {
  static const std::unordered_map<std::string_view, bool> kFlags = [] {
    std::unordered_map<std::string_view, bool> flags;
    for (const auto& row : versions::Flags())
      flags.emplace(row.name, row.type == versions::FlagType::kBool);
    for (const auto& row : versions::RemovedThings()) {
      if (row.thing == versions::Thing::kFlag) flags.emplace(row.name, false);
    }
    Words more;
    AddWords(kPlainFlags, " \n", more);
    for (const std::string_view flag : more) flags.emplace(flag, false);
    return flags;
  }();
  std::string plain(name);
  std::ranges::replace(plain, '_', '-');
  const auto found = kFlags.find(plain);
  FlagKind kind;
  kind.known = found != kFlags.end();
  kind.takes_no_value = kind.known && found->second;
  static constexpr std::string_view kMore[] = {"manifest-url-header", "http-header",
                                               "discovery-user"};
  kind.secret = !kind.takes_no_value &&
                (NamesSecret(plain) || std::ranges::find(kMore, plain) != std::end(kMore));
  kind.discovery = plain == "discovery" || plain == "discovery-srv";
  // Names of things that only sound like secrets.
  static constexpr std::string_view kNoSecret[] = {"oidc-username-claim", "requestheader-username",
                                                   "service-account-issuer"};
  if (std::ranges::find(kNoSecret, plain) != std::end(kNoSecret)) kind.secret = false;
  return kind;
}

bool LooksRandom(std::string_view run) {
  constexpr size_t kShortest = 16;
  size_t begin = 0;
  while (begin < run.size()) {
    size_t end = begin;
    size_t lower = 0, upper = 0, digits = 0, hex = 0, changes = 0;
    while (end < run.size() && (IsAlnum(run[end]) || run[end] == '+' || run[end] == '=')) {
      const char c = run[end];
      lower += IsLower(c);
      upper += IsUpper(c);
      digits += IsDigit(c);
      hex += IsHex(c);
      changes += end > begin && IsDigit(c) != IsDigit(run[end - 1]);
      ++end;
    }
    const size_t length = end - begin;
    const std::string_view part = run.substr(begin, length);
    if (length >= kShortest && !IsKnownWord(part)) {
      const bool mixed = lower > 2 && upper > 2 && digits > 1;
      const bool shuffled = digits > 2 && lower + upper > 4 && changes >= 5 && hex != length;
      if (mixed || shuffled) return true;
    }
    begin = end + 1;
  }
  return false;
}

bool IsPlain(std::string_view value) {
  if (IsPlainPart(value)) return true;
  return std::ranges::all_of(Split(value, ','), [](std::string_view part) {
    const size_t equals = part.find('=');
    if (equals == part.npos) return IsPlainPart(part);
    return IsPlainPart(part.substr(0, equals)) && IsPlainPart(part.substr(equals + 1));
  });
}

}  // namespace seawall::bundle
