#include "harden/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/values.h"
#include "harden/fix.h"

namespace seawall::harden {
namespace {

enum class Form : uint8_t { kConsent, kPath, kCount, kPids, kHours, kTime, kIssuer, kWord, kWords };

struct Row {
  const char* name;
  Form form;
};

constexpr Row kRows[] = {
    {"abac-window", Form::kTime},
    {"audit-log-path", Form::kPath},
    {"audit-log-maxage", Form::kCount},
    {"audit-log-maxbackup", Form::kCount},
    {"audit-log-maxsize", Form::kCount},
    {"client-ca-file", Form::kPath},
    {"root-ca-file", Form::kPath},
    {"kubelet-certificate-authority", Form::kPath},
    {"etcd-pki", Form::kPath},
    {"oidc-issuer-url", Form::kIssuer},
    {"oidc-client-id", Form::kWord},
    {"oidc-username-claim", Form::kWord},
    {"requestheader-allowed-names", Form::kWords},
    {"service-account-max-token-expiration", Form::kHours},
    {"pod-pids-limit", Form::kPids},
};

constexpr int64_t kHour = 3'600'000'000'000;

bool IsWord(std::string_view text, bool comma) {
  return !text.empty() && std::ranges::all_of(text, [comma](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F && (comma || c != ',') &&
           std::string_view("\"'`\\").find(c) == std::string_view::npos;
  });
}

bool IsWholeWords(std::string_view text) {
  const auto words = Split(text, ',');
  return std::ranges::all_of(words, [](std::string_view word) { return IsWord(word, false); });
}

/// What the value should be; "" when it is.
std::string Wrong(Form form, const std::string& value) {
  const auto number = ParseInt(value);
  switch (form) {
    case Form::kConsent:
      return value == "true" || value == "false" ? "" : "true, or false";
    case Form::kPath:
      return value.starts_with('/') && IsWord(value, true) ? "" : "an absolute path without blanks";
    case Form::kCount:
      return number && *number >= 1 && *number <= 1'000'000 ? "" : "a whole number from 1 on";
    case Form::kPids:
      return number && *number >= 1 && *number <= 4'194'304 ? "" : "a whole number from 1 on";
    case Form::kHours: {
      const auto time = cluster::ParseDuration(value);
      return time && *time >= kHour ? "" : "a time of at least an hour, as in 24h";
    }
    case Form::kTime: {
      const auto time = cluster::ParseDuration(value);
      return time && *time >= kHour / 3600 ? "" : "a time of at least a second, as in 24h";
    }
    case Form::kIssuer:
      return value.starts_with("https://") && value.size() > 8 && IsWord(value, true) &&
                     value.find_first_of("?#@") == std::string::npos
                 ? ""
                 : "a URL that begins with https://, without query and fragment";
    case Form::kWord:
      return IsWord(value, false) ? "" : "one word";
    case Form::kWords:
      return IsWholeWords(value) ? "" : "words with commas between them, one at least";
  }
  return "";
}

Form FormOf(std::string_view name) {
  for (const Row& row : kRows) {
    if (name == row.name) return row.form;
  }
  return name.starts_with("accept-") ? Form::kConsent : Form::kWord;
}

}  // namespace

const std::vector<std::string>& ParameterNames() {
  static const std::vector<std::string> names = [] {
    std::set<std::string> all = {"accept-wider-algorithms", "accept-rbac-only",
                                 "accept-etcd-http-end"};
    for (const Row& row : kRows) all.insert(row.name);
    for (const Fix& fix : AllFixes()) {
      if (*fix.parameter != '\0') all.insert(fix.parameter);
    }
    return std::vector<std::string>(all.begin(), all.end());
  }();
  return names;
}

Result<void> CheckParameter(const std::string& name, const std::string& value) {
  const auto& names = ParameterNames();
  if (!std::ranges::binary_search(names, name)) {
    const auto near = Closest(name, names);
    return Fail(
        ErrorCode::kUsage, "read --set", "",
        fmt::format("there is no parameter '{}'", PrintableShort(name, 60)),
        near ? fmt::format("did you mean {}?", *near) : "it is one of: " + Join(names, ", "));
  }
  const std::string wanted = Wrong(FormOf(name), value);
  if (wanted.empty()) return {};
  return Fail(ErrorCode::kUsage, "read --set", "",
              fmt::format("{} cannot be '{}'", name, PrintableShort(value, 60)), "it is " + wanted);
}

}  // namespace seawall::harden
