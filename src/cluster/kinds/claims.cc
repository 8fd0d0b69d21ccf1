#include "cluster/kinds/claims.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace seawall::cluster::kinds {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// End of the CEL string literal that begins at `at`.
size_t SkipString(std::string_view text, size_t at) {
  const char quote = text[at];
  const bool triple = text.substr(at, 3) == std::string(3, quote);
  for (size_t i = at + (triple ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote && (!triple || text.substr(i, 3) == std::string(3, quote))) {
      return i + (triple ? 3 : 1);
    }
  }
  return text.size();
}

size_t SkipBlank(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t')) ++at;
  return at;
}

/// Whether what follows `claims` selects `name`.
bool Selects(std::string_view text, size_t at, std::string_view name) {
  at = SkipBlank(text, at);
  if (at >= text.size()) return false;
  if (text[at] == '.') {
    at = SkipBlank(text, at + 1);
    if (at < text.size() && text[at] == '?') at = SkipBlank(text, at + 1);
    const size_t end = at + name.size();
    return text.substr(at, name.size()) == name && (end >= text.size() || !IsWord(text[end]));
  }
  if (text[at] != '[') return false;
  at = SkipBlank(text, at + 1);
  if (at < text.size() && text[at] == '?') at = SkipBlank(text, at + 1);
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return false;
  const size_t end = SkipString(text, at);
  return end > at + 1 && text.substr(at + 1, end - at - 2) == name;
}

void CheckMapping(Decoder& d, const std::string& path, const ClaimMapping& m, bool required,
                  bool prefixed) {
  const bool claim = !m.claim->empty();
  const bool expression = !m.expression->empty();
  if (claim && expression) {
    d.Refuse(path, path + ": claim and expression cannot both be set", m.place);
  } else if (!claim && !expression && required) {
    d.Refuse(path, path + ": claim or expression is required", m.place);
  } else if (expression && m.prefix.written) {
    d.Refuse(path + ".prefix", path + ".prefix cannot be set beside expression", m.prefix.place);
  } else if (claim && !m.prefix.written && prefixed) {
    d.Refuse(path + ".prefix",
             path + ".prefix is required beside claim (it may be \"\", for no prefix)", m.place);
  }
}

void CheckRules(Decoder& d, const std::string& list, const std::vector<ClaimRule>& rules) {
  std::set<std::string_view> claims;
  std::set<std::string_view> expressions;
  for (size_t i = 0; i < rules.size(); ++i) {
    const ClaimRule& rule = rules[i];
    const std::string path = At(list, i);
    if (!rule.claim->empty() && !rule.expression->empty()) {
      d.Refuse(path, path + ": claim and expression cannot both be set", rule.place);
    } else if (rule.claim->empty() && rule.expression->empty()) {
      d.Refuse(path, path + ": claim or expression is required", rule.place);
    } else if (!rule.claim->empty()) {
      if (!rule.message->empty()) {
        d.Refuse(path + ".message", path + ".message cannot be set beside claim",
                 rule.message.place);
      }
      if (!claims.insert(rule.claim.value).second) {
        d.Refuse(path + ".claim", path + ".claim has another rule already", rule.claim.place);
      }
    } else {
      if (!rule.required_value->empty()) {
        d.Refuse(path + ".requiredValue", path + ".requiredValue cannot be set beside expression",
                 rule.required_value.place);
      }
      if (!expressions.insert(rule.expression.value).second) {
        d.Refuse(path + ".expression", path + ".expression stands there twice",
                 rule.expression.place);
      }
    }
  }
}

bool ReservedDomain(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view domain = key.substr(0, slash);
  for (const std::string_view reserved : {"kubernetes.io", "k8s.io"}) {
    if (domain == reserved) return true;
    if (domain.ends_with(reserved) && domain[domain.size() - reserved.size() - 1] == '.') {
      return true;
    }
  }
  return false;
}

void CheckExtra(Decoder& d, const std::string& list, const std::vector<ExtraMapping>& extra) {
  std::set<std::string_view> keys;
  for (size_t i = 0; i < extra.size(); ++i) {
    const auto& key = extra[i].key;
    const std::string path = At(list, i);
    const size_t slash = key->find('/');
    if (slash == std::string::npos || slash + 1 == key->size() ||
        !IsDnsSubdomain(Lower(std::string_view(*key).substr(0, slash)))) {
      d.Refuse(path + ".key", path + ".key must be a domain and a path (example.org/foo)",
               key.place);
    }
    if (key.value != Lower(*key)) {
      d.Refuse(path + ".key", path + ".key must be in lower case", key.place);
    }
    if (ReservedDomain(*key)) {
      d.Refuse(path + ".key", path + ".key: k8s.io and kubernetes.io are reserved", key.place);
    }
    if (!keys.insert(key.value).second) {
      d.Refuse(path + ".key", path + ".key stands there twice", key.place);
    } else if (extra[i].value_expression->empty()) {
      d.Refuse(path + ".valueExpression", path + ".valueExpression is required",
               extra[i].value_expression.place);
    }
  }
}

void CheckUserRules(Decoder& d, const std::string& list, const std::vector<UserRule>& rules) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string path = At(list, i) + ".expression";
    if (rules[i].expression->empty()) {
      d.Refuse(path, path + " is required", rules[i].place);
    } else if (!seen.insert(rules[i].expression.value).second) {
      d.Refuse(path, path + " stands there twice", rules[i].expression.place);
    }
  }
}

/// Upstream: a username made of the email claim must look at email_verified somewhere.
void CheckEmail(Decoder& d, const std::string& path, const JwtAuthenticator& jwt) {
  const std::string& username = *jwt.username.expression;
  if (!SelectsClaim(username, "email") || !d.AtLeast(30)) return;
  bool verified = SelectsClaim(username, "email_verified");
  for (const auto& e : jwt.extra) {
    verified = verified || SelectsClaim(*e.value_expression, "email_verified");
  }
  for (const auto& r : jwt.claim_rules) {
    verified = verified || SelectsClaim(*r.expression, "email_verified");
  }
  if (verified) return;
  const std::string at = FieldPath(path, "claimMappings.username.expression");
  d.Refuse(at, at + " uses claims.email, so claims.email_verified must be looked at too",
           jwt.username.expression.place);
}

}  // namespace

bool SelectsClaim(std::string_view text, std::string_view name) {
  static constexpr std::string_view kClaims = "claims";
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"' || text[i] == '\'') {
      i = SkipString(text, i);
    } else if (IsWord(text[i])) {
      const size_t begin = i;
      while (i < text.size() && IsWord(text[i])) ++i;
      const bool field = begin > 0 && text[begin - 1] == '.';
      if (!field && text.substr(begin, i - begin) == kClaims && Selects(text, i, name)) return true;
    } else {
      ++i;
    }
  }
  return false;
}

bool JwtAuthenticator::DemandsClaim(std::string_view claim) const {
  for (const ClaimRule& rule : claim_rules) {
    if (rule.claim.value == claim || SelectsClaim(*rule.expression, claim)) return true;
  }
  return false;
}

void CheckClaims(Decoder& d, const std::string& path, const JwtAuthenticator& jwt) {
  CheckRules(d, FieldPath(path, "claimValidationRules"), jwt.claim_rules);
  CheckMapping(d, FieldPath(path, "claimMappings.username"), jwt.username, true, true);
  CheckMapping(d, FieldPath(path, "claimMappings.groups"), jwt.groups, false, true);
  CheckMapping(d, FieldPath(path, "claimMappings.uid"), jwt.uid, false, false);
  CheckExtra(d, FieldPath(path, "claimMappings.extra"), jwt.extra);
  CheckEmail(d, path, jwt);
  CheckUserRules(d, FieldPath(path, "userValidationRules"), jwt.user_rules);
}

}  // namespace seawall::cluster::kinds
